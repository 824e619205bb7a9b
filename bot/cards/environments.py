"""Cards about product environments."""

from collections.abc import Iterator
from typing import Final, assert_never

from bot.cards.key_lists import spaced, summary
from bot.cards.key_refusals import cut, suggestion
from bot.cards.kit import (
    Button,
    Card,
    Mention,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
    plural,
)
from bot.cards.own_rights import CLOSED, FIX_HERE
from bot.cards.paging import SHOWN, numbered, turns
from bot.domain.commands.environments import ListEnvironments
from bot.domain.commands.grammar import write
from bot.domain.environments import Environment, FixedTier, TierReason
from bot.domain.outcomes import environments as outcomes
from bot.domain.pages import page_of
from bot.domain.phrases import Listed, Span

MAX_KEYS = 20
"""Keys on an environment's card; `/cld key list` shows the rest."""
_NAMED: Final = 10
"""Environments that an answer names; `/cld env list` shows more."""

_FIX: Final = msg(
    "Where Keysmith has no rights, give its account key Master Admin in the Cloudinary Console."
)
_TIERS: Final = {
    TierReason.FIXED: msg("Tier: {tier}, set by an admin."),
    TierReason.NAMED: msg("Tier: {tier}, from its name."),
    TierReason.UNNAMED: msg("Tier: {tier}, because its name says no tier."),
    TierReason.UNCERTAIN: msg("Tier: {tier}, because its name is ambiguous."),
    TierReason.UNREADABLE: msg("Tier: {tier}, because Keysmith can't read whether one is set."),
}
"""An environment's tier, and why it has it."""


def environment_card(outcome: outcomes.EnvironmentOutcome) -> Card:
    """Draw an outcome of a command about environments."""
    match outcome:
        case outcomes.EnvironmentsListed():
            return _listed(outcome)
        case outcomes.EnvironmentShown():
            return _shown(outcome)
        case outcomes.NoSuchEnvironment():
            return _missing(outcome)
        case outcomes.WhichEnvironment():
            return _which(outcome)
        case outcomes.TierFixed(place, before):
            now = msg("The tier of {environment} is now {tier}. It was {before}.")
            named = now.fill(environment=bold(place.name), before=Text(before))
            return card(
                line(named.fill(tier=Text(place.tier))),
                line(msg("Open requests that were sent under another tier are void.")),
            )
        case outcomes.TierUnchanged(place):
            same = msg("{environment} already has this tier. Nothing changed.")
            return card(line(same.fill(environment=bold(place.name))), line(_tier(place)))
        case outcomes.TierOvertaken(place):
            later = msg(
                "The tier of {environment} was set again after you asked for this. Nothing changed."
            )
            return card(
                line(later.fill(environment=bold(place.name))),
                line(_tier(place)),
                line(msg("If you still want it, run the command again.")),
            )
        case _:
            assert_never(outcome)


def _listed(outcome: outcomes.EnvironmentsListed) -> Card:
    places, closed = outcome.environments, outcome.closed
    cut = page_of(places, outcome.page, SHOWN)
    count = plural(
        "You can access {count} product environment.",
        "You can access {count} product environments.",
        len(places),
    )
    told = (_told(each, closed=each.id in closed) for each in cut.shown)
    return card(
        line(*spaced((count, numbered(cut)) if cut.pages > 1 else (count,))),
        *(item(*spaced(each)) for each in told),
        line(_FIX) if any(each.id in closed for each in cut.shown) else None,
        buttons=turns(ListEnvironments(), cut.number, cut.pages),
    )


def tier_line(place: Environment) -> Card:
    """Describe an environment's tier, and why it has it, for a terminal."""
    return card(line(*spaced((_name(place), _tier(place)))))


def _name(place: Environment) -> Phrase:
    name, cloud_name = bold(place.name), code(place.cloud_name)
    if place.name.casefold() == place.cloud_name.casefold():
        return msg("{environment}.", environment=cloud_name)
    return msg("{environment} ({cloud_name}).", environment=name, cloud_name=cloud_name)


def _told(place: Environment, *, closed: bool) -> Iterator[Phrase]:
    yield _name(place)
    yield _tier(place)
    if not place.enabled:
        yield msg("Disabled in Cloudinary.")
    if closed:
        yield CLOSED


def _tier(place: Environment) -> Phrase:
    """Name the tier and why the environment has it."""
    tier, reason = place.tier_and_reason
    if not isinstance(place.fixed, FixedTier):
        return _TIERS[reason].fill(tier=Text(tier))
    return msg(
        "Tier: {tier}, set by {person} ({mention}) on {date}.",
        tier=Text(tier),
        person=Text(place.fixed.name),
        mention=Mention(place.fixed.by.user_id),
        date=Moment(place.fixed.at, exact=True),
    )


def _shown(outcome: outcomes.EnvironmentShown) -> Card:
    place, keys = outcome.environment, outcome.keys
    enabled = Text(str(sum(here.key.enabled for here in keys)))
    rest = code(f"/cld key list --env {place.cloud_name}")
    more = plural(
        "And {count} more: {command}",
        "And {count} more: {command}",
        len(keys) - MAX_KEYS,
        command=rest,
    )
    if not outcome.readable:
        unread = msg("Its keys can't be read, so none are listed.")
        return card(line(*spaced(_told(place, closed=True))), line(unread), line(FIX_HERE))
    return card(
        line(*spaced(_told(place, closed=outcome.closed))),
        line(FIX_HERE) if outcome.closed else None,
        line(
            plural(
                "{count} key, {enabled} enabled:",
                "{count} keys, {enabled} enabled:",
                len(keys),
                enabled=enabled,
            )
        ),
        *(summary(each, placed=False) for each in keys[:MAX_KEYS]),
        line(more) if len(keys) > MAX_KEYS else None,
    )


def _missing(outcome: outcomes.NoSuchEnvironment) -> Card:
    names = tuple(Text(place.name) for place in outcome.known)
    near = msg("Did you mean {name}?", name=bold(outcome.nearest)) if outcome.nearest else None
    none = msg("No environment named {name} that you can access. Nothing changed.")
    some = msg("Your environments: {environments}", environments=Listed(names))
    every = msg("Your environments: `/cld env list`")
    return card(
        line(none.fill(name=code(outcome.name))),
        line(near) if near else None,
        *cut(outcome.instead),
        line(some if 0 < len(names) <= _NAMED else every),
        buttons=[suggestion(each) for each in outcome.instead],
    )


def _which(outcome: outcomes.WhichEnvironment) -> Card:
    return card(
        line(msg("Choose an environment. Nothing changed yet.")),
        buttons=[Button(_choice(it), write(command)) for it, command in outcome.choices],
    )


def _choice(place: Environment) -> Span:
    name = Text(place.name)
    if place.says_tier:
        return name
    return msg("{environment} ({tier})", environment=name, tier=Text(place.tier))
