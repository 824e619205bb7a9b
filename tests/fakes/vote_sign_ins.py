"""Sign-ins of approvers in memory: the port `VoteSignIns`. The contract also runs on Redis."""

from dataclasses import dataclass, field

from bot.domain.audit import Entry
from bot.domain.people import Actor
from bot.domain.sign_in import SignedVote


@dataclass
class FakeVoteSignIns:
    """`entries` is their audit log; nothing expires here."""

    entries: list[Entry] = field(default_factory=list)
    _kept: dict[tuple[str, Actor], SignedVote] = field(default_factory=dict)

    async def add(self, signed: SignedVote, entry: Entry) -> None:
        """Store one in place of a former one."""
        self._kept[signed.request_id, signed.actor] = signed
        self.entries.append(entry)

    async def find(self, request_id: str, actor: Actor) -> SignedVote | None:
        """Find the last one."""
        return self._kept.get((request_id, actor))

    def there(self, signed: SignedVote) -> bool:
        """Whether it is the last one, and not spent."""
        return self._kept.get((signed.request_id, signed.actor)) == signed

    def spend(self, signed: SignedVote) -> None:
        """Remove it, in the step of a vote."""
        del self._kept[signed.request_id, signed.actor]
