"""Signing in for a link: who, twice, late, in another browser, after a restart, with Slack away."""

from datetime import timedelta
from typing import Final

import pytest

from bot.adapters.keyring import Keyring
from bot.adapters.slack.openid import challenge_of
from bot.adapters.vault import FieldSealer, sign_in_sealer
from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_strangers import TOLD_EACH
from bot.domain.links import SealedBundle
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor, Workspace
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.secret import Secret
from bot.domain.sign_in import BEGUN_FOR, SIGNED_IN_FOR, Unproven
from bot.errors import SlackAway
from bot.flows.links.sign_in import Moot, SignedIn, SignIns, Stranger
from bot.flows.round_trips import Begun, NotSignedIn, tag_in, tag_of
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobs
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.pending import FakePending
from tests.fakes.requests import FakeRequests
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.strangers import FakeStrangers

TOM: Final = Actor("T1", "U1")
MIA: Final = Actor("T1", "U2")
LINK: Final = "link-of-tom"


class Door:
    """One link of Tom's, and the browsers at it."""

    def __init__(self, enterprise: str | None = None) -> None:
        self.clock, self.strangers = FakeClock(), FakeStrangers()
        self.slack = FakeSignIn(self.clock)
        self.waiting = FakePending()
        self.store = FakeLinkStore(self.waiting, FakeRequests(FakeJobs()))
        self.workspace = Workspace("T1", "Lumen", enterprise)
        self.restart()

    def restart(self, *keys: bytes) -> None:
        """Begin another process, which has the same keys."""
        sealer = sign_in_sealer(Keyring(keys or (b"k" * 32,)))
        parts = sealer, self.store, self.strangers, self.clock, self.workspace
        self.flow = SignIns(self.slack, *parts)

    async def made(self, link_id: str = LINK) -> None:
        """Create the link."""
        now = self.clock.now()
        pending = PendingCredentials("c1", TOM, "e1", "Staging", "cloud", "8148", "deploy", now)
        entry = Entry(now, AuditEvent.LINKED, "link:make")
        await self.waiting.add_pending(pending, entry)
        bundle = SealedBundle(link_id, "sealed", "hash", Secret("key"))
        assert await self.store.put(bundle, pending, now, entry)

    def begun(self, link_id: str = LINK) -> tuple[Begun, str]:
        """Begin; gives what the browser gets, and the state."""
        return self.flow.begin(link_id), self.slack.asked[-1].state


@pytest.fixture
async def door() -> Door:
    """Make one."""
    made = Door()
    await made.made()
    return made


async def test_the_owner_is_signed_in_for_this_link_and_for_five_minutes(door: Door) -> None:
    """For no other link, and not a second longer"""
    begun, state = door.begun()
    ended = await door.flow.end(state, "code", "", begun.carried.sealed)

    assert isinstance(ended, SignedIn)
    sealed = ended.carried.sealed
    assert door.flow.visitor(LINK, sealed) == TOM
    assert door.flow.visitor("another", sealed) is None
    assert door.flow.visitor(LINK, begun.carried.sealed) is None
    assert door.flow.visitor(LINK, "") is None
    assert door.flow.visitor(LINK, sealed[:-2] + "AA") is None
    door.clock.go_on(seconds=SIGNED_IN_FOR.total_seconds() - 1)
    assert door.flow.visitor(LINK, sealed) == TOM
    door.clock.go_on(seconds=1)
    assert door.flow.visitor(LINK, sealed) is None


@pytest.mark.parametrize("ahead", [-10, 10])
async def test_a_browser_may_meet_processes_whose_clocks_differ(door: Door, ahead: float) -> None:
    """At Slack's redirect, and at the press; the time ends a little earlier or later"""
    begun, state = door.begun()
    right, door.clock = door.flow, FakeClock()
    door.clock.go_on(seconds=ahead)
    door.restart()
    ended = await door.flow.end(state, "code", "", begun.carried.sealed)
    assert isinstance(ended, SignedIn)
    for process in (right, door.flow):
        assert process.visitor(LINK, ended.carried.sealed) == TOM
    key, carried = right.wrappings.give(LINK, "")
    assert door.flow.wrappings.read(LINK, carried.sealed) == key
    door.clock.go_on(seconds=SIGNED_IN_FOR.total_seconds())
    assert door.flow.visitor(LINK, ended.carried.sealed) is None


