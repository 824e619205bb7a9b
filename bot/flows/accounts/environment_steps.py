"""Records changes of environments: the intent before, and what was done after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import LastChange
from bot.domain.outcomes.environment_changes import PlaceState
from bot.domain.people import Person
from bot.flows.audit import AuditLog, about_environment
from bot.flows.plan import Authority
from bot.flows.ports import Done, Jobs

_NOTICES: Final = {
    PlaceState.CREATED: "{person} created the environment {place} ({cloud_name}).",
    PlaceState.RENAMED: "{person} renamed the environment {before} to {place} ({cloud_name}).",
    PlaceState.DISABLED: "{person} disabled the environment {place} ({cloud_name}).",
    PlaceState.ENABLED: "{person} enabled the environment {place} ({cloud_name}).",
}


@dataclass(frozen=True)
class PlaceSteps:
    """Writes what a change begins, and what it did; a change is stored by the environment's id."""

    jobs: Jobs
    audit_log: AuditLog

    async def begin(
        self,
        job: Job,
        mark: str,
        place: Environment,
        by: Authority,
        about: Mapping[str, str] | None = None,
    ) -> None:
        """Write the intent."""
        target = _about(place) | dict(about or {})
        entry = self.audit_log.entry(job, AuditEvent.BEGUN, target, by.policy)
        await self.jobs.begin(job, mark, entry)

    async def finish(
        self,
        job: Job,
        person: Person,
        place: Environment,
        change: PlaceState,
        by: Authority,
        before: str,
    ) -> bool:
        """Record the change once; whether security is told of it."""
        target = _about(place) | ({"before": before} if before != place.name else {})
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, by.policy)
        last = await self.jobs.last_change(place.id)
        disabled = entry.at if change is PlaceState.DISABLED else last.disabled if last else None
        done = LastChange(change, person.name, entry.at, job.id, disabled)
        values = {"person": person.name, "place": place.name, "cloud_name": place.cloud_name}
        told = by.notify or change is not PlaceState.CREATED
        notice = _NOTICES[change].format(**values, before=before) if told else ""
        await self.jobs.finish(job, entry, Done(place.id, done, notice))
        return bool(notice)


def _about(place: Environment) -> dict[str, str]:
    return about_environment(place) | {"cloud_name": place.cloud_name}
