"""Live links that no one asked to end: whose they were hears of it, and what a look costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest

from bot.adapters.slack.profiles import read_profile
from bot.domain.keys import Change, LastChange
from bot.domain.links import Gone, NoLongerAllowed, Revealed
from bot.domain.live_links import LinkEnded, LiveLink
from bot.domain.outcomes.links import ClaimRefused, LinkReady
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, Profile, Role, Workspace
from bot.domain.requests.notifications import Topic
from bot.errors import SlackAway, StoreError, Unavailable
from bot.flows.directory import FreshDirectory
from bot.flows.links.access import ClaimAccess as LinkAccess
from bot.flows.links.keep import AT_ONCE, SPAN, LinkKeeper, LinksOfTheLeft
from bot.flows.ports import Done
from handlers.directory import UserEvents
from handlers.origin import Body
from tests.fakes.link_store import FakeLinkStore
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, NEWCOMER, TEAM, TECH, populated
from tests.flows.living import Living
from tests.flows.requested import WISH, granted
from tests.flows.test_link_ends import own, pressed, voted

FOR_COLLEAGUE: Final = f"{WISH} --for <@{COLLEAGUE.user_id}>"


@pytest.fixture
def living() -> Living:
    """The usual people and keys, with a page on which links open."""
    return populated(Living())


def keeper(living: Living) -> LinkKeeper:
    """What looks at live links, without its pauses."""
    return replace(living.flows.link_keeper, pause=0)


async def live(living: Living) -> list[str]:
    """The credentials whose links are live."""
    return [each.pending.id for each in await living.store.every(living.clock.now())]


def told(living: Living) -> list[tuple[str, LinkEnded]]:
    """Who heard of which link."""
    assert {Topic.LINK_ENDED} >= {each.topic for each in living.store.told}
    return [(each.to, LinkEnded.read(each.text)) for each in living.store.told]


async def changed(living: Living, profile: Profile, workspace: str = TEAM) -> None:
    """Slack tells that a user changed."""
    hears = LinksOfTheLeft(keeper(living).ends, living.pending, Workspace(workspace, "Lumen"))
    await hears.changed(profile)


async def test_the_owner_hears_of_it_once_and_may_collect_again(living: Living) -> None:
    """Once they have the right again"""
    link = await own(living)
    living.add_member(TECH, Role.BILLING)
    living.clock.go_on(minutes=2)
    for _ in range(2):
        assert [] == await keeper(living).look()
    assert [] == await live(living)
    of_it = LinkEnded(link.pending.id, link.pending.name, DEV.name)
    assert [(TECH.user_id, of_it)] == told(living)
    assert isinstance(await living.run(TECH, "claim"), ClaimRefused)
    living.add_member(TECH, Role.TECHNICAL_ADMIN)
    living.clock.go_on(minutes=2)
    again = await living.run(TECH, "claim")
    assert isinstance(again, LinkReady)
    assert isinstance(await pressed(living, again.url.show()), Revealed)


async def test_links_of_owners_with_the_right_stay(living: Living) -> None:
    """And no one hears anything; a look reads no person whom it has just read"""
    await own(living)
    await voted(living)
    assert [] == await keeper(living).look()
    before = living.directory.calls.copy()
    assert [] == await keeper(living).look()
    assert before == living.directory.calls
    assert 2 == len(await live(living))
    assert [] == told(living)


async def test_who_requested_the_credentials_for_another_person_hears_of_it(
    living: Living,
) -> None:
    """The owner left, so they can't"""
    request = await granted(living, FOR_COLLEAGUE)
    assert request.terms.owner == COLLEAGUE
    await living.run(COLLEAGUE, f"claim {request.id}")
    profile = await living.directory.profile(COLLEAGUE)
    living.directory.add(replace(profile, deleted=True))
    living.clock.go_on(minutes=2)
    assert [] == await keeper(living).look()
    assert [NEWCOMER.user_id] == [to for to, _ in told(living)]
    assert [COLLEAGUE.user_id] == [each.owner for _, each in told(living)]


