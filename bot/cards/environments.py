"""Cards about product environments."""

from typing import assert_never

from bot.cards.keys import summary
from bot.cards.kit import Button, Card, bold, card, code, item, line
from bot.domain.commands.grammar import write
from bot.domain.environments import Environment
from bot.domain.outcomes.environments import (
    EnvironmentOutcome,
    EnvironmentShown,
    EnvironmentsListed,
    NoSuchEnvironment,
    WhichEnvironment,
)

MAX_KEYS = 20
"""Keys on an environment's card; the rest is `/cld key list`."""


def environment_card(outcome: EnvironmentOutcome) -> Card:
    """Draw what came of a command about environments."""
    match outcome:
        case EnvironmentsListed():
            return listed(outcome)
        case EnvironmentShown():
            return shown(outcome)
        case NoSuchEnvironment():
            return missing(outcome)
        case WhichEnvironment():
            return which(outcome)
        case _:
            assert_never(outcome)


def listed(outcome: EnvironmentsListed) -> Card:
    """The environments that the asker reaches."""
    return card(
        line(bold("Product environments")),
        *(
            item(bold(e.name), " ", code(e.cloud_name), f": {e.tier}", _off(e))
            for e in outcome.environments
        ),
    )


def _off(environment: Environment) -> str:
    return "" if environment.enabled else ", disabled"


def shown(outcome: EnvironmentShown) -> Card:
    """One environment and its keys."""
    place, keys = outcome.environment, outcome.keys
    enabled = sum(here.key.enabled for here in keys)
    lines = [
        line(bold(place.name), f" is treated as {place.tier}{_off(place)}."),
        line("Cloud name: ", code(place.cloud_name)),
        line(f"Keys: {len(keys)}, enabled: {enabled}"),
        *(summary(here) for here in keys[:MAX_KEYS]),
    ]
    more = len(keys) - MAX_KEYS
    if more > 0:
        lines.append(line(f"And {more} more: ", code(f"/cld key list --env {place.cloud_name}")))
    return card(*lines)


def missing(outcome: NoSuchEnvironment) -> Card:
    """Nothing goes by that name."""
    names = ", ".join(place.name for place in outcome.known)
    lines = [
        line("No product environment is called ", code(outcome.name), " where you may look."),
        line(f"Nothing was changed. There are: {names}"),
    ]
    if outcome.nearest:
        lines.insert(1, line("Did you mean ", bold(outcome.nearest), "?"))
    return card(*lines)


def which(outcome: WhichEnvironment) -> Card:
    """The command needs one: a button for each."""
    return card(
        line("In which product environment? Nothing was changed so far."),
        buttons=[
            Button(f"{place.name} ({place.tier})", write(command))
            for place, command in outcome.choices
        ],
    )