async def test_many_strangers_at_a_link_are_told_of_by_one_message(door: Door) -> None:
    """After the third; the audit log has each, and another link is told of again"""
    for number in range(2, TOLD_EACH + 5):
        door.slack.user = f"U{number}"
        begun, state = door.begun()
        assert await door.flow.end(state, f"{number}", "", begun.carried.sealed) == Stranger(LINK)

    topics = [each.topic for each in door.strangers.told if each.audience is Audience.SECURITY]
    assert topics == [*[Topic.STRANGER] * TOLD_EACH, Topic.STRANGERS]
    last = door.strangers.told[-2:]
    assert [each.to for each in last] == ["U1", "U1"]
    assert {each.by for each in last} == {""}
    assert len(door.strangers.entries) == TOLD_EACH + 3


async def test_a_stranger_spends_nothing_and_is_told_of_once(door: Door) -> None:
    """The owner and security; the link still works for its owner"""
    door.slack.user = "U2"
    for code in ("one", "two"):
        begun, state = door.begun()
        assert await door.flow.end(state, code, "", begun.carried.sealed) == Stranger(LINK)

    security, owner = door.strangers.told
    assert (security.audience, security.topic, security.by) == (
        Audience.SECURITY,
        Topic.STRANGER,
        "U2",
    )
    assert (owner.audience, owner.to) == (Audience.PERSON, "U1")
    (entry,) = door.strangers.entries
    assert (entry.event, entry.actor, entry.job) == (AuditEvent.REFUSED, MIA, "c1")
    link = await door.store.find(LINK)
    assert link
    assert link.there
    door.slack.user = "U1"
    begun, state = door.begun()
    assert isinstance(await door.flow.end(state, "three", "", begun.carried.sealed), SignedIn)


@pytest.mark.parametrize("kept", ["none", "other browser", "other link", "field", "altered"])
async def test_an_answer_counts_only_in_the_browser_that_asked(door: Door, kept: str) -> None:
    """The address that Slack sent a browser to is worth nothing elsewhere"""
    other, _ = door.begun()
    elsewhere, _ = door.begun("of-another")
    begun, state = door.begun()
    field_of_redis = FieldSealer(Keyring((b"k" * 32,)))
    sealed = {
        "none": "",
        "other browser": other.carried.sealed,
        "other link": elsewhere.carried.sealed,
        "field": field_of_redis.seal("[1]"),
        "altered": begun.carried.sealed[:-4] + "AAAA",
    }[kept]

    ended = await door.flow.end(state, "code", "", sealed)

    assert ended == NotSignedIn(Unproven.ELSEWHERE)
    assert door.slack.exchanged == []


async def test_what_is_sealed_for_redis_opens_no_door(door: Door) -> None:
    """A text that a person typed is sealed there, and may look like a session"""
    sealer = FieldSealer(Keyring((b"k" * 32,)))
    ends = (door.clock.now() + SIGNED_IN_FOR).isoformat()
    forged = sealer.seal(f'["session", "{LINK}", "{TOM}", "{ends}"]')
    own = sign_in_sealer(Keyring((b"k" * 32,)))
    real = own.seal(f'["session", "{LINK}", "{TOM}", "{ends}"]')

    assert door.flow.visitor(LINK, real) == TOM
    assert door.flow.visitor(LINK, forged) is None
    odd = ("", "no JSON", "{}", "[]", '["session"]', f'["attempt", "{LINK}", "{TOM}", "{ends}"]')
    assert [door.flow.visitor(LINK, own.seal(each)) for each in odd] == [None] * len(odd)


async def test_an_answer_that_comes_late_counts_for_nothing(door: Door) -> None:
    """Slack's code would be over, too"""
    begun, state = door.begun()
    door.clock.go_on(seconds=BEGUN_FOR.total_seconds())

    ended = await door.flow.end(state, "code", "", begun.carried.sealed)

    assert ended == NotSignedIn(Unproven.ELSEWHERE)


async def test_a_sign_in_that_is_cancelled_or_without_a_code_ends(door: Door) -> None:
    """Nothing is asked of Slack"""
    begun, state = door.begun()
    sealed = begun.carried.sealed

    assert await door.flow.end(state, "", "access_denied", sealed) == NotSignedIn(
        Unproven.CANCELLED, LINK
    )
    assert await door.flow.end(state, "code", "access_denied", sealed) == NotSignedIn(
        Unproven.CANCELLED, LINK
    )
    assert await door.flow.end(state, "", "", sealed) == NotSignedIn(Unproven.REFUSED, LINK)
    assert door.slack.exchanged == []


