"""Those who may decide hear of a request: in direct messages or by mentions, once, and by day."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.domain.outcomes.requests import Requested
from bot.domain.people import Actor
from bot.domain.requests.hearing import MOST, MOST_IN_HOUR
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Topic, in_thread, redraw
from bot.errors import SlackAway
from bot.flows.lookup_cache import LOOKED_UP
from handlers.outbox import Outbox
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    GUEST,
    NARROW,
    NEWCOMER,
    TECH,
    Harness,
)
from tests.flows.requested import (
    WISH,
    asked,
    give_role,
    kept,
    leave,
    looked,
    rule,
    times_notified,
    under,
)
from tests.traps.recorded_messages import APPROVALS, SECURITY, FakeMessenger, outbox

ONE: Final = '@approvals("1")\n@approvers("key_roles")\n'
APPROVERS: Final = {each.user_id for each in (TECH, NARROW, COLLEAGUE, ADMIN, CHIEF)}
"""The key roles who reach the development environment."""


def told(harness: Harness, topic: Topic = Topic.ASKED) -> list[str]:
    """Who got a direct message of this topic, in order."""
    sent = harness.requests.notifications
    return [it.to for it in sent if (it.audience, it.topic) == (Audience.PERSON, topic)]


def mentioned(harness: Harness, topic: Topic = Topic.ASKED) -> list[str]:
    """Whom the messages of this topic in threads mention."""
    sent = harness.requests.notifications
    return [it.to for it in sent if (it.audience, it.topic) == (Audience.THREAD, topic)]


async def live_in(harness: Harness, zone: str, *people: Actor) -> None:
    """Move people to a time zone."""
    for actor in people:
        profile = await harness.directory.profile(actor)
        harness.directory.add(replace(profile, zone=zone))
    harness.rebuild()


async def delivered(harness: Harness, post: Outbox) -> None:
    """Post everything that is queued."""
    for at, each in enumerate(harness.requests.notifications):
        await post(f"{at}-0", each, again=False)
    harness.requests.notifications.clear()


async def test_those_who_may_decide_get_a_direct_message(harness: Harness) -> None:
    """Once each; neither the requester, nor who has no vote, nor a guest"""
    await asked(harness)
    await looked(harness)
    assert set(told(harness)) == APPROVERS
    await looked(harness)
    harness.clock.go_on(minutes=5)
    await looked(harness)
    assert len(told(harness)) == len(APPROVERS)
    assert not {NEWCOMER.user_id, BILLING.user_id, GUEST.user_id} & set(told(harness))


async def test_neither_requester_nor_owner_hears_of_their_own(harness: Harness) -> None:
    """Both could approve another person's"""
    await asked(harness, f"{WISH} --for @{ADMIN.user_id}", TECH)
    await looked(harness)
    assert set(told(harness)) == APPROVERS - {TECH.user_id, ADMIN.user_id}


@pytest.mark.parametrize(
    ("notify", "direct", "mentions"), [("dm", 5, 0), ("mention", 0, 5), ("none", 0, 0)]
)
async def test_the_rule_says_how_they_hear(
    harness: Harness, tmp_path: Path, notify: str, direct: int, mentions: int
) -> None:
    """Of the request and of its reminders, which are in the thread in any case"""
    under(harness, tmp_path, rule("key:request", f'{ONE}@notify("{notify}")'))
    await asked(harness)
    await looked(harness)
    assert len(told(harness)) == direct
    assert sum(map(len, (each.split(",") for each in mentioned(harness)))) == mentions
    harness.clock.go_on(minutes=15)
    await looked(harness)
    assert len(told(harness, Topic.REMINDER)) == direct
    (users,) = mentioned(harness, Topic.REMINDER)
    assert len(users.split(",") if users else []) == mentions


async def test_an_escalation_tells_the_wider_group(harness: Harness, tmp_path: Path) -> None:
    """They could not decide before, and heard of nothing"""
    wider = '@approvals("1")\n@approvers("master_admin")\n@escalate("1h key_roles")'
    under(harness, tmp_path, rule("key:request", wider))
    await asked(harness)
    await looked(harness)
    assert told(harness) == [CHIEF.user_id]
    harness.clock.go_on(hours=1)
    await looked(harness)
    assert set(told(harness, Topic.ESCALATED)) == APPROVERS - {CHIEF.user_id}
    assert 1 == times_notified(harness, Topic.ESCALATED)


async def test_at_night_people_hear_in_the_morning(harness: Harness) -> None:
    """By the time where each of them lives; it is noon in UTC"""
    await live_in(harness, "Pacific/Auckland", TECH, COLLEAGUE)  # one at night: until 19:00 UTC
    await live_in(harness, "Asia/Kolkata", NARROW, ADMIN, CHIEF)  # half past five
    request = await asked(harness)
    await looked(harness)
    assert set(told(harness)) == {NARROW.user_id, ADMIN.user_id, CHIEF.user_id}
    harness.clock.go_on(hours=1)
    await looked(harness)
    assert TECH.user_id not in told(harness, Topic.REMINDER)
    harness.clock.go_on(hours=6)
    harness.rebuild()  # another process takes over
    await looked(harness)
    await looked(harness)
    assert set(told(harness)) == APPROVERS
    assert State.PENDING is (await kept(harness, request)).state


