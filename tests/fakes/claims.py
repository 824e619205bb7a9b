"""Waiting credentials and their links in memory: the ports `Claims` and `LinkMaker`."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.claims import Claim, ClaimState
from bot.domain.keys import Credentials
from bot.domain.links import Made
from bot.domain.people import Actor
from bot.errors import StoreError
from tests.fakes.clock import FakeClock

LINK_TTL = timedelta(minutes=10)


@dataclass
class FakeClaims:
    """`entries` tell of the claims that were added. Each of the next `failures` raises."""

    entries: list[Entry] = field(default_factory=list)
    failures: int = 0
    _kept: dict[str, Claim] = field(default_factory=dict)

    async def add_claim(self, claim: Claim, entry: Entry) -> None:
        """Keep a claim, once."""
        if self.failures:
            self.failures -= 1
            raise StoreError("away")
        if claim.id not in self._kept:
            self._kept[claim.id] = claim
            self.entries.append(entry)

    async def find_claim(self, claim_id: str) -> Claim | None:
        """Look one up."""
        return self._kept.get(claim_id)

    async def claim_on(self, api_key: str) -> Claim | None:
        """The claim that the key was made for."""
        return next((c for c in self._kept.values() if c.api_key == api_key), None)

    async def revoke(self, claim: Claim, entry: Entry) -> None:
        """End one that waits."""
        if self._kept[claim.id].state is ClaimState.WAITING:
            self._kept[claim.id] = replace(claim, state=ClaimState.REVOKED)
            self.entries.append(entry)

    async def claims_of(self, actor: Actor) -> list[Claim]:
        """Those that wait, newest first."""
        waiting = [c for c in self._kept.values() if c.state is ClaimState.WAITING]
        return [claim for claim in reversed(waiting) if claim.owner == actor]

    def collect(self, claim_id: str) -> None:
        """Let the owner open the link."""
        self._kept[claim_id] = replace(self._kept[claim_id], state=ClaimState.CLAIMED)


@dataclass
class FakeLinks:
    """`sealed` remembers what is behind each URL."""

    clock: FakeClock
    sealed: dict[str, Credentials] = field(default_factory=dict)

    async def make(self, claim: Claim, credentials: Credentials) -> Made:
        """Make a link with a URL of its own."""
        url = f"https://keysmith.example/s/{len(self.sealed)}"
        self.sealed[url] = credentials
        return Made(self.clock.now() + LINK_TTL, claim.fingerprint, url)
