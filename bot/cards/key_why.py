"""The card that explains what a key may be used for, and what would remedy what it lacks."""

from collections.abc import Iterable

from bot.cards.kit import Card, Line, card, code, item, line, msg
from bot.cards.role_names import USES, about_key, named
from bot.domain.commands.grammar import render
from bot.domain.commands.keys import ADD, RolesOfKey
from bot.domain.key_roles import Verdict
from bot.domain.outcomes.roles import KeyExplained
from bot.domain.phrases import Listed, Span


def explained(outcome: KeyExplained) -> Card:
    """Draw what a key can do, and by which role."""
    here = outcome.located
    off = msg("{key} in {environment} is disabled, so it can do nothing now. Its roles allow this:")
    on = msg("This is what {key} in {environment} can do:")
    return card(
        line(about_key(on if here.key.enabled else off, here)),
        *_verdicts(outcome.verdicts),
        *_remedies(outcome),
    )


def _verdicts(verdicts: Iterable[Verdict]) -> Iterable[Line]:
    for it in verdicts:
        use = USES[it.use]
        if it.allowed:
            by: tuple[Span, ...] = tuple(map(named, it.by))
            yield item(msg("{use}: yes, by {roles}", use=use, roles=Listed(by, "and")))
        elif it.forbidden:
            yield item(msg("{use}: no. A policy of the account forbids it.", use=use))
        else:
            yield item(msg("{use}: no. None of its roles allows it.", use=use))


def _remedies(outcome: KeyExplained) -> Iterable[Line]:
    """Name the command for what is missing; Master Admin only for a use that was asked about."""
    here, remedies = outcome.located, dict(outcome.remedies)
    for role in dict.fromkeys(remedies.values()):
        if role.master and not outcome.command.action:
            continue
        command = RolesOfKey(here.key.typed, ADD, role.ref, here.environment.cloud_name)
        uses: tuple[Span, ...] = tuple(USES[it] for it, found in remedies.items() if found == role)
        usual = msg("The least role that allows it is {role}: {uses}. To add it: {command}")
        grave = msg(
            "Only {role} allows it: {uses}. It allows everything else there, too. To add it:"
            " {command}"
        )
        typed = code(f"/cld {render(command)}")
        said = grave if role.master else usual
        yield line(said.fill(role=named(role), uses=Listed(uses, "and"), command=typed))
