"""What stands in the way of a part of a list of keys that is a request of its own."""

from dataclasses import dataclass, replace

from bot.domain.bulk import OutReason, Part
from bot.domain.commands.many_keys import DisableKeys, ManyKeys
from bot.domain.jobs import Job
from bot.domain.keys import Key
from bot.domain.pending import PendingState
from bot.domain.requests.machine import Request
from bot.flows.keys.deletions import Deletions
from bot.flows.ports import PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.open import request_id


@dataclass(frozen=True)
class BusyKeys:
    """Reads what is stored about a key."""

    requests: Requests
    pending: PendingStore
    deletions: Deletions

    async def of(self, command: ManyKeys, key: Key) -> OutReason | None:
        """Say why the key is left out: something else happens to it."""
        return None if isinstance(command, DisableKeys) else await self.busy(key)

    async def busy(self, key: Key) -> OutReason | None:
        """What else happens to a key, if something does."""
        if await self.requests.rotation_of(key.api_key):
            return OutReason.ROTATING
        pending = await self.pending.pending_for_key(key.api_key)
        if pending and pending.state is PendingState.WAITING:
            return OutReason.UNCLAIMED
        return OutReason.DELETING if await self.deletions.find(key) else None

    async def opened(self, job: Job, part: Part) -> Request | None:
        """Find the request that a former try of the part opened: it opens no second one."""
        start = job.id.rpartition("t")[0]
        for tried in range(part.tries + 1):
            if request := await self.requests.load(request_id(replace(job, id=f"{start}t{tried}"))):
                return request
        return None
