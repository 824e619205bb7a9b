"""Proposed offboardings in memory: the port `Proposals`. The contract also runs on Redis."""

from bot.domain.audit import Entry
from bot.domain.requests.notifications import Notification


class FakeDepartures:
    """`queued` has the proposals, `entries` is the audit log."""

    def __init__(self) -> None:
        self.queued: list[Notification] = []
        self.entries: list[Entry] = []
        self._proposed: set[str] = set()

    async def propose(self, user_id: str, entry: Entry, proposal: Notification) -> bool:
        """Queue a proposal, once."""
        if user_id in self._proposed:
            return False
        self._proposed.add(user_id)
        self.queued.append(proposal)
        self.entries.append(entry)
        return True
