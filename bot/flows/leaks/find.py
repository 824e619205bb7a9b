"""Finds a leaked key in the account, and compares its secret in memory; it is never used."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.environments import Environment
from bot.domain.incidents import Incident
from bot.domain.keys import Located
from bot.domain.leaks import Pair, uncounted
from bot.errors import Forbidden, NotFound
from bot.flows import reads
from bot.flows.incident_ports import Marks
from bot.flows.ports import Account, Clock, PendingStore

READ_EVERY: Final = timedelta(seconds=10)
"""Between two readings of the whole account: a flood of foreign pairs causes no flood of calls."""


@dataclass
class LeakedKeys:
    """Looks where a key is likely to be, then everywhere."""

    account: Account
    pending: PendingStore
    marks: Marks
    clock: Clock
    _read_at: datetime | None = None
    _known: dict[str, Located] = field(default_factory=dict, repr=False)

    async def find(self, incident: Incident) -> Located | None:
        """Find the key as it is now; None if the account has none of that API key."""
        environments = await self.account.environments()
        own = await self.pending.owner_of(incident.api_key)
        likely = {incident.environment_id, own.environment_id if own else ""}
        first = [
            each
            for each in environments
            if each.id in likely or (incident.cloud and each.answers_to(incident.cloud))
        ]
        for place in first:
            if found := await self.key_in(place, incident.api_key):
                return found
        now = self.clock.now()
        if self._read_at is None or now - self._read_at >= READ_EVERY:
            located, _ = await reads.keys_in(self.account, environments)
            self._known, self._read_at = {it.key.api_key: it for it in located}, now
        known = self._known.get(incident.api_key)
        return await self.key_in(known.environment, incident.api_key) if known else None

    async def key_in(self, place: Environment, api_key: str) -> Located | None:
        """Read the key in its environment; None if it is not there."""
        try:
            keys = await self.account.keys(place.id)
        except (NotFound, Forbidden):
            return None
        return next((Located(each, place) for each in keys if each.api_key == api_key), None)

    async def works(self, incident: Incident, here: Located) -> bool | None:
        """Whether a secret that was seen is the key's; None where no one can tell.

        Cloudinary may not show it, or more secrets were seen than are compared.
        """
        try:
            found = await self.account.credentials(here.environment, incident.api_key)
        except NotFound:
            return False
        if found is None:
            return None
        pair = Pair(incident.api_key, found.api_secret)
        if any(self.marks.is_of(mark, pair) for mark in incident.marks):
            return True
        more = uncounted(pair)
        return None if any(self.marks.is_of(mark, more) for mark in incident.marks) else False