@pytest.mark.parametrize(
    "left",
    [
        lambda it: replace(it, deleted=True),
        lambda it: replace(it, guest=True),
        lambda it: replace(it, bot=True),
        lambda it: replace(it, email_confirmed=False),
    ],
    ids=["deactivated", "guest", "bot", "unconfirmed"],
)
async def test_an_event_that_its_owner_left_ends_it_at_once(
    living: Living, left: Callable[[Profile], Profile]
) -> None:
    """By Slack's word alone: the page's process has no account key; twice changes nothing"""
    link = await own(living)
    profile = left(await living.directory.profile(TECH))
    await changed(living, await living.directory.profile(TECH))
    assert [link.pending.id] == await live(living)
    for _ in range(2):
        await changed(living, profile)
    assert [] == await live(living)
    assert [] == told(living)
    (entry,) = [each for each in living.store.entries if each.action == "link:end"]
    assert entry.detail.startswith("its owner left: ")
    assert isinstance(await pressed(living, link.url.show()), Gone)


async def test_an_event_about_another_person_ends_nothing(living: Living) -> None:
    """Another member, and a user of another team with the same id"""
    link = await own(living)
    profile = await living.directory.profile(TECH)
    await changed(living, replace(profile, user_id=ADMIN.user_id, deleted=True))
    await changed(living, replace(profile, team_id="T9", deleted=True))
    await changed(living, replace(profile, deleted=True), "T9")
    assert [link.pending.id] == await live(living)


async def test_slacks_event_reaches_it(living: Living) -> None:
    """Before the event is acknowledged, so Slack delivers it again where Redis is away"""
    await own(living)
    hears = LinksOfTheLeft(keeper(living).ends, living.pending, Workspace(TEAM, "Lumen"))
    fresh = FreshDirectory(living.directory, living.clock, living.hints)
    events = UserEvents(fresh, read_profile, [hears.changed])
    user = {"id": TECH.user_id, "team_id": TEAM, "deleted": True, "profile": {}}
    body: Body = {"event": {"type": "user_change", "user": user}}
    living.faults.of, living.faults.only = (FakeLinkStore,), frozenset({"end"})
    living.faults.error = StoreError("away")
    living.faults.arm(1)
    with pytest.raises(StoreError):
        await events.changed(body)
    living.faults.arm(0)
    await events.changed(body)
    assert [] == await live(living)


@pytest.mark.parametrize("left_out", ["deleted", "is_email_confirmed", "email"])
async def test_what_slacks_event_leaves_out_ends_nothing(living: Living, left_out: str) -> None:
    """It grants nothing either; the next look asks Slack"""
    link = await own(living)
    hears = LinksOfTheLeft(keeper(living).ends, living.pending, Workspace(TEAM, "Lumen"))
    fresh = FreshDirectory(living.directory, living.clock, living.hints)
    events = UserEvents(fresh, read_profile, [hears.changed])
    said: dict[str, object] = {"deleted": False, "is_email_confirmed": True}
    profile = {"real_name": "T", "email": "t@lumen.example"}
    said.pop(left_out, None)
    profile.pop(left_out, None)
    user = {"id": TECH.user_id, "team_id": TEAM, "profile": profile, **said}
    await events.changed({"event": {"type": "user_change", "user": user}})
    assert [link.pending.id] == await live(living)


async def test_a_member_whom_slack_does_not_know_any_more_has_no_link(living: Living) -> None:
    """As one who was taken out of the workspace"""
    await own(living)
    living.clock.go_on(minutes=2)
    living.directory.forget(TECH)
    assert [] == await keeper(living).look()
    assert [] == await live(living)
    assert [] == told(living)


@pytest.mark.parametrize("away", ["slack", "cloudinary"])
async def test_a_service_that_is_away_ends_no_link(living: Living, away: str) -> None:
    """What can't be read is looked at again; the other links are looked at"""
    first, second = await own(living), await voted(living)
    living.clock.go_on(minutes=2)
    if away == "slack":
        living.directory.away = True
        assert [SlackAway, SlackAway] == [type(each) for each in await keeper(living).look()]
        assert 2 == len(await live(living))
        return
    living.account.fail_next("environments", Unavailable("gone", maybe_done=False))
    request = await living.requests.load(second.pending.id)
    assert request
    living.requests._kept[request.id] = replace(
        request, terms=replace(request.terms, reason="another one")
    )
    assert [Unavailable] == [type(each) for each in await keeper(living).look()]
    assert [first.pending.id] == await live(living)