async def test_a_code_counts_once(door: Door) -> None:
    """Slack refuses the second use, and the person may sign in again"""
    begun, state = door.begun()
    sealed = begun.carried.sealed
    await door.flow.end(state, "code", "", sealed)

    assert await door.flow.end(state, "code", "", sealed) == NotSignedIn(Unproven.REFUSED, LINK)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"nonce": "another"}, Unproven.NONCE),
        ({"nonce": ""}, Unproven.NONCE),
        ({"late": timedelta(minutes=7)}, Unproven.TIME),
        ({"late": timedelta(minutes=-2)}, Unproven.TIME),
        ({"user": ""}, Unproven.REFUSED),
        ({"team": ""}, Unproven.REFUSED),
    ],
)
async def test_claims_that_prove_nothing_sign_no_one_in(
    door: Door, more: dict[str, object], reason: Unproven
) -> None:
    """Of another sign-in, of another time, or of no one"""
    for name, value in more.items():
        setattr(door.slack, name, value)
    begun, state = door.begun()

    assert await door.flow.end(state, "code", "", begun.carried.sealed) == NotSignedIn(reason, LINK)


async def test_while_slack_is_away_nothing_is_decided(door: Door) -> None:
    """The error goes to the page, and the same browser signs in later"""
    door.slack.failure = SlackAway("timeout")
    begun, state = door.begun()
    with pytest.raises(SlackAway):
        await door.flow.end(state, "code", "", begun.carried.sealed)
    door.slack.failure = None
    assert isinstance(await door.flow.end(state, "code", "", begun.carried.sealed), SignedIn)


async def test_a_sign_in_survives_a_restart_and_a_new_key(door: Door) -> None:
    """Another process ends it; one without the key asks the person to sign in again"""
    begun, state = door.begun()
    door.restart(b"n" * 32, b"k" * 32)
    ended = await door.flow.end(state, "code", "", begun.carried.sealed)
    assert isinstance(ended, SignedIn)

    door.restart(b"o" * 32)
    assert door.flow.visitor(LINK, ended.carried.sealed) is None


async def test_a_link_that_ended_meanwhile_leads_back_to_its_page(door: Door) -> None:
    """Revoked, expired, replaced or unknown; a stranger is not told of then"""
    begun, state = door.begun("unknown")
    assert await door.flow.end(state, "a", "", begun.carried.sealed) == Moot("unknown")

    begun, state = door.begun()
    door.slack.user = "U2"
    await door.made("the-next")  # ends the former one
    assert await door.flow.end(state, "b", "", begun.carried.sealed) == Moot(LINK)
    assert door.strangers.told == []

    begun, state = door.begun("the-next")
    door.clock.go_on(seconds=FakeLinkStore.ttl.total_seconds() - 1)
    begun, state = door.begun("the-next")
    door.clock.go_on(seconds=1)
    assert await door.flow.end(state, "c", "", begun.carried.sealed) == Moot("the-next")
    assert door.strangers.told == []


@pytest.mark.parametrize(
    ("team", "enterprise", "ours", "proven"),
    [
        ("T1", "", None, True),
        ("T2", "", None, False),
        ("T2", "E1", None, False),
        ("T1", "E1", "E1", True),
        ("T2", "E1", "E1", True),
        ("E1", "", "E1", True),
        ("T2", "E2", "E1", False),
        ("T2", "", "E1", False),
    ],
)
async def test_a_person_is_known_in_every_workspace_of_the_enterprise(
    team: str, enterprise: str, ours: str | None, *, proven: bool
) -> None:
    """User ids are the same in all of them; in another team the same id is another person"""
    door = Door(ours)
    await door.made()
    door.slack.team, door.slack.enterprise = team, enterprise
    begun, state = door.begun()

    ended = await door.flow.end(state, "code", "", begun.carried.sealed)

    assert isinstance(ended, SignedIn) == proven
    assert proven or '"Staging", false' in door.strangers.told[0].text


def test_what_leaves_the_browser_names_no_link() -> None:
    """`state` has a hash of the link's id, and each sign-in has secrets of its own"""
    door = Door()
    first, second = door.begun()[1], door.begun()[1]

    assert tag_in(first) == tag_in(second) == tag_of(LINK)
    assert LINK not in first
    assert first != second
    one, two = door.slack.asked
    assert len({one.nonce, two.nonce, one.verifier, two.verifier, one.state}) == 5
    assert challenge_of(one.verifier) != one.verifier
