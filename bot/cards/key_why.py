"""The card that explains what a key may be used for, and what would remedy what it lacks."""

from collections.abc import Iterable
from typing import Final

from bot.cards.kit import Button, Card, Line, card, code, item, line, msg
from bot.cards.role_names import USES, about_key, named, short_name, switched_off
from bot.domain.commands.grammar import render, write
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.keys import RolesOfKey
from bot.domain.key_roles import KeyRole, Use, Verdict
from bot.domain.outcomes.roles import KeyExplained
from bot.domain.phrases import Listed, Span


def explained(outcome: KeyExplained) -> Card:
    """Draw what a key can do, and by which role."""
    here = outcome.located
    off = msg("{key} in {environment} is disabled, so it can do nothing now. Its roles allow this:")
    on = msg("This is what {key} in {environment} can do:")
    return card(
        line(about_key(on if here.key.enabled else off, here)),
        line(off_here) if (off_here := switched_off(here)) else None,
        *_verdicts(outcome.verdicts),
        *_remedies(outcome),
        buttons=_buttons(outcome),
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
    """Say of each use that is missing which role allows it, and how the key gets that role."""
    here, may = outcome.located, outcome.may_change
    for use, role in _offered(outcome):
        command = RolesOfKey(here.key.typed, ADD, role.name, here.environment.cloud_name)
        said = _ADD if may else _ASK
        if role.master:
            said = _ADD_GRAVE if may else _ASK_GRAVE
        typed = code(f"/cld {render(command)}")
        yield item(said.fill(use=USES[use], role=named(role), command=typed))


_ADD: Final = msg("{use}: the least role that allows this is {role}. To add it: {command}")
_ADD_GRAVE: Final = msg(
    "{use}: only {role} allows this, and it allows everything else there, too. To add it: {command}"
)
_ASK: Final = msg(
    "{use}: the least role that allows this is {role}. Ask a colleague who manages keys to add it."
)
_ASK_GRAVE: Final = msg(
    "{use}: only {role} allows this, and it allows everything else there, too. Ask a colleague who"
    " manages keys."
)


def _offered(outcome: KeyExplained) -> list[tuple[Use, KeyRole]]:
    """Choose the remedies to name: Master Admin only for a use that was asked about."""
    asked = bool(outcome.command.action)
    return [(use, role) for use, role in outcome.remedies if asked or not role.master]


def _buttons(outcome: KeyExplained) -> list[Button]:
    """Offer each role once, where the person may add it."""
    here = outcome.located
    roles = dict.fromkeys(role for _, role in _offered(outcome)) if outcome.may_change else ()
    return [
        Button(
            msg("Add {role}", role=short_name(role)),
            write(RolesOfKey(here.key.api_key, ADD, role.ref, here.environment.cloud_name)),
        )
        for role in roles
    ]
