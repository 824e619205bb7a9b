"""The card that explains what a key may be used for, and what would remedy what it lacks."""

from collections.abc import Iterable

from bot.cards.kit import Card, Line, card, code, item, line, msg
from bot.cards.role_names import USES, about_key, named
from bot.domain.commands.grammar import render
from bot.domain.commands.keys import ADD, RolesOfKey
from bot.domain.key_roles import KeyRole, Use, Verdict
from bot.domain.keys import Located
from bot.domain.outcomes.roles import KeyExplained
from bot.domain.phrases import Listed, Span


def explained(outcome: KeyExplained) -> Card:
    """Draw what a key can do, and by which role."""
    here = outcome.located
    off = msg("{key} in {environment} is disabled, so it can do nothing now. Its roles allow this:")
    on = msg("This is what {key} in {environment} can do:")
    remedies = dict(outcome.remedies)
    return card(
        line(about_key(on if here.key.enabled else off, here)),
        *_verdicts(outcome.verdicts),
        *_remedied(here, remedies),
    )


def _verdicts(verdicts: Iterable[Verdict]) -> Iterable[Line]:
    for it in verdicts:
        use = USES[it.use]
        if it.allowed:
            by: tuple[Span, ...] = tuple(map(named, it.by))
            yield item(msg("Yes: {use}, by {roles}", use=use, roles=Listed(by, "and")))
        elif it.forbidden:
            yield item(msg("No: {use}. A policy of the account forbids it.", use=use))
        else:
            yield item(msg("No: {use}. None of its roles allows it.", use=use))


def _remedied(here: Located, remedies: dict[Use, KeyRole]) -> Iterable[Line]:
    """Name the command for what is missing, each once."""
    for role in dict.fromkeys(remedies.values()):
        command = RolesOfKey(here.key.typed, ADD, role.ref, here.environment.cloud_name)
        uses: tuple[Span, ...] = tuple(USES[it] for it, found in remedies.items() if found == role)
        yield line(
            msg(
                "To let it {uses}: {command}",
                uses=Listed(uses, "and"),
                command=code(f"/cld {render(command)}"),
            )
        )