async def test_a_key_that_was_disabled_since_takes_its_link_along(living: Living) -> None:
    """Its process died before it ended the credentials; a press asks the same"""
    link = await own(living)
    living.clock.go_on(seconds=1)
    now, key = living.clock.now(), link.pending.api_key
    disabled = LastChange(Change.DISABLED, "Ann", now, "j1", disabled_at=now)
    living.jobs.last_changed(Done(key, disabled))
    assert isinstance(await pressed(living, link.url.show()), NoLongerAllowed)
    assert [] == await keeper(living).look()
    assert [] == await live(living)


async def test_an_opening_that_goes_on_reveals_nothing(living: Living) -> None:
    """Its key is disabled again by the opening itself"""
    link = await own(living)

    found = await living.store.every(living.clock.now())
    living.add_member(TECH, Role.BILLING)
    living.clock.go_on(minutes=2)
    entry = living.store.entries[-1]
    assert await living.store.start(found[0].link, living.clock.now(), entry)
    assert [] == await keeper(living).look()
    begun = await living.store.find(found[0].link.id)
    assert begun
    assert await living.store.take(begun, link.pending, living.clock.now(), entry) is None


class Stale(LinkAccess):
    """Knows people as they were before they got the right."""

    async def still_may_have(self, pending: Pending) -> bool:
        """Say no."""
        del pending
        return False


@pytest.mark.parametrize("away", [False, True])
async def test_what_is_out_of_date_ends_no_link(living: Living, *, away: bool) -> None:
    """Everything is read again before the end, as a press does: all that it needs must answer"""
    link = await own(living)
    usual = keeper(living)
    access = usual.access
    assert isinstance(access, LinkAccess)
    stale = Stale(access.people, access.account, access.authorizer, access.requests)
    living.directory.away = away
    failures = await replace(usual, access=stale).look()
    assert [SlackAway] * away == [type(each) for each in failures]
    assert [link.pending.id] == await live(living)
    assert [] == told(living)


@dataclass
class Counting:
    """Decides that each owner has the right, and knows which links it was asked about."""

    asked: list[str]

    async def still_may_have(self, pending: object) -> bool:
        """Say yes."""
        self.asked.append(str(getattr(pending, "id", "")))
        return True

    async def may_still_claim(self, pending: object) -> bool:
        """Say yes."""
        del pending
        return True

    async def name_of(self, actor: Actor) -> str | None:
        """Give a name."""
        return str(actor)


class Many(FakeLinkStore):
    """More links than one look takes."""

    links: Sequence[LiveLink] = ()
    mine: bool = True

    async def turn(self) -> bool:
        """Whether it is this process's turn."""
        return self.mine

    async def every(self, now: object) -> list[LiveLink]:
        """All of them."""
        del now
        return list(self.links)


@pytest.mark.parametrize("count", [1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE - 1])
async def test_a_look_takes_some_and_the_next_one_the_next(living: Living, count: int) -> None:
    """So many links keep no person from Cloudinary; each is looked at before any comes again"""
    link = await own(living)
    (found,) = await living.store.every(living.clock.now())
    assert found.pending.id == link.pending.id
    store = Many(living.pending, living.requests)
    store.links = [replace(found, pending=replace(found.pending, id=str(n))) for n in range(count)]
    counting = Counting([])
    usual = keeper(living)
    looks = replace(usual, ends=replace(usual.ends, live=store), access=counting)
    spans = -(-count // AT_ONCE)
    for _ in range(2 * spans):
        before = len(counting.asked)
        assert [] == await looks.look()
        assert min(count, AT_ONCE) == len(counting.asked) - before
        living.clock.go_on(seconds=SPAN)
    assert {str(n) for n in range(count)} == {*counting.asked}
    store.mine = False
    counting.asked.clear()
    assert [] == await looks.look()
    assert [] == counting.asked
