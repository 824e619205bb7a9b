"""Answers a report to its person, as far as they may see, and lets key roles end an incident."""

from dataclasses import dataclass, replace

import structlog

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import Misunderstood, read, write
from bot.domain.commands.keys import DisableKey, ShowKey
from bot.domain.commands.leaks import (
    DismissLeak,
    DisownOpening,
    LeakCommand,
    ReportLeak,
    SettleLeak,
)
from bot.domain.environments import Environment
from bot.domain.incidents import (
    Incident,
    IncidentState,
    News,
    Report,
    Sighting,
    Source,
    Turn,
    turned,
)
from bot.domain.jobs import Job
from bot.domain.keys import BY_API_KEY, Located
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.leaks import LeakReported, LeakSettled, NoSuchLeak, SeenLeak
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.policy import Action, Allowed, RefusalReason, Refused
from bot.domain.requests.notifications import leak_to_security
from bot.errors import CloudinaryError, StoreError
from bot.flows.authorize import Authorizer
from bot.flows.identity import Identified, People
from bot.flows.incident_ports import Incidents
from bot.flows.keys.own import OwnKeys
from bot.flows.keys.resolve import Resolver
from bot.flows.leaks.disown import Disowner
from bot.flows.leaks.keep import LeakKeeper
from bot.flows.leaks.report import LeakReporter, entry_of
from bot.flows.ports import AccountReader

_log = structlog.get_logger("keysmith.leaks")