@pytest.mark.parametrize("end", ["cancel {}", "deny {} --reason no"])
async def test_a_request_that_is_over_by_morning_is_not_told(harness: Harness, end: str) -> None:
    """And one who may not decide any more hears of nothing"""
    await live_in(harness, "Pacific/Auckland", TECH, COLLEAGUE)
    by = NEWCOMER if "cancel" in end else ADMIN
    over = await asked(harness)
    open_ = await asked(harness, WISH.replace("deploy", "build"))
    await looked(harness)
    await harness.run(by, end.format(over.id))
    await leave(harness, TECH)
    harness.rebuild()
    harness.requests.notifications.clear()
    harness.clock.go_on(hours=7)
    await looked(harness)
    await looked(harness)
    sent = harness.requests.notifications
    asked_of = [(it.request_id, it.to) for it in sent if it.topic is Topic.ASKED]
    assert asked_of == [(open_.id, COLLEAGUE.user_id)]


async def test_where_all_would_wake_too_late_they_hear_at_once(harness: Harness) -> None:
    """A request lasts eight hours"""
    everyone = (TECH, NARROW, COLLEAGUE, ADMIN, CHIEF)
    await live_in(harness, "Asia/Tokyo", *everyone)
    harness.clock.go_on(hours=1.5)  # half past ten in the evening
    await asked(harness)
    await looked(harness)
    assert set(told(harness)) == APPROVERS


async def test_a_delegate_hears_too(harness: Harness, tmp_path: Path) -> None:
    """For the person who may decide, though they could not decide themselves"""
    under(harness, tmp_path, rule("key:request", '@approvals("1")\n@approvers("admins")'))
    await harness.run(ADMIN, f"delegate @{COLLEAGUE.user_id}")
    await asked(harness)
    await looked(harness)
    assert set(told(harness)) == {ADMIN.user_id, CHIEF.user_id, COLLEAGUE.user_id}


async def test_a_delegate_hears_only_of_what_they_may_approve(harness: Harness) -> None:
    """Not where the requester appointed them, nor without access to the environment"""
    await harness.run(TECH, f"delegate @{ADMIN.user_id}")
    await harness.run(CHIEF, f"delegate @{NARROW.user_id}")
    await asked(harness, "request shop-stag x --reason y", TECH)
    await looked(harness)
    assert set(told(harness)) <= {COLLEAGUE.user_id, CHIEF.user_id}
    assert told(harness)


async def test_a_delegate_who_asks_takes_the_place_of_no_other(harness: Harness) -> None:
    """Of the five who hear of the request"""
    await harness.run(ADMIN, f"delegate @{TECH.user_id}")
    request = await asked(harness, "request shop-stag x --reason y", TECH)
    await looked(harness)
    chosen = (await kept(harness, request)).heard.chosen
    assert ADMIN.user_id in chosen
    assert TECH.user_id not in chosen


async def test_a_flood_of_one_person_reaches_no_approver_more_than_a_few_times(
    harness: Harness,
) -> None:
    """A hundred requests in an hour, each cancelled for the next"""
    for _ in range(100):
        request = await asked(harness)
        await looked(harness)
        await harness.run(NEWCOMER, f"cancel {request.id}")
        harness.clock.go_on(seconds=30)
    heard = told(harness)
    assert {user: heard.count(user) for user in APPROVERS} == dict.fromkeys(APPROVERS, MOST_IN_HOUR)
    harness.clock.go_on(hours=1)
    await asked(harness)
    await looked(harness)
    assert len(told(harness)) == len(heard) + MOST
    heard = told(harness)
    await asked(harness, WISH, BILLING)
    await looked(harness)
    assert len(told(harness)) == len(heard) + MOST


async def test_what_happens_at_once_asks_no_one(harness: Harness) -> None:
    """An emergency goes to security, at any hour"""
    await live_in(harness, "Pacific/Auckland", ADMIN, CHIEF, COLLEAGUE)
    outcome = await harness.run(TECH, f"{WISH} --emergency")
    assert isinstance(outcome, Requested)
    await looked(harness)
    assert told(harness) == []
    assert Audience.SECURITY in {it.audience for it in harness.requests.notifications}


async def test_while_slack_is_away_the_request_opens_and_is_told_later(harness: Harness) -> None:
    """Nothing is lost, and no other deadline waits for it"""
    await asked(harness)
    harness.rebuild()
    harness.directory.away = True
    (error,) = await harness.flows.deadline_keeper.look()
    assert isinstance(error, SlackAway)
    harness.directory.away = False
    harness.clock.go_on(seconds=30)
    await looked(harness)
    assert set(told(harness)) == APPROVERS


async def opened(harness: Harness) -> tuple[Request, FakeMessenger, Outbox]:
    """A request of which approvers heard, and the outbox that told them."""
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    request = await asked(harness)
    await looked(harness)
    await delivered(harness, post)
    return request, messenger, post


