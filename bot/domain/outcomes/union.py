"""Everything that can come of a command: the union of the unions of the nouns."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.outcomes.access import AccessOutcome
from bot.domain.outcomes.decisions import DecisionOutcome
from bot.domain.outcomes.environments import EnvironmentOutcome
from bot.domain.outcomes.general import GeneralOutcome
from bot.domain.outcomes.keys import KeyOutcome
from bot.domain.outcomes.links import LinkOutcome
from bot.domain.outcomes.requests import RequestOutcome


@dataclass(frozen=True)
class Several:
    """One answer for each environment, each decided on its own."""

    kind: ClassVar[str] = "several"
    outcomes: tuple["Outcome", ...]


Outcome = (
    KeyOutcome
    | EnvironmentOutcome
    | RequestOutcome
    | DecisionOutcome
    | LinkOutcome
    | AccessOutcome
    | GeneralOutcome
    | Several
)
