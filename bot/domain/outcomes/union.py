"""Every result of a command: the union of the nouns' unions."""

from dataclasses import dataclass

from bot.domain.keys import Located
from bot.domain.outcomes.access import AccessOutcome
from bot.domain.outcomes.access_reviews import ReviewOutcome
from bot.domain.outcomes.bulk import BulkOutcome
from bot.domain.outcomes.decisions import DecisionOutcome
from bot.domain.outcomes.environment_changes import PlaceOutcome
from bot.domain.outcomes.environments import EnvironmentOutcome
from bot.domain.outcomes.general import GeneralOutcome
from bot.domain.outcomes.groups import GroupOutcome
from bot.domain.outcomes.key_records import KeyRecordOutcome
from bot.domain.outcomes.keys import KeyOutcome
from bot.domain.outcomes.leaks import LeakOutcome
from bot.domain.outcomes.links import LinkOutcome
from bot.domain.outcomes.oversight import OversightOutcome
from bot.domain.outcomes.requests import RequestOutcome, SeenOutcome
from bot.domain.outcomes.roles import RoleOutcome
from bot.domain.outcomes.rotations import RotationOutcome
from bot.domain.outcomes.users import UserOutcome


@dataclass(frozen=True)
class Several:
    """One result for each product environment; each is decided on its own."""

    kind = "several"
    outcomes: tuple["Outcome", ...]


@dataclass(frozen=True)
class NotReplaced:
    """A key that leaked is disabled, and for `reason` no request for its successor is open."""

    kind = "not_replaced"
    located: Located
    reason: "Outcome"


Outcome = (
    KeyOutcome
    | KeyRecordOutcome
    | RoleOutcome
    | RotationOutcome
    | GroupOutcome
    | UserOutcome
    | BulkOutcome
    | EnvironmentOutcome
    | PlaceOutcome
    | RequestOutcome
    | SeenOutcome
    | DecisionOutcome
    | LinkOutcome
    | LeakOutcome
    | AccessOutcome
    | GeneralOutcome
    | OversightOutcome
    | ReviewOutcome
    | Several
    | NotReplaced
)
