"""Pending credentials and their links in memory: the ports `PendingStore` and `LinkMaker`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.domain.audit import AuditEvent, Entry
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Credentials
from bot.domain.links import Made, SealedBundle
from bot.domain.passphrases import salt_of
from bot.domain.pending import OwnKey, PendingCredentials, PendingState, collected_at
from bot.domain.people import Actor
from bot.domain.requests.notifications import Notification, Told
from bot.domain.secret import Secret
from bot.errors import StoreError
from bot.flows.audit import link_entry
from bot.flows.links.ports import LinkStore
from tests.fakes.clock import FakeClock
from tests.fakes.key_records import FakeKeyRecords

LINK_TTL = timedelta(minutes=10)


@dataclass
class FakePending:
    """`entries` is the audit log. The next `failures` additions raise."""

    entries: list[Entry] = field(default_factory=list)
    failures: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    records: FakeKeyRecords = field(default_factory=FakeKeyRecords)
    told: list[Notification] = field(default_factory=list)
    _also: dict[str, tuple[Actor, ...]] = field(default_factory=dict)
    _kept: dict[str, PendingCredentials] = field(default_factory=dict)

    async def add_pending(
        self,
        pending: PendingCredentials,
        entry: Entry,
        record: KeyRecord | None = None,
        also: tuple[Actor, ...] = (),
    ) -> None:
        """Store pending credentials and the key's record, once."""
        if self.failures:
            self.failures -= 1
            raise StoreError("away")
        if pending.id not in self._kept:
            self._kept[pending.id] = pending
            self._also[pending.api_key] = also
            self.entries.append(entry)
            self.records.kept |= {pending.api_key: record} if record else {}

    async def protect(self, pending: PendingCredentials) -> None:
        """Keep the passphrase of a link; one that is there stays."""
        kept = self._kept[pending.id]
        if salt_of(kept.passphrase) not in {"", salt_of(pending.passphrase)}:
            raise StoreError("the credentials got a passphrase meanwhile")
        self._kept[pending.id] = replace(kept, passphrase=pending.passphrase)

    async def find_pending(self, pending_id: str) -> PendingCredentials | None:
        """Read pending credentials by id."""
        return self._kept.get(pending_id)

    async def pending_for_key(self, api_key: str) -> PendingCredentials | None:
        """Find the pending credentials of a key."""
        return next((each for each in self._kept.values() if each.api_key == api_key), None)

    async def revoke(self, pending: PendingCredentials, entry: Entry, told: Told = ()) -> None:
        """Revoke them, if they still wait."""
        if self._kept[pending.id].state is PendingState.WAITING:
            revoked = replace(pending, state=PendingState.REVOKED, passphrase="")
            self._kept[pending.id] = revoked
            self.entries.append(entry)
            self.told += told

    async def pending_of(self, actor: Actor) -> list[PendingCredentials]:
        """List a person's waiting credentials, newest first."""
        waiting = [each for each in self._kept.values() if each.state is PendingState.WAITING]
        return [pending for pending in reversed(waiting) if pending.owner == actor]

    async def keys_of(self, actor: Actor) -> list[OwnKey]:
        """List the keys that were created for the person, newest first."""
        self.calls["keys_of"] += 1
        return [own for own in reversed(self._owned.values()) if actor in own.holders]

    async def owner_of(self, api_key: str) -> OwnKey | None:
        """Find for whom a key was created."""
        return self._owned.get(api_key)

    async def owners_of(self, api_keys: Sequence[str]) -> Mapping[str, OwnKey]:
        """Find for whom these were created."""
        return {api_key: own for api_key, own in self._owned.items() if api_key in api_keys}

    @property
    def _owned(self) -> dict[str, OwnKey]:
        made = {it.api_key: _own(it) for it in self._kept.values()}
        also = {each: replace(own, also=self._also[each]) for each, own in made.items()}
        return also | self.records.owners

    def collect(self, pending_id: str) -> None:
        """Mark them as collected by their owner."""
        pending = self._kept[pending_id]
        self._kept[pending_id] = replace(pending, state=PendingState.CLAIMED, passphrase="")
        self.records.touch(collected_at(pending, pending.made_at))


def _own(pending: PendingCredentials) -> OwnKey:
    return OwnKey(pending.owner, pending.environment_id, pending.api_key)


@dataclass
class FakeLinks:
    """`sealed` has the credentials behind each URL; the links themselves are in `store`."""

    clock: FakeClock
    store: LinkStore | None = None
    sealed: dict[Secret, Credentials] = field(default_factory=dict)
    passphrases: list[str] = field(default_factory=list)

    async def make(
        self,
        pending: PendingCredentials,
        credentials: Credentials,
        at_most: timedelta | None = None,
    ) -> Made:
        """Make a link with a new URL."""
        number, now = len(self.sealed), self.clock.now()
        self.passphrases.append(pending.passphrase)
        url = Secret(f"https://keysmith.example/s/{number}")
        self.sealed[url] = credentials
        if self.store:
            bundle = SealedBundle(f"l{number}", f"sealed {number}", f"proof {number}", Secret("k"))
            entry = link_entry(now, AuditEvent.LINKED, pending)
            await self.store.put(bundle, pending, now, entry, at_most)
        return Made(now + min(LINK_TTL, at_most or LINK_TTL), pending.fingerprint, url)
