"""Keeps incidents: compares, asks, disables where the policy says so, and sees the key's end.

Any number of processes look at once; each incident has a lock, and each write is conditional.
What a crash leaves, by the last thing that was stored:
- the report: the next look compares the pair;
- DISABLING, with the key's last change: the next look disables the key, however often;
- the end, with what is told: nothing is left.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.incidents import (
    AGAIN_AFTER,
    ASKED_EVERY,
    ESCALATED_AFTER,
    LOOK,
    REVIEWED_WITHIN,
    SECONDS,
    Incident,
    IncidentState,
    News,
    Turn,
    turned,
)
from bot.domain.keys import DISABLING, Change, LastChange, Located, ProtectionReason
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification, leak_to_person, leak_to_security
from bot.domain.signing import Act, Planned, breakage
from bot.errors import AlteredRecord, NotFound, StoreError
from bot.flows.correlation import about
from bot.flows.incident_ports import Incidents, LeakRules
from bot.flows.leaks.find import LeakedKeys
from bot.flows.leaks.people import LeakPeople
from bot.flows.leaks.report import entry_of
from bot.flows.ports import Account, Changes, Clock, Done, Locks

AT_ONCE: Final = 50
AGAIN: Final = timedelta(seconds=5)
"""Pause before another attempt where a service did not answer."""
LATE: Final = timedelta(minutes=1)
"""How long a report may wait for Cloudinary before security hears of it."""
KEYSMITH: Final = "Keysmith"


@dataclass(frozen=True)
class LeakKeeper:
    """Looks at what is due; the response to a command looks at its own incident at once."""

    incidents: Incidents
    keys: LeakedKeys
    people: LeakPeople
    account: Account
    changes: Changes
    locks: Locks
    rules: LeakRules
    clock: Clock
    _asked: dict[str, datetime] = field(default_factory=dict)
    """By API key: when Cloudinary was asked last."""

    async def look(self) -> list[Exception]:
        """Do what is due and return the failures; what fails stays due."""
        failures = list[Exception]()
        for incident in await self.incidents.due(self.clock.now(), AT_ONCE):
            try:
                with about(f"leak {incident.api_key}"):
                    await self.attend(incident.api_key)
            except Exception as error:  # noqa: BLE001  # the others must not wait for it
                failures.append(error)
                await self.incidents.postpone(incident.api_key, self.clock.now() + AGAIN)
                with contextlib.suppress(StoreError):
                    await self._late(incident)
        return failures

    async def attend(self, api_key: str) -> Incident | None:
        """Do what is due for one incident, and return it as it is then."""
        async with self.locks.hold(f"incident:{api_key}"):
            incident = await self.incidents.load(api_key)
            if incident is None:
                return None
            match incident.state:
                case IncidentState.REPORTED:
                    return await self._check(incident)
                case IncidentState.DISABLING:
                    return await self._disable(incident)
                case IncidentState.ASKED | IncidentState.ESCALATED:
                    return await self._watch(incident)
                case _:
                    return await self._remind(incident)

    async def begin(self, before: Incident | None, after: Incident, by: Actor) -> bool:
        """Store that a person has a key disabled at once; nothing enables it that was asked for.

        False where the incident is no longer `before`.
        """
        entry = entry_of(after, self.clock.now(), f"{after.state} by its person", by)
        known = before is not None and before.disowned
        told = [] if known else [leak_to_security(after.api_key, News.DISOWNED)]
        done = await self._done(after, DISABLING)
        return await self.incidents.write(before, after, entry, told, done)

    async def _check(self, incident: Incident) -> Incident:
        """Compare a pair with the account."""
        here = await self.keys.find(incident)
        if here is None:
            gone = replace(incident, other_secret=False)
            return await self._turn(incident, Turn.EXCLUDE, gone, "no key of this account")
        works = await self.keys.works(incident, here)
        known = replace(
            incident,
            environment_id=here.environment.id,
            environment_name=here.environment.name,
            cloud_name=here.environment.cloud_name,
            name=here.key.label,
            owner=await self.people.owner(incident.api_key),
            unproven=works is None,
            other_secret=works is False,
        )
        if works is False:
            return await self._turn(incident, Turn.EXCLUDE, known, "another secret")
        known = replace(known, told=True)
        if not here.key.enabled and (cleared := await self._cleared(incident, known)):
            return cleared
        # An API key is no secret: what is not proven never disables one by itself.
        if known.unproven or not self.rules.disables_leaked(here.environment):
            return await self._ask(incident, known, here)
        held = await self._held(here)
        if held:
            return await self._ask(incident, replace(known, held=held), here)
        begun = replace(known, automatic=True)
        done = await self._done(incident, DISABLING)
        before = await self._turn(incident, Turn.BEGIN, begun, "by the policy", done=done)
        return await self._disable(before)

    async def _cleared(self, incident: Incident, known: Incident) -> Incident | None:
        """Keep a key disabled that is so already; None if the clock has enabled it meanwhile."""
        async with self.locks.hold(f"environment:{known.environment_id}"):
            here = await self.keys.find(incident)
            if here and here.key.enabled:
                return None
            # What was to enable it before, such as a claim, would let the leaked secret work.
            done = await self._done(incident, Change.DISABLED, here)
            detail = "disabled already"
            return await self._turn(incident, Turn.CLEAR, known, detail, News.HARMLESS, done=done)

    async def _held(self, here: Located) -> ProtectionReason | None:
        """Tell why no policy lets Keysmith disable a key by itself, if so."""
        if here.key.root:
            return ProtectionReason.ROOT
        siblings = await self.account.keys(here.environment.id)
        return breakage(siblings, Planned(Act.DISABLE, here.key))

    async def _ask(self, incident: Incident, known: Incident, here: Located) -> Incident:
        asked = await self.people.asked(known, here, more=False)
        after = replace(known, asked=asked, automatic=incident.unreviewed)
        told = [leak_to_person(incident.api_key, News.ASKED, user) for user in asked]
        return await self._turn(incident, Turn.ASK, after, "", News.ASKED, told)

    async def _disable(self, incident: Incident) -> Incident:
        """Disable a key that nothing protects; after a crash, whatever the policy says by then."""
        async with self.locks.hold(f"environment:{incident.environment_id}"):
            here = await self.keys.find(incident)
            if here and here.key.enabled:
                held = await self._held(here)
                if held:
                    return await self._ask(incident, replace(incident, held=held), here)
                with contextlib.suppress(NotFound):  # a key that is gone works no more either
                    await self.account.set_enabled(
                        here.environment.id, incident.api_key, enabled=False
                    )
            elif (last := await self._last_change(incident.api_key)) and last.job != _job(incident):
                return await self._ended(replace(incident, automatic=False), last.by)
            done = await self._done(incident, Change.DISABLED, here)
            return await self._ended(incident, incident.by, done)

    async def _ended(self, incident: Incident, by: str, done: Done | None = None) -> Incident:
        """Record that the key works no more, how long that took, and by whom."""
        after = replace(incident, by=by, told_at=None)
        owner = incident.owner
        told = [leak_to_person(incident.api_key, News.DISABLED, owner)] if owner else []
        return await self._turn(incident, Turn.DISABLE, after, by, News.DISABLED, told, done=done)

    async def _watch(self, incident: Incident) -> Incident:
        """See whether the key was disabled, by Keysmith or elsewhere; else ask more people."""
        now, api_key = self.clock.now(), incident.api_key
        last = await self._last_change(api_key)
        stopped = (
            last is not None
            and last.change in {Change.DISABLED, DISABLING}
            and last.at >= incident.reported_at
        )
        asked = self._asked.get(api_key)
        if stopped or asked is None or now - asked >= ASKED_EVERY:
            here = await self.keys.find(incident)
            self._asked[api_key] = now
            if here is None or not here.key.enabled:
                self._asked.pop(api_key, None)
                if last and last.brownout:
                    return await self._stop_dark(incident)
                return await self._ended(incident, last.by if last and stopped else "")
        since = now - incident.since
        if incident.state is IncidentState.ASKED and since >= ESCALATED_AFTER:
            return await self._escalate(incident)
        quiet = now - (incident.told_at or incident.since)
        if incident.state is IncidentState.ESCALATED and quiet >= AGAIN_AFTER:
            return await self._told(incident, News.REMINDER)
        await self.incidents.postpone(api_key, now + LOOK)
        return incident

    async def _stop_dark(self, incident: Incident) -> Incident:
        """Keep a key disabled that is disabled for a time: the clock comes before or after."""
        async with self.locks.hold(f"environment:{incident.environment_id}"):
            here = await self.keys.find(incident)
            if here and here.key.enabled:
                return incident  # the next look sees to it
            done = await self._done(incident, Change.DISABLED, here)
            return await self._ended(incident, "", done)

    async def _escalate(self, incident: Incident) -> Incident:
        here = await self.keys.find(incident)
        if here is None:
            return await self._ended(incident, "")
        more = await self.people.asked(incident, here, more=True)
        new = [user for user in more if user not in incident.asked]
        after = replace(incident, asked=(*incident.asked, *new))
        told = [leak_to_person(incident.api_key, News.ESCALATED, user) for user in more]
        return await self._turn(incident, Turn.ESCALATE, after, "", News.ESCALATED, told)

    async def _remind(self, incident: Incident) -> Incident:
        """Remind of the review of what Keysmith did by itself."""
        now, at = self.clock.now(), incident.told_at or incident.since
        if incident.unreviewed and now - at >= REVIEWED_WITHIN:
            return await self._told(incident, News.REVIEW)
        return incident

    async def _late(self, incident: Incident) -> None:
        """Tell security once that a report waits for Cloudinary."""
        waits = incident.state in {IncidentState.REPORTED, IncidentState.DISABLING}
        if waits and incident.told_at is None and self.clock.now() - incident.since >= LATE:
            await self._told(incident, News.UNCHECKED)
            await self.incidents.postpone(incident.api_key, self.clock.now() + AGAIN)

    async def _told(self, incident: Incident, moment: News) -> Incident:
        """Tell security, and remember when."""
        now = self.clock.now()
        after = replace(incident, told_at=now, version=incident.version + 1)
        entry = entry_of(after, now, f"told: {moment}")
        told = leak_to_security(incident.api_key, moment)
        written = await self.incidents.write(incident, after, entry, [told])
        return after if written else incident

    async def _turn(  # what is stored in one step
        self,
        before: Incident,
        turn: Turn,
        changed: Incident,
        detail: str,
        moment: News | None = None,
        told: Sequence[Notification] = (),
        *,
        done: Done | None = None,
    ) -> Incident:
        """Move an incident in one conditional write; where another was faster, that counts."""
        now = self.clock.now()
        after = turned(before, turn, now, changed)
        if after is None:
            return before
        seconds = {SECONDS: f"{after.seconds:.3f}"} if turn is Turn.DISABLE else {}
        entry = entry_of(after, now, f"{after.state} {detail}".rstrip(), None, **seconds)
        security = [leak_to_security(before.api_key, moment)] if moment else []
        if await self.incidents.write(before, after, entry, [*security, *told], done):
            return after
        raise StoreError("the incident changed meanwhile")

    async def _last_change(self, api_key: str) -> LastChange | None:
        try:
            return await self.changes.last_change(api_key)
        except AlteredRecord:
            return None

    async def _done(self, incident: Incident, change: str, here: Located | None = None) -> Done:
        """Build the key's last change: no enabling that was asked for before follows it."""
        now, last = self.clock.now(), await self._last_change(incident.api_key)
        deletion, worked = (last.deletion, last.worked) if last else ("", False)
        by = LastChange(change, KEYSMITH, now, _job(incident), now, deletion, worked)
        key = replace(here.key, enabled=False) if here else None
        return Done(incident.api_key, by, key=key)


def _job(incident: Incident) -> str:
    return f"leak-{incident.api_key}"
