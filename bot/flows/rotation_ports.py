"""What rotations need of the policy, and of storage."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.environments import Environment
from bot.domain.requests.notifications import Notification
from bot.domain.rotation_rules import RotationRules
from bot.domain.rotation_schedules import RotationSchedule


class RotationPolicy(Protocol):
    """What the policy says about when keys are rotated."""

    @property
    def says_rotation(self) -> bool:
        """Whether any rule says how often, or in which hours."""

    def rotation_rules(self, environment: Environment) -> RotationRules:
        """How often keys there are to be rotated, and in which hours."""


class Looker(Protocol):
    """What does at its time what no person does."""

    async def look(self) -> Sequence[Exception]:
        """Do what is due; returns the failures, which stay due."""


class RotationSchedules(Protocol):
    """The schedules of keys, by API key. May raise `StoreError`.

    One that is not believed counts as none. The step that ends a rotation gives the schedule of the
    old key to its successor.
    """

    async def find(self, api_key: str) -> RotationSchedule | None:
        """Read the schedule of a key."""

    async def find_many(self, api_keys: Sequence[str]) -> Mapping[str, RotationSchedule]:
        """Read many, by API key; keys without one are left out."""

    async def replace(
        self,
        api_key: str,
        before: RotationSchedule | None,
        after: RotationSchedule | None,
        entry: Entry,
        notifications: Sequence[Notification] = (),
    ) -> bool:
        """Write a schedule or end it, and tell people, in one step; False if it is not `before`."""

    async def due(self, now: datetime, most: int) -> list[RotationSchedule]:
        """List the schedules that are to be looked at, the longest due first."""

    async def postpone(self, api_key: str, until: datetime) -> None:
        """Look at one again then."""