async def test_the_direct_message_says_what_is_asked_and_then_how_it_ended(
    harness: Harness,
) -> None:
    """With buttons as long as there is something to decide"""
    request, messenger, post = await opened(harness)
    ((_, message),) = messenger.said[ADMIN.user_id]
    for part in ("New", "deploy", "Shop dev", "builds of the shop"):
        assert part in message.text
    verbs = [each for each in ("approve", "deny", "details") if f":{each}:" in str(message.blocks)]
    assert verbs == ["approve", "deny", "details"]
    await harness.run(CHIEF, f"deny {request.id} --reason no")
    await delivered(harness, post)
    ((_, message),) = messenger.said[ADMIN.user_id]
    assert "Denied by Chief" in message.text
    assert "approve" not in str(message.blocks)
    assert ":details:" in str(message.blocks)


async def test_a_message_that_comes_after_the_decision_is_not_sent(harness: Harness) -> None:
    """Nor is one that was sent already, by a process that died"""
    request, messenger, post = await opened(harness)
    again = Notification(request.id, Audience.PERSON, Topic.ASKED, ADMIN.user_id)
    await post("90-0", again, again=True)
    escalated = replace(again, topic=Topic.ESCALATED)  # the refused card may have asked them
    await post("90-1", escalated, again=False)
    assert len(messenger.said[ADMIN.user_id]) == 1
    await harness.run(NEWCOMER, f"cancel {request.id}")
    for topic in (Topic.ASKED, Topic.ESCALATED, Topic.REMINDER):
        late = Notification(request.id, Audience.PERSON, topic, BILLING.user_id)
        await post(f"91-{topic}", late, again=False)
    assert BILLING.user_id not in messenger.said


@pytest.mark.parametrize("topic", [Topic.ASKED, Topic.REMINDER, Topic.ESCALATED])
async def test_who_may_decide_no_more_when_the_message_is_sent_gets_none(
    harness: Harness, topic: Topic
) -> None:
    """It may have waited for Slack since they were chosen; others get theirs"""
    messenger, request = FakeMessenger(), await asked(harness)
    give_role(harness, COLLEAGUE, None)
    await leave(harness, TECH)
    post = outbox(harness, messenger)
    for each in (COLLEAGUE, TECH, ADMIN):
        told_ = Notification(request.id, Audience.PERSON, topic, each.user_id)
        await post(f"70-{each}", told_, again=False)
    assert [ADMIN.user_id] == [*messenger.said]


async def test_who_can_not_be_looked_up_by_now_gets_their_message(harness: Harness) -> None:
    """Too many were, within a minute: better a message too many than an approver who hears none"""
    request, hearer = await asked(harness), harness.flows.hearer
    harness.clock.go_on(seconds=61)
    for each in range(LOOKED_UP):
        assert not await hearer.may_decide(request, f"U0NOBODY{each}")
    assert await hearer.may_decide(request, TECH.user_id)


async def test_a_person_who_left_holds_up_no_update(harness: Harness) -> None:
    """Their direct messages are gone; no channel is"""
    request, messenger, post = await opened(harness)
    messenger.refused = {ADMIN.user_id: "channel_not_found"}
    assert await post("80-0", redraw(request.id, Topic.DENIED, ADMIN.user_id), again=False) is None
    assert not messenger.texts(SECURITY)
    assert post.channels.remarks() == []


async def test_where_the_channel_is_gone_no_one_is_asked_twice(harness: Harness) -> None:
    """Approvers have their own messages; requester and security are told"""
    messenger = FakeMessenger(refused={APPROVALS: "not_in_channel"})
    post = outbox(harness, messenger)
    await asked(harness)
    await delivered(harness, post)
    await looked(harness)
    await delivered(harness, post)
    direct = {user: len(texts) for user, texts in messenger.said.items() if user in APPROVERS}
    assert direct == dict.fromkeys(APPROVERS, 1)
    (way,) = messenger.texts(NEWCOMER.user_id)
    assert "asked directly" in way
    assert "refuses Keysmith's messages" in messenger.texts(SECURITY)[0]


async def test_mentions_stand_in_the_requests_thread(harness: Harness, tmp_path: Path) -> None:
    """As users, whom Slack notifies"""
    under(harness, tmp_path, rule("key:request", f'{ONE}@notify("mention")'))
    _, messenger, _ = await opened(harness)
    _, (_, mention) = messenger.said[APPROVALS]
    assert {
        user for user in APPROVERS if f"'user_id': '{user}'" in str(mention.blocks)
    } == APPROVERS
    assert mention.text.endswith("This request needs your decision.")


@pytest.mark.parametrize("topic", [Topic.ASKED, Topic.REMINDER, Topic.ESCALATED])
async def test_a_mention_that_comes_after_the_end_is_not_posted(
    harness: Harness, topic: Topic
) -> None:
    """No approver is called to a request that was cancelled meanwhile"""
    request, messenger, post = await opened(harness)
    before = len(messenger.said[APPROVALS])
    await harness.run(NEWCOMER, f"cancel {request.id}")
    await post("92-0", in_thread(request.id, topic, to=ADMIN.user_id), again=False)
    assert before == len(messenger.said[APPROVALS])
