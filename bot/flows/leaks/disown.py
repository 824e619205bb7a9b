"""Stops a key whose link another person opened: its owner says so, or who may disable the key.

The incident is one as of any leak, and begins with the disabling: stored with the key's last
change, so that nothing more comes of the link, and of no other link of the key. What a crash leaves
is what it leaves of a leak (`bot.flows.leaks.keep`).
"""

from dataclasses import dataclass, replace

import structlog

from bot.domain.commands.keys import ShowKey
from bot.domain.commands.leaks import DisownOpening
from bot.domain.environments import Environment
from bot.domain.incidents import (
    Incident,
    IncidentState,
    Report,
    Sighting,
    Source,
    added,
)
from bot.domain.incidents import opened as opened_by
from bot.domain.jobs import Job
from bot.domain.keys import BY_API_KEY, Located
from bot.domain.leaks import Pair
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.leaks import LeakSettled
from bot.domain.outcomes.union import Outcome
from bot.domain.policy import Action, Allowed, RefusalReason, Refused
from bot.domain.secret import Secret
from bot.errors import CloudinaryError, StoreError
from bot.flows.authorize import Authorizer
from bot.flows.identity import Identified
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.leaks.keep import LeakKeeper
from bot.flows.leaks.report import TRIES, LeakReporter

_log = structlog.get_logger("keysmith.leaks")


@dataclass(frozen=True)
class Disowner:
    """Runs "That wasn't me"."""

    authorizer: Authorizer
    own: OwnKeys
    resolver: Resolver
    reporter: LeakReporter
    keeper: LeakKeeper

    async def run(self, job: Job, who: Identified, command: DisownOpening) -> Outcome:
        """Decide, store that the key is to be disabled, and disable it."""
        incident = await self._meant(who, command)
        if not isinstance(incident, Incident):
            return incident
        begun = await self._begin(job, who, incident)
        if begun.state is not IncidentState.DISABLING:
            return LeakSettled(begun, changed=False)
        try:
            after = await self.keeper.attend(incident.api_key) or begun
        except CloudinaryError as error:  # the keeper goes on
            _log.warning("leak_checked_later", reason=type(error).__name__)
            after = begun
        return LeakSettled(after, changed=True)

    async def _meant(self, who: Identified, command: DisownOpening) -> Incident | Outcome:
        """Find the key as Redis knows it, where it is the person's own; else at Cloudinary."""
        person, now = who.person, self.reporter.clock.now()
        api_key = command.name.removeprefix(BY_API_KEY)
        place = (await self.own.ids(person.actor)).get(api_key)
        if place:
            record = await self.reporter.records.find(api_key)
            name, at = (record.name, record.environment_name) if record else ("", "")
            owned = Incident(api_key, now, now, environment_id=place, environment_name=at)
            return replace(owned, name=name or api_key, owner=person.actor.user_id)
        if refusal := self.authorizer.refusal(who, command):
            return refusal
        found = await self.resolver.key(person, ShowKey(command.name, command.env))
        if not isinstance(found, Located):
            return found
        refused = self._refused(who, found.environment)
        return refused or replace(
            Incident(found.key.api_key, now, now, name=found.key.label),
            environment_id=found.environment.id,
            environment_name=found.environment.name,
            cloud_name=found.environment.cloud_name,
            owner=await self.keeper.people.owner(found.key.api_key),
        )

    def _refused(self, who: Identified, place: Environment) -> Denied | None:
        decision = self.authorizer.decide(who.person, Action.KEY_DISABLE, place)
        if isinstance(decision, Allowed):
            return None
        refused = decision if isinstance(decision, Refused) else Refused(RefusalReason.ROLE)
        return Denied(Action.KEY_DISABLE, who.person, refused, place)

    async def _over(self, incident: Incident) -> bool:
        """Whether the key is disabled already, by an incident that has ended so."""
        if incident.state not in {IncidentState.DISABLED, IncidentState.HARMLESS}:
            return False
        try:
            here = await self.keeper.keys.find(incident)
        except CloudinaryError:
            return False
        return here is None or not here.key.enabled

    async def _begin(self, job: Job, who: Identified, known: Incident) -> Incident:
        """Store that the key is being disabled, once for each command. May raise `StoreError`."""
        api_key, by = known.api_key, who.person.actor.user_id
        report = Report(Source.RECEIPT, job.accepted_at, by, job.id)
        # A mark of its own: an incident that a person dismissed is another one.
        seen = Sighting(api_key, self.reporter.marks.mark(Pair(api_key, Secret(job.id))))
        for _ in range(TRIES):
            before = await self.keeper.incidents.load(api_key)
            known_already = before and any(report.is_same(each) for each in before.reports)
            if before and (known_already or await self._over(before)):
                return before
            after = added(before, seen.mark, report) if before else opened_by(seen, report)
            if after.state is not IncidentState.DISABLING:
                after = replace(
                    after,
                    state=IncidentState.DISABLING,
                    since=self.reporter.clock.now(),
                    by=who.person.name,
                    environment_id=known.environment_id,
                    environment_name=known.environment_name or after.environment_name,
                    cloud_name=known.cloud_name or after.cloud_name,
                    name=known.name,
                    owner=known.owner,
                    told=True,
                    held=None,
                )
            if await self.keeper.begin(before, after, job.actor):
                return after
        raise StoreError("the incident keeps changing")