@dataclass(frozen=True)
class LeakResponder:
    """Runs the commands about leaks."""

    people: People
    authorizer: Authorizer
    own: OwnKeys
    account: AccountReader
    resolver: Resolver
    incidents: Incidents
    reporter: LeakReporter
    keeper: LeakKeeper

    @property
    def disowner(self) -> Disowner:
        """Stops a key whose link another person opened."""
        return Disowner(self.authorizer, self.own, self.resolver, self.reporter, self.keeper)

    async def reported(self, job: Job, command: ReportLeak) -> tuple[Job, Outcome]:
        """Store any person's report; then look, and answer what the person may see."""
        found = [Sighting(*each.split(":")) for each in command.seen.split(",")]
        source = Source.SHORTCUT if command.channel else Source.COMMAND
        report = Report(
            source,
            job.accepted_at,
            job.actor.user_id,
            "" if command.channel else job.id,
            command.channel or "",
            command.ts or "",
            command.author or "",
        )
        for each in found:
            await self.reporter.report(each, report, job.actor)
        who = await self.people.identify(job.actor, fresh=True)
        if isinstance(who, Identified):
            job = job.by(who.person)
        known = isinstance(who, Identified) and not (who.mismatch and who.mismatch.stops)
        person = who.person if isinstance(who, Identified) and known else None
        if person is None or not await self._sees_keys(person):
            # The keeper looks in a moment: the time of an answer would tell what it finds.
            unseen = tuple(SeenLeak(each.api_key) for each in found)
            return job, LeakReported(unseen, source is Source.COMMAND)
        incidents = [await self._attended(each.api_key) for each in found]
        seen = [await self._seen(person, each) for each in incidents]
        return job, LeakReported(tuple(seen), source is Source.COMMAND)

    async def _sees_keys(self, person: Person) -> bool:
        """Whether some key is theirs to see."""
        decision = self.authorizer.decide(person, Action.KEY_SHOW, None)
        return not isinstance(decision, Refused) or bool(await self.own.ids(person.actor))

    async def _attended(self, api_key: str) -> Incident:
        """Look at an incident at once; where Cloudinary is away, a later look does."""
        try:
            incident = await self.keeper.attend(api_key)
        except CloudinaryError as error:
            _log.warning("leak_checked_later", reason=type(error).__name__)
            incident = await self.incidents.load(api_key)
        if incident is None:
            raise StoreError("the incident is not stored")
        return incident

    async def _seen(self, person: Person, incident: Incident) -> SeenLeak:
        unseen = SeenLeak(incident.api_key)
        if incident.state is IncidentState.REPORTED:
            return unseen
        here = await self.keeper.keys.find(incident)
        if here is None:
            every = await self.account.environments()
            all_seen = bool(every) and all(self._may(person, Action.KEY_SHOW, it) for it in every)
            return replace(unseen, foreign=all_seen)
        place = here.environment
        own = await self.own.owns(person.actor, incident.api_key, place.id)
        if not own and not self._may(person, Action.KEY_SHOW, place):
            return unseen
        seen = replace(unseen, here=here, owner=incident.owner, other_secret=incident.other_secret)
        if incident.other_secret or here.key.root:
            return seen
        may = own or self._may(person, Action.KEY_DISABLE, place, asks=True)
        disable = disabling(here) if may and here.key.enabled else ""
        return replace(seen, disable=disable, rotate=self._rotating(person, here))

    def _rotating(self, person: Person, here: Located) -> str:
        """Write the command that rotates a key as compromised; empty where there is none."""
        text = f"key rotate {here.key.api_key} --env {here.environment.cloud_name} --compromised"
        reading = read(text)
        if isinstance(reading, Misunderstood):
            return ""
        action = next((it for it in Action if it == "key:rotate"), None)
        may = action and self._may(person, action, here.environment, asks=True)
        return write(reading) if may else ""

    def _may(
        self, person: Person, action: Action, place: Environment, *, asks: bool = False
    ) -> bool:
        decision = self.authorizer.decide(person, action, place)
        return isinstance(decision, Allowed) or (asks and not isinstance(decision, Refused))

    async def run(self, job: Job, who: Identified, command: LeakCommand) -> Outcome:
        """Run a command of an identified person."""
        if isinstance(command, ReportLeak):
            _, outcome = await self.reported(job, command)
            return outcome
        if isinstance(command, DisownOpening):
            return await self.disowner.run(job, who, command)
        return await self._settle(job, who.person, command)

    async def _settle(self, job: Job, person: Person, command: SettleLeak) -> Outcome:
        """Dismiss an incident, or mark what Keysmith did by itself as reviewed."""
        incident = await self._meant(person, command)
        if not isinstance(incident, Incident):
            return incident
        place = await self._place(incident)
        if place is None:
            return NoSuchLeak(command.name)
        decision = self.authorizer.decide(person, Action.LEAK_SETTLE, place)
        if not isinstance(decision, Allowed):
            refused = decision if isinstance(decision, Refused) else Refused(RefusalReason.ROLE)
            return Denied(Action.LEAK_SETTLE, person, refused, place)
        now, by, moment = self.reporter.clock.now(), person.name, News.REVIEWED
        review = not isinstance(command, DismissLeak)
        after: Incident | None = None
        if isinstance(command, DismissLeak):
            moment = News.DISMISSED
            after = turned(incident, Turn.DISMISS, now, replace(incident, by=by))
        elif incident.unreviewed:
            after = replace(incident, reviewed_by=by, version=incident.version + 1)
        if after is None:
            return LeakSettled(incident, changed=False, review=review)
        entry = replace(
            entry_of(after, now, moment, job.actor), job=job.id, event=AuditEvent.DECIDED
        )
        told = [leak_to_security(incident.api_key, moment)]
        if await self.incidents.write(incident, after, entry, told):
            return LeakSettled(after, changed=True, review=review)
        found = await self.incidents.load(incident.api_key) or incident
        return LeakSettled(found, changed=False, review=review)

    async def _meant(self, person: Person, command: SettleLeak) -> Incident | Outcome:
        """Find the incident of a key; one that is gone at Cloudinary is named by its API key."""
        incident = await self.incidents.load(command.name) if command.name.isdigit() else None
        if incident and await self._sees(person, incident):
            return incident
        here = await self.resolver.key(person, ShowKey(command.name, command.env))
        if not isinstance(here, Located):
            return here
        found = await self.incidents.load(here.key.api_key)
        seen = found is not None and await self._sees(person, found)
        return found if found and seen else NoSuchLeak(here.key.label)

    async def _sees(self, person: Person, incident: Incident) -> bool:
        """Whether an incident is more to the person than one that does not exist."""
        place = await self._place(incident)
        return bool(incident.told and place and self._may(person, Action.KEY_SHOW, place))

    async def _place(self, incident: Incident) -> Environment | None:
        every = await self.account.environments()
        return next((it for it in every if it.id == incident.environment_id), None)


def disabling(here: Located) -> str:
    """Write the command that disables a key."""
    name = f"{BY_API_KEY}{here.key.api_key}"
    return write(DisableKey(name, here.environment.cloud_name))
