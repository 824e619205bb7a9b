"""Reminds owners of keys that the policy demands to be rotated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.audit import AuditEvent, Entry
from bot.domain.environments import Environment
from bot.domain.policy import Action
from bot.domain.requests.notifications import Topic, to_person
from bot.domain.rotation_schedules import NOTICES, RotationNews
from bot.flows import reads
from bot.flows.ports import AccountReader, PendingStore
from bot.flows.reconcile_ports import Sightings
from bot.flows.rotations_due import RotationsDue

DAY: Final = timedelta(days=1)
NOTED: Final = "rotations"
"""What is noted each day: that owners were reminded. Each key's is noted with its API key."""


@dataclass(frozen=True)
class RotationReminder:
    """Reminds once a day; each owner hears of each key 7 days and a day before, and then."""

    account: AccountReader
    pending: PendingStore
    sightings: Sightings
    due: RotationsDue

    async def look(self) -> Sequence[Exception]:
        """Remind if a day is over. May raise `KeysmithError`; then the next look goes on."""
        if not self.due.policy.says_rotation:
            return ()
        now, last = self.due.clock.now(), await self.sightings.noted(NOTED)
        if last and now - last < DAY:
            return ()
        rules = self.due.policy.rotation_rules
        places = await self.account.environments()
        demanded = {it: every for it in places if (every := rules(it).every)}
        if demanded:
            await self._remind(demanded, now)
        entry = Entry(now, AuditEvent.ANSWERED, Action.KEY_ROTATE, detail="rotations looked for")
        await self.sightings.note(NOTED, last, entry)
        return ()

    async def _remind(self, demanded: Mapping[Environment, timedelta], now: datetime) -> None:
        keys, _ = await reads.keys_in(self.account, list(demanded))
        ids = [here.key.api_key for here in keys]
        scheduled, owners = (
            await self.due.schedules.find_many(ids),
            await self.pending.owners_of(ids),
        )
        for here in keys:
            key, place = here.key, here.environment
            own = owners.get(key.api_key)
            if key.root or not key.enabled or key.api_key in scheduled or key.created_at is None:
                continue
            if own is None or own.environment_id != place.id:
                continue  # the weekly message about orphans tells of it
            at = key.created_at + demanded[place]
            passed = [at - each for each in (*NOTICES, timedelta()) if at - each <= now]
            what = f"rotation {key.api_key}"
            noted = await self.sightings.noted(what) if passed else None
            if not passed or (noted and noted >= passed[-1]):
                continue
            news = RotationNews(key.api_key, key.label, place.name, at, str(own.owner), may=True)
            told = to_person("", Topic.ROTATION_DUE, own.owner.user_id, text=news.write())
            entry = Entry(now, AuditEvent.MOVED, Action.KEY_ROTATE, target={"api_key": key.api_key})
            entry = replace(entry, detail="rotation demanded by the policy")
            await self.sightings.note(what, noted, entry, [told])
