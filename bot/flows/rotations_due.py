"""Tells when keys are rotated next, and which of them are overdue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.keys import Located
from bot.domain.rotation_schedules import overdue
from bot.flows.ports import Clock
from bot.flows.rotation_ports import RotationPolicy, RotationSchedules


@dataclass(frozen=True)
class RotationsDue:
    """Tells when keys are rotated next, and which of them are overdue."""

    schedules: RotationSchedules
    policy: RotationPolicy
    clock: Clock

    async def described(self, keys: Sequence[Located]) -> tuple[Located, ...]:
        """Add to each key when its schedule rotates it next, and whether that is overdue."""
        found = await self.schedules.find_many([here.key.api_key for here in keys])
        now, described = self.clock.now(), []
        for here in keys:
            schedule = found.get(here.key.api_key)
            every = self.policy.rotation_rules(here.environment).every
            late = overdue(here.key, schedule, every, now)
            next_at = schedule.next_at if schedule and not schedule.stands else None
            described.append(replace(here, rotates_at=next_at, overdue=late))
        return tuple(described)
