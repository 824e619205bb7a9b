"""Cards about product environments."""

from typing import assert_never

from bot.cards.keys import summary
from bot.cards.kit import Button, Card, bold, card, code, item, line
from bot.domain.commands.grammar import write
from bot.domain.environments import Environment
from bot.domain.outcomes import environments as outcomes

MAX_KEYS = 20
"""Keys on an environment's card; `/cld key list` shows the rest."""


def environment_card(outcome: outcomes.EnvironmentOutcome) -> Card:
    """Draw an outcome of a command about environments."""
    match outcome:
        case outcomes.EnvironmentsListed(environments):
            return card(
                line(bold("Product environments")),
                *(
                    item(bold(each.name), " ", code(each.cloud_name), f": {each.tier}", _off(each))
                    for each in environments
                ),
            )
        case outcomes.EnvironmentShown():
            return _shown(outcome)
        case outcomes.NoSuchEnvironment():
            return _missing(outcome)
        case outcomes.WhichEnvironment(choices):
            return card(
                line("In which product environment? Nothing was changed so far."),
                buttons=[
                    Button(f"{place.name} ({place.tier})", write(command))
                    for place, command in choices
                ],
            )
        case _:
            assert_never(outcome)


def _off(environment: Environment) -> str:
    return "" if environment.enabled else ", disabled"


def _shown(outcome: outcomes.EnvironmentShown) -> Card:
    place, keys = outcome.environment, outcome.keys
    enabled = sum(here.key.enabled for here in keys)
    more, rest = len(keys) - MAX_KEYS, code(f"/cld key list --env {place.cloud_name}")
    return card(
        line(bold(place.name), f" is treated as {place.tier}{_off(place)}."),
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
    )
