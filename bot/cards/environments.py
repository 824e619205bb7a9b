"""Cards about product environments."""

from typing import Final, assert_never

from bot.cards.key_lists import summary
from bot.cards.key_refusals import suggestion
from bot.cards.kit import Button, Card, Mention, Moment, Span, bold, card, code, item, line
from bot.domain.commands.grammar import write
from bot.domain.environments import Environment, FixedTier, TierReason
from bot.domain.outcomes import environments as outcomes

MAX_KEYS = 20
"""Keys on an environment's card; `/cld key list` shows the rest."""

_REASONS: Final = {
    TierReason.FIXED: "fixed",
    TierReason.NAMED: "by its name",
    TierReason.UNNAMED: "because no word of its name says a tier",
    TierReason.UNCERTAIN: "because its name is not certain",
    TierReason.UNREADABLE: "because Keysmith can't read whether its tier is fixed",
}
"""Why an environment has its tier."""


def environment_card(outcome: outcomes.EnvironmentOutcome) -> Card:
    """Draw an outcome of a command about environments."""
    match outcome:
        case outcomes.EnvironmentsListed(environments):
            return card(
                line(bold("Product environments")),
                *(
                    item(
                        bold(each.name), " ", code(each.cloud_name), ": ", *_tier(each), _off(each)
                    )
                    for each in environments
                ),
            )
        case outcomes.EnvironmentShown():
            return _shown(outcome)
        case outcomes.NoSuchEnvironment():
            return _missing(outcome)
        case outcomes.WhichEnvironment(choices):
            return card(
                line("In which product environment? Nothing is changed yet."),
                buttons=[
                    Button(f"{place.name} ({place.tier})", write(command))
                    for place, command in choices
                ],
            )
        case outcomes.TierFixed(place, before):
            return card(
                line(bold(place.name), f" is now treated as {place.tier}; it was {before}."),
                line("Open requests about it that were asked under another tier are void."),
            )
        case outcomes.TierUnchanged(place):
            return card(line(bold(place.name), ": ", *_tier(place), ". Nothing was changed."))
        case outcomes.TierOvertaken(place):
            return card(
                line(bold(place.name), ": ", *_tier(place), ", after you had asked for this."),
                line("Nothing was changed. If you still want it, ask once more."),
            )
        case _:
            assert_never(outcome)


def tier_line(place: Environment) -> Card:
    """Describe an environment's tier, and why it has it, for a terminal."""
    return card(line(place.name, " (", place.cloud_name, "): ", *_tier(place)))


def _tier(place: Environment) -> tuple[Span, ...]:
    """Name the tier and why the environment has it."""
    tier, reason = place.tier_and_reason
    if isinstance(place.fixed, FixedTier):
        by = (place.fixed.name, " ", Mention(place.fixed.by.user_id), " on ")
        return (tier, ", fixed by ", *by, Moment(place.fixed.at, exact=True))
    return (tier, f", {_REASONS[reason]}")


def _off(environment: Environment) -> str:
    return "" if environment.enabled else ", disabled"


def _shown(outcome: outcomes.EnvironmentShown) -> Card:
    place, keys = outcome.environment, outcome.keys
    enabled = sum(here.key.enabled for here in keys)
    more, rest = len(keys) - MAX_KEYS, code(f"/cld key list --env {place.cloud_name}")
    return card(
        line(bold(place.name), " is treated as ", *_tier(place), f"{_off(place)}."),
        line("Cloud name: ", code(place.cloud_name)),
        line(f"Keys: {len(keys)}, enabled: {enabled}"),
        *map(summary, keys[:MAX_KEYS]),
        line(f"And {more} more: ", rest) if more > 0 else None,
    )


def _missing(outcome: outcomes.NoSuchEnvironment) -> Card:
    names = ", ".join(place.name for place in outcome.known)
    return card(
        line("No product environment is called ", code(outcome.name), " where you may look."),
        line("Did you mean ", bold(outcome.nearest), "?") if outcome.nearest else None,
        line(f"Nothing was changed. There are: {names}"),
        buttons=[suggestion(each) for each in outcome.instead],
    )
