"""A link opened by two processes: one has its page, the other one the account key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from bot.cards.faults import happened
from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import Key
from bot.domain.link_receipts import Receipt
from bot.domain.links import (
    AlreadyOpened,
    BeingOpened,
    Gone,
    Link,
    LinkState,
    MovesSigner,
    NoLongerAllowed,
    Opener,
    Revealed,
    SealedBundle,
    SignInFirst,
)
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic
from bot.domain.secret import Secret
from bot.domain.visitors import Browser
from bot.errors import KeysmithError, NotOpened, StoreError, Unavailable, WorkerAway
from bot.flows.links.open import OPENS_WITHIN, LinkOpener
from bot.flows.links.queue import (
    ENDS_BEFORE,
    LOOKS_EVERY,
    SKEW,
    TAKEN_UP_WITHIN,
    PressRunner,
    QueuedOpening,
)
from bot.flows.links.recover import LEASE, LinkRecoverer
from bot.flows.links.reveal import Revealer
from handlers.faults import failed
from tests.contracts.test_links_opened import FakeAccess, FakeChanges, FakeEnabler
from tests.fakes.clock import FakeClock, OtherClock
from tests.fakes.hasty_loop import HastyLoop
from tests.fakes.jobs import FakeJobs
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.locks import FakeLocks
from tests.fakes.pending import FakePending
from tests.fakes.requests import FakeRequests

TOM: Final = Actor("T1", "U1")
MIA: Final = Actor("T1", "U2")
LINK: Final = "link-of-tom"
PROOF: Final = Secret("the proof")
PAGE: Final = Secret("this page")
FIREFOX: Final = Browser("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "hash of an address")


class Store(FakeLinkStore):
    """Links; `failures` meet the next looks at one."""

    failures: int = 0
    before_seize: Callable[[Link], Awaitable[None]] | None = None
    before_release: Callable[[], Awaitable[None]] | None = None
    before_start: Callable[[], Awaitable[None]] | None = None
    releases: int = 0
    answers_lost: int = 0

    async def start(
        self, link: Link, at: datetime, entry: Entry, opener: Opener | None = None
    ) -> bool:
        """Begin, after what comes in between."""
        before, self.before_start = self.before_start, None
        if before:
            await before()
        return await super().start(link, at, entry, opener)

    async def release(self, link: Link, entry: Entry) -> bool:
        """Seal it again, after what comes in between."""
        self.releases += 1
        before, self.before_release = self.before_release, None
        if before:
            await before()
        released = await super().release(link, entry)
        if released and self.answers_lost:
            self.answers_lost -= 1
            raise StoreError
        return released

    async def seize(self, link: Link, at: datetime, entry: Entry) -> bool:
        """Take an opening over, after what comes in between."""
        if self.before_seize:
            await self.before_seize(link)
        return await super().seize(link, at, entry)

    def keep(self, link: Link) -> None:
        """Store a link as it is."""
        self._links[link.id] = link

    def show(self, sealed: str | None) -> None:
        """Let the page that opened it read this again."""
        self._shown = {LINK: sealed} if sealed else {}

    def lose(self, link_id: str) -> None:
        """Lose a link."""
        del self._links[link_id]

    def forget_sealed(self, link_id: str) -> None:
        """Lose its ciphertext."""
        del self._sealed[link_id]

    async def find(self, link_id: str) -> Link | None:
        """Look a link up, or fail."""
        if self.failures:
            self.failures -= 1
            raise StoreError
        return await super().find(link_id)


class HangingAccess(FakeAccess):
    """Never answers."""

    async def may_still_claim(self, pending: PendingCredentials) -> bool:
        """Wait for what never comes."""
        del pending
        await asyncio.Event().wait()
        return True


class Crash(BaseException):
    """A process that is killed."""


class Two:
    """A page's process and a worker; time passes while the page looks at its link.

    `meanwhile` runs at each look; by default a worker takes up what is queued.
    """

    def __init__(self) -> None:
        self.clock, self.enabler = FakeClock(), FakeEnabler()
        self.access, self.changes = FakeAccess(), FakeChanges()
        self.waiting = FakePending()
        self.store = Store(self.waiting, FakeRequests(FakeJobs()))
        self.meanwhile: Callable[[], Awaitable[object]] = self.work
        self.looks, self.there, self.signs_in = 0, True, False
        self.ahead = 0.0
        self.pending = PendingCredentials(
            "c1", TOM, "e1", "Staging", "lumen-staging", "8148", "deploy", self.clock.now()
        )

    async def made(self) -> None:
        """Create the link."""
        entry = Entry(self.clock.now(), AuditEvent.LINKED, "link:make")
        await self.waiting.add_pending(self.pending, entry)
        bundle = SealedBundle(LINK, "the ciphertext", PROOF.show(), Secret("key"))
        assert await self.store.put(bundle, self.pending, self.clock.now(), entry)

    @property
    def worker(self) -> PressRunner:
        """What takes presses up."""
        clock = OtherClock(self.clock, self.ahead)
        deciding = self.access, clock, self.changes, FakeLocks()
        opener = LinkOpener(self.store, self.enabler, *deciding, signs_in=self.signs_in)
        return PressRunner(self.store, opener, clock)

    async def work(self) -> None:
        """Take up everything that is queued."""
        while self.store.presses:
            await self.worker(*self.store.presses.pop(0), "trace")

    async def signing_in(self) -> None:
        """The worker knows that people sign in."""
        self.signs_in = True
        await self.work()
        self.signs_in = False

    async def press(self, visit: Secret = PAGE, by: Actor | None = None) -> object:
        """Press Reveal at the page."""
        queued = QueuedOpening(self.store, self.clock, self._look)
        behind = self.clock, Secret.show, self.changes
        revealer = Revealer(self.store, queued, self.access, *behind, signs_in=self.signs_in)
        return await revealer.reveal(LINK, PROOF, visit, lambda: self.there, by, FIREFOX)

    async def _look(self, seconds: float) -> None:
        self.looks += 1
        self.clock.go_on(seconds=seconds)
        await self.meanwhile()

    async def recover(self) -> None:
        """Let the lease end, and a worker look for what is half open."""
        self.clock.go_on(seconds=LEASE.total_seconds() + 1)
        clock = OtherClock(self.clock, self.ahead)
        await LinkRecoverer(self.store, self.enabler, clock).recover()

    async def link(self) -> Link:
        """Give the link as it is stored."""
        found = await FakeLinkStore.find(self.store, LINK)
        assert found
        return found

    @property
    def told(self) -> list[str]:
        """Whom a receipt was sent."""
        return [each.to for each in self.store.told if each.topic is Topic.RECEIPT]

    @property
    def details(self) -> list[tuple[AuditEvent, str]]:
        """What the audit log has of the link."""
        return [(it.event, it.detail) for it in self.store.entries if it.action == "link:open"]


async def nothing() -> None:
    """No worker runs."""


@pytest.fixture
async def two() -> Two:
    """Make both, and a link."""
    made = Two()
    await made.made()
    return made


async def test_a_worker_enables_the_key_and_the_page_reads_the_ciphertext(two: Two) -> None:
    """Its owner has the receipt, with the browser of the page"""
    opened = await two.press()

    assert opened == Revealed("the ciphertext", two.pending.fingerprint)
    assert two.enabler.calls == [True]
    assert two.told == ["U1"]
    receipt = Receipt.read(two.store.told[0].text)
    assert (receipt.browser, receipt.system) == ("Firefox", "Linux")
    assert two.details == [
        (AuditEvent.BEGUN, "queued"),
        (AuditEvent.BEGUN, "taken up"),
        (AuditEvent.REVEALED, ""),
        (AuditEvent.REVEALED, "to the page that waited"),
    ]
    revealed = two.store.entries[-2].target
    assert (revealed["agent"], revealed["address"]) == (FIREFOX.agent, FIREFOX.address)
    assert await two.press() == Revealed("the ciphertext", two.pending.fingerprint)
    assert await two.press(Secret("another page")) == AlreadyOpened((await two.link()).since)


async def test_a_page_without_a_visit_is_shown_the_ciphertext_once(two: Two) -> None:
    """An older page sends none"""
    assert isinstance(await two.press(Secret()), Revealed)
    assert isinstance(await two.press(Secret()), AlreadyOpened)


async def test_what_the_key_does_to_webhooks_is_told_in_both_ways(two: Two) -> None:
    """As by one process"""
    two.enabler.others = []
    opened = await two.press()
    assert isinstance(opened, Revealed)
    assert opened.signs


async def test_no_worker_spends_nothing(two: Two) -> None:
    """The page says so after some seconds, and the link is as it was"""
    two.meanwhile = nothing
    with pytest.raises(WorkerAway):
        await two.press()

    assert two.looks * LOOKS_EVERY == pytest.approx(TAKEN_UP_WITHIN, abs=1)
    assert (await two.link()).state is LinkState.SEALED
    assert (two.enabler.calls, two.told) == ([], [])
    two.meanwhile = two.work  # it comes back, and finds the former press too
    assert isinstance(await two.press(), Revealed)
    assert two.enabler.calls == [True]


async def test_a_press_that_comes_late_does_nothing(two: Two) -> None:
    """Its page has given up, or was killed: the recovery seals the link"""
    two.meanwhile = killed
    with pytest.raises(Crash):
        await two.press()
    two.clock.go_on(seconds=TAKEN_UP_WITHIN + SKEW)
    await two.work()

    assert (await two.link()).state is LinkState.OPENING
    assert two.enabler.calls == []
    await two.recover()
    assert (await two.link()).state is LinkState.SEALED


@pytest.mark.parametrize("ahead", [-10, 10])
async def test_clocks_that_differ_keep_no_one_from_their_link(two: Two, ahead: float) -> None:
    """A worker's and a page's: it opens, the same page may ask again, and nothing is recovered"""
    two.ahead = ahead
    assert isinstance(await two.press(), Revealed)
    assert isinstance(await two.press(), Revealed)
    two.clock.go_on(seconds=50 - abs(ahead))
    assert isinstance(await two.press(), Revealed)
    await two.recover()
    assert two.enabler.calls == [True]
    assert two.told == ["U1"]


@pytest.mark.parametrize("ahead", [-10, 10])
async def test_a_worker_with_another_clock_comes_at_the_last_moment(two: Two, ahead: float) -> None:
    """Its page has waited nearly eight seconds"""
    two.ahead = ahead

    async def late() -> None:
        if two.looks * LOOKS_EVERY > TAKEN_UP_WITHIN - 0.5:
            await two.work()

    two.meanwhile = late
    assert isinstance(await two.press(), Revealed)


@pytest.mark.parametrize("ahead", [-10, 10])
async def test_with_other_clocks_no_press_that_is_over_is_taken_up(two: Two, ahead: float) -> None:
    """The page has taken it back; and what a killed page left is recovered, not opened"""
    two.meanwhile, two.ahead = nothing, ahead
    with pytest.raises(WorkerAway):
        await two.press()
    await two.work()
    two.meanwhile = killed
    with pytest.raises(Crash):
        await two.press()
    two.clock.go_on(seconds=abs(ahead))
    await two.recover()
    await two.work()
    assert (await two.link()).state is LinkState.SEALED
    assert two.enabler.calls == [False]
    assert two.told == []


async def killed() -> None:
    """Kill the process that looks."""
    raise Crash


async def test_a_page_that_is_killed_leaves_its_owner_a_receipt(two: Two) -> None:
    """The key works, so its owner is told; the same page has a minute to ask again"""
    two.meanwhile = killed
    with pytest.raises(Crash):
        await two.press()
    await two.work()

    assert two.enabler.enabled
    assert two.told == ["U1"]
    two.meanwhile = nothing
    assert isinstance(await two.press(), Revealed)


@pytest.mark.parametrize("enabled", [False, True])
async def test_a_worker_that_is_killed_leaves_the_key_disabled(two: Two, *, enabled: bool) -> None:
    """Before or after it enabled the key; the page waits, and then says so"""

    async def half() -> None:
        if two.store.presses:
            two.store.presses.clear()
            now = two.clock.now()
            entry = Entry(now, AuditEvent.BEGUN, "link:open")
            await two.store.seize(await two.link(), now, entry)
            two.enabler.enabled = enabled

    two.meanwhile = half
    began = two.clock.now()
    with pytest.raises(NotOpened):
        await two.press()

    assert timedelta(0) <= two.clock.now() - began - timedelta(seconds=OPENS_WITHIN) < LEASE
    assert (await two.link()).state is LinkState.OPENING
    assert two.store.releases == 0
    await two.recover()
    assert (await two.link()).state is LinkState.SEALED
    assert not two.enabler.enabled
    assert two.told == []
    two.meanwhile = two.work
    assert isinstance(await two.press(), Revealed)


async def test_cloudinary_that_fails_after_it_did_the_work_leaves_the_key_disabled(
    two: Two,
) -> None:
    """The worker disables it; the page says that nothing was revealed"""
    two.enabler.failures = [Unavailable("500", maybe_done=True)]
    with pytest.raises(NotOpened):
        await two.press()

    assert two.enabler.calls == [True, False]
    assert (await two.link()).state is LinkState.SEALED
    assert two.told == []
    assert isinstance(await two.press(), Revealed)


async def test_cloudinary_that_stays_away_leaves_it_to_the_recovery(two: Two) -> None:
    """The key may be enabled, so the link is not sealed before it is disabled"""
    two.enabler.failures = [Unavailable("500", maybe_done=True)] * 2
    with pytest.raises(NotOpened):
        await two.press()

    assert (await two.link()).state is LinkState.OPENING
    await two.recover()
    assert (two.enabler.enabled, (await two.link()).state) == (False, LinkState.SEALED)


async def test_an_owner_who_was_demoted_meanwhile_gets_nothing(two: Two) -> None:
    """The worker reads their authority, in time for the key"""

    async def demoted() -> None:
        two.access.answer = False
        await two.work()

    two.meanwhile = demoted
    assert await two.press() == NoLongerAllowed()
    assert two.enabler.calls == []


async def test_a_refusal_is_not_told_of_a_later_press(two: Two) -> None:
    """No worker took that one up, and the answer of the step that says so was lost"""
    two.access.answer = False
    assert NoLongerAllowed() == await two.press()
    two.access.answer, two.meanwhile, two.store.answers_lost = True, nothing, 1
    with pytest.raises(NotOpened):
        await two.press()


async def test_a_key_that_would_sign_webhooks_stays_disabled(two: Two) -> None:
    """The page says the same as with one process"""
    two.enabler.created_at = two.clock.now() - timedelta(days=9)
    signer = Key("8100", "old", True, root=False, created_at=two.clock.now(), updated_at=None)  # noqa: FBT003
    two.enabler.others = [signer]
    assert await two.press() == MovesSigner()
    assert two.enabler.calls == []


async def test_the_worker_asks_again_who_signed_in(two: Two) -> None:
    """A page's process that another person controls can't say that no one has to"""
    two.signs_in = True
    assert await two.press(by=None) == SignInFirst()
    assert two.store.presses == []
    two.signs_in = False
    two.meanwhile = two.signing_in

    assert await two.press(by=MIA) == SignInFirst()
    assert two.enabler.calls == []
    assert isinstance(await two.press(by=TOM), Revealed)


async def test_two_presses_open_it_once(two: Two) -> None:
    """The second page is told that the first one has it"""
    second = list[object]()

    async def both() -> None:
        if not second:
            second.append(None)
            second[0] = await two.press(Secret("another page"))
        await two.work()

    two.meanwhile = both
    assert isinstance(await two.press(), Revealed)
    assert second == [BeingOpened()]
    assert two.enabler.calls == [True]
    assert two.told == ["U1"]


async def test_a_page_whose_press_was_sealed_learns_of_another_one(two: Two) -> None:
    """It waits for its own opening alone"""

    async def another(state: LinkState) -> None:
        two.store.presses.clear()
        link = replace(await two.link(), visit="another page", state=state)
        two.store.keep(link)
        two.store.show("of another page")

    two.meanwhile = lambda: another(LinkState.OPENING)
    assert await two.press() == BeingOpened()
    two.store.keep(replace(await two.link(), state=LinkState.SEALED))
    two.meanwhile = lambda: another(LinkState.OPENED)
    assert await two.press() == AlreadyOpened((await two.link()).since)


async def test_a_press_that_comes_second_learns_who_was_first(two: Two) -> None:
    """Between the look and the step"""

    async def other() -> None:
        assert isinstance(await two.press(Secret("another page")), Revealed)

    two.store.before_start = other
    assert isinstance(await two.press(), AlreadyOpened)
    assert two.looks == 1  # of the other page
    assert two.enabler.calls == [True]


async def test_a_worker_that_comes_at_the_last_moment_opens_it(two: Two) -> None:
    """The page takes its press back, and a worker takes it up: one of them does"""
    two.meanwhile = nothing

    async def comes() -> None:
        two.clock.go_on(seconds=-1)  # the worker's clock is a little behind
        await two.work()

    two.store.before_release = comes
    assert isinstance(await two.press(), Revealed)
    assert two.told == ["U1"]


async def test_the_press_of_a_former_page_disturbs_no_other_process(two: Two) -> None:
    """One with the account key opens the link meanwhile"""
    two.meanwhile = nothing
    with pytest.raises(WorkerAway):
        await two.press()
    now, entry = two.clock.now(), Entry(two.clock.now(), AuditEvent.BEGUN, "link:open")
    assert await two.store.start(await two.link(), now, entry)
    two.clock.go_on(seconds=-TAKEN_UP_WITHIN)
    await two.work()

    assert (await two.link()).since == now
    assert two.enabler.calls == []


async def test_a_ciphertext_that_has_expired_was_opened(two: Two) -> None:
    """The page looks after its minute"""

    async def late() -> None:
        await two.work()
        two.store.show(None)

    two.meanwhile = late
    assert await two.press() == AlreadyOpened((await two.link()).since)


def test_a_worker_ends_in_time_for_the_page() -> None:
    """Cloudinary hangs: the worker undoes what it began before the page gives up"""

    async def hangs() -> None:
        two = Two()
        await two.made()
        two.access = HangingAccess()
        now, entry = two.clock.now(), Entry(two.clock.now(), AuditEvent.BEGUN, "link:open")
        assert await two.store.start(await two.link(), now, entry, Opener(None, FIREFOX, "v"))
        began = asyncio.get_running_loop().time()
        await two.work()

        spent = asyncio.get_running_loop().time() - began
        assert spent == pytest.approx(OPENS_WITHIN - TAKEN_UP_WITHIN - ENDS_BEFORE, abs=1)
        assert (await two.link()).state is LinkState.SEALED

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(hangs())


async def test_a_press_that_is_replayed_does_nothing(two: Two) -> None:
    """Twice, at once, or after it was ended"""
    replayed = list[tuple[str, str]]()

    async def twice() -> None:
        replayed.extend(two.store.presses)
        two.store.presses += two.store.presses
        await two.work()

    two.meanwhile = twice
    assert isinstance(await two.press(), Revealed)
    two.store.presses += replayed
    await two.work()

    assert two.enabler.calls == [True]
    assert two.told == ["U1"]
    await two.worker("no link", replayed[0][1], "trace")
    assert two.enabler.calls == [True]


async def test_a_press_that_another_worker_takes_up_first_is_left(two: Two) -> None:
    """Between the look and the step"""

    async def other(link: Link) -> None:
        now = two.clock.now() + timedelta(milliseconds=1)
        two.store.before_seize = None
        await two.store.seize(link, now, Entry(now, AuditEvent.BEGUN, "link:open"))

    two.store.before_seize = other
    with pytest.raises(NotOpened):
        await two.press()
    assert two.enabler.calls == []


async def test_a_browser_that_leaves_before_a_worker_comes_spends_nothing(two: Two) -> None:
    """The key is never enabled"""

    async def leaves() -> None:
        two.there = False

    two.meanwhile = leaves
    with pytest.raises(WorkerAway):
        await two.press()
    await two.work()

    assert (await two.link()).state is LinkState.SEALED
    assert two.enabler.calls == []
    assert two.details[-1] == (AuditEvent.RELEASED, "the browser left")


async def test_a_browser_that_leaves_later_leaves_its_owner_a_receipt(two: Two) -> None:
    """The worker has begun, and ends it"""

    async def leaves() -> None:
        await two.work()
        two.there = False

    two.meanwhile = leaves
    assert isinstance(await two.press(), Revealed)
    assert two.told == ["U1"]


async def test_redis_that_is_away_for_a_time_delays_the_page(two: Two) -> None:
    """What is stored decides, once it answers"""

    async def away() -> None:
        await two.work()
        two.store.failures = 1 if two.looks < 20 else 0

    two.meanwhile = away
    assert isinstance(await two.press(), Revealed)
    assert two.looks == 20


async def test_redis_that_stays_away_is_told(two: Two) -> None:
    """It may be opened: then the same page may ask again"""

    async def away() -> None:
        two.store.failures = 1

    two.meanwhile = away
    with pytest.raises(StoreError):
        await two.press()
    two.store.failures = 0
    await two.recover()
    assert (await two.link()).state is LinkState.SEALED


async def test_a_link_that_is_gone_meanwhile_is_gone(two: Two) -> None:
    """It expired, or Redis lost it"""

    async def gone() -> None:
        two.store.lose(LINK)

    two.meanwhile = gone
    assert await two.press() == Gone()


async def test_a_link_whose_ciphertext_is_gone_leaves_the_key_disabled(two: Two) -> None:
    """A revocation in between"""

    async def revoked() -> None:
        two.store.forget_sealed(LINK)
        await two.work()

    two.meanwhile = revoked
    assert await two.press() == Gone(proven=True)
    assert two.enabler.calls == [True, False]


async def test_what_a_press_raises_ends_no_worker(two: Two) -> None:
    """Each error is one of that press"""
    error: KeysmithError
    for error in (StoreError(), Unavailable("x", maybe_done=False)):
        two.access.answer = error
        with pytest.raises(NotOpened):
            await two.press()
    two.access.answer = True
    assert isinstance(await two.press(), Revealed)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (WorkerAway("late"), "No worker of Keysmith responds, so nothing changed."),
        (NotOpened("failed"), "Keysmith couldn't enable the key, which stays disabled."),
    ],
)
def test_the_page_says_what_happened_and_what_to_do(error: KeysmithError, words: str) -> None:
    """Both can be tried again"""
    told = happened(failed(error)).one
    assert told.startswith(words)
    assert "Try again in a minute." in told
