"""Whether a key of an environment may get a name."""

from collections.abc import Iterable

from bot.domain.environments import Environment
from bot.domain.keys import Key, Located
from bot.domain.names import Looks, name_problem
from bot.domain.outcomes.keys import NameRefused, NameTaken


def name_obstacle(
    name: str, place: Environment, others: Iterable[Key], looks: Looks
) -> NameTaken | NameRefused | None:
    """Return what prevents that a key gets this name beside the others of its environment."""
    others = list(others)
    taken = next((key for key in others if key.name == name), None)
    if taken:
        return NameTaken(Located(taken, place))
    problem = name_problem(name, others, looks)
    return NameRefused(name, place, problem.reason, problem.key) if problem else None
