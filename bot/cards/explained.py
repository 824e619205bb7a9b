"""Who could run a command and who would approve it: once for each tier, and in a form's preview."""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from bot.cards.kit import Card, Line, Phrase, Text, bold, card, item, line, msg, plural
from bot.cards.people import approval, roles_listed
from bot.domain.environments import Environment, Tier
from bot.domain.outcomes.access import Explained
from bot.domain.phrases import Lasting, Listed, Span
from bot.domain.policy import Allowed, Decision, Explanation, NeedsApproval, Refused
from bot.domain.rotation_rules import RotationRules

TIERS: Final = {
    Tier.DEVELOPMENT: msg("Development"),
    Tier.STAGING: msg("Staging"),
    Tier.PRODUCTION: msg("Production"),
}
NAMED: Final = 5
"""Environments that a line names."""
Answers = tuple[Decision, tuple[tuple[str, Decision], ...], RotationRules]


def explained(outcome: Explained) -> Card:
    """Explain who may run a command, who would approve it, and by which policy."""
    lines = [line(msg("Who can run `/cld {command}`:", command=Text(outcome.command)))]
    for alike in _alike(outcome.explanations):
        lines += _explanation(alike)
    return card(*lines)


def _alike(explanations: Sequence[Explanation]) -> list[list[Explanation]]:
    """Put environments of a tier with the same answers together, in the order of their tiers."""
    groups = dict[tuple[Tier | None, Answers], list[Explanation]]()
    for each in explanations:
        tier = each.environment.tier if each.environment else None
        groups.setdefault((tier, (each.own, each.roles, each.rotation)), []).append(each)
    order = [None, *Tier]
    return [groups[key] for key in sorted(groups, key=lambda key: order.index(key[0]))]


def _explanation(alike: Sequence[Explanation]) -> list[Line]:
    first = alike[0]
    title = _title([each.environment for each in alike if each.environment])
    roles_by: dict[Decision, list[str]] = {}
    for role, decision in first.roles:
        roles_by.setdefault(decision, []).append(role)
    return [
        line(title),
        item(_decision(msg("You"), first.own, own=True)),
        *(item(_decision(roles_listed(who), it, own=False)) for it, who in roles_by.items()),
        *_rotation(first.rotation),
    ]


def _rotation(rules: RotationRules) -> Iterator[Line]:
    if rules.every:
        yield item(msg("Keys are to be rotated every {time}.", time=Lasting(rules.every)))
    if rules.windows:
        hours = Listed(tuple(Text(it.written) for it in rules.windows), "and")
        yield item(msg("Keysmith rotates by itself only within {hours}.", hours=hours))


def _title(places: Sequence[Environment]) -> Span:
    """Name environments of one tier."""
    if not places:
        return msg("Everywhere")
    tier, names = TIERS[places[0].tier], [bold(each.name) for each in places]
    if len(places) > 1:
        return plural(
            "{tier} ({count} environment): {names}",
            "{tier} ({count} environments): {names}",
            len(places),
            tier=tier,
            names=_some(names),
        )
    if places[0].says_tier:
        return bold(places[0].name)
    return msg("{environment} ({tier})", environment=names[0], tier=tier)


def _some(names: Sequence[Span]) -> Listed:
    """List names; many are counted."""
    more = len(names) - NAMED
    rest = (plural("{count} more", "{count} more", more),) if more > 0 else ()
    return Listed((*names[:NAMED], *rest))


def _decision(who: Phrase | Listed, decision: Decision, *, own: bool) -> Phrase:
    match decision:
        case NeedsApproval(policy, required) if required.quorum:
            needed, rule = approval(required, requester=own), Text(policy)
            return msg(
                "{who}: needs {approval}. Rule: `{rule}`", who=who, approval=needed, rule=rule
            )
        case Allowed(policy, True):
            return msg(
                "{who}: no approval needed; the security channel is notified. Rule: `{rule}`",
                who=who,
                rule=Text(policy),
            )
        case Allowed(policy) | NeedsApproval(policy):
            return msg("{who}: no approval needed. Rule: `{rule}`", who=who, rule=Text(policy))
        case Refused(_, None):
            return msg("{who}: not allowed. No rule permits it.", who=who)
        case Refused(_, policy):
            return msg("{who}: not allowed. Rule: `{rule}`", who=who, rule=Text(policy or ""))
        case _:
            assert_never(decision)
