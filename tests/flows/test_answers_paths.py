"""Every path of an answer ends with its person, whatever Slack refuses on the way.

The paths: the place of a command, the kind of its outcome, and what Slack answers at each way.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Final

import pytest

from bot.cards.answers import linked, without_links
from bot.domain.answers import (
    ONCE,
    PLACES,
    TOO_MUCH,
    UNREACHABLE,
    Failure,
    Step,
    Way,
    step_after,
    ways,
)
from bot.domain.jobs import Job, Reply
from bot.domain.outcomes.general import NotOffered
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.secret import Secret
from bot.errors import SlackAway, SlackError
from sandbox.slack.blockkit.shapes import SCHEMAS
from tests.fakes.answering import Answering, away
from tests.flows.harness import TECH, Harness
from tests.unit.outcomes_made import URL, outcomes, pending

HOOK: Final = "https://hooks.slack.com/x"
REPLIES: Final = {
    "a command": Reply(HOOK, trigger="t", channel="C1"),
    "a button on a message": Reply(HOOK, trigger="t", replace=True, channel="C1"),
    "a button without a response URL": Reply(trigger="t", channel="C1"),
    "a press that tells no place at all": Reply(),
    "a form": Reply(view_id="V1"),
    "a button in a modal": Reply(view_id="V1", trigger="t"),
    "App Home": Reply(trigger="t", home=True),
    "App Home without a trigger": Reply(home=True),
    "a direct message": Reply(),
    "a mention": Reply(channel="C1", thread="1.2", aloud=True),
    "a shortcut on a message": Reply(trigger="t", home=True, channel="C1"),
}
"""`test_answers_places` compares them with those that the listeners make."""
PAGES: Final = {
    Way.VIEW: ("views.update",),
    Way.MODAL: ("views.open",),
    Way.URL: (),
    Way.DIRECT: ("conversations.open", "chat.postMessage"),
    Way.CHANNEL: ("chat.postEphemeral",),
}
OF_ANY_CALL: Final = (
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
    *("missing_scope", "no_permission", "access_denied", "org_login_required", "ekm_access_denied"),
    *("invalid_arguments", "invalid_arg_name", "team_access_not_granted", "a_code_of_tomorrow"),
)
STATUSES: Final = tuple(f"response_url_{status}" for status in (400, 401, 403, 404, 410, 302))

GONE: Final = {(Way.DIRECT, code) for code in UNREACHABLE}


def codes(way: Way) -> set[str]:
    """Every refusal of a way: of its methods' reference pages, and those of any method."""
    pages = [json.loads((SCHEMAS / "methods" / f"{m}.json").read_text()) for m in PAGES[way]]
    listed = {code for page in pages for code in page["errors"]}
    return listed | set(OF_ANY_CALL) | (set(STATUSES) if way is Way.URL else set())


def paths(reply: Reply) -> Iterator[tuple[Way, str]]:
    """Each way of an answer, and each refusal there."""
    for way in ways(reply, timedelta()):
        yield from ((way, code) for code in sorted(codes(way)))


def before(reply: Reply, way: Way) -> list[Way]:
    """The ways that are tried before this one."""
    listed = ways(reply, timedelta())
    return list(listed[: listed.index(way)])


def job_of(harness: Harness, reply: Reply) -> Job:
    """A job with this reply, accepted now."""
    return Job("j1", TECH, "key list", "key:list", reply, harness.clock.now())


async def answered(answering: Answering, reply: Reply, outcome: Outcome) -> None:
    """Send an answer as the runner of its job does, then run the queue for some minutes."""
    job = job_of(answering.harness, reply)
    while pause := await answering.answers.send(job, outcome):
        answering.harness.clock.go_on(seconds=pause)
    await answering.run()


def link(harness: Harness) -> LinkReady:
    """Credentials whose link ends in ten minutes."""
    return LinkReady(pending("ci-bot"), harness.clock.now() + timedelta(minutes=10), Secret(URL))


@pytest.fixture
def answering(harness: Harness) -> Answering:
    """Answers over a fake Slack."""
    return Answering(harness)


def test_the_ways_that_end_in_the_log_are_these() -> None:
    """A direct message to a person who is gone, and no other refusal of no other way"""
    ends = {
        (way, code)
        for way in Way
        for code in codes(way) | UNREACHABLE | TOO_MUCH
        for short in range(3)
        if step_after(way, Failure(code, away=False), short=short) is Step.UNREACHABLE
    }
    gone = ("user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot")
    assert {(Way.DIRECT, code) for code in gone} == ends


@pytest.mark.parametrize("place", REPLIES)
async def test_every_path_ends_with_the_person(harness: Harness, place: str) -> None:
    """Whatever a way refuses, for good: the next one has the answer, or it waits for this one"""
    kinds: list[Outcome] = [NotOffered(), link(harness)]
    for outcome, (way, code) in product(kinds, paths(REPLIES[place])):
        answering = Answering(harness)
        slack = answering.slack
        slack.refusals |= dict.fromkeys(before(REPLIES[place], way), SlackError("not_found"))
        slack.refusals[way] = SlackError(code)
        await answered(answering, REPLIES[place], outcome)
        if (way, code) in GONE:
            assert not answering.waiting(), (way, code)
            continue
        if not slack.seen:
            assert answering.waiting(), (way, code)
            slack.refusals.clear()
            await answering.run()
        assert 1 == len(slack.seen), (way, code, slack.tried)
        assert not answering.waiting()


@pytest.mark.parametrize(
    ("code", "channel", "closed"),
    [("not_found", "", True), ("not_found", "C1", True), ("internal_error", "", False)],
)
async def test_only_an_answer_that_slack_refused_is_said_to_be_refused(
    harness: Harness, code: str, channel: str, *, closed: bool
) -> None:
    """One whose form is closed says that, also where a direct message is refused after it"""
    answering = Answering(harness)
    answering.slack.refusals[Way.VIEW] = SlackError(code)
    if channel:
        answering.slack.refusals[Way.DIRECT] = SlackError("user_disabled_dms")
    await answered(answering, Reply(view_id="V1", channel=channel), NotOffered())
    ((_, text),) = answering.slack.seen
    assert ("is closed" in text, "Slack did not take" in text) == (closed, not closed)


@pytest.mark.parametrize("place", REPLIES)
async def test_an_answer_says_when_it_comes_elsewhere(harness: Harness, place: str) -> None:
    """A press without a place to answer in is answered directly, and says so"""
    answering = Answering(harness)
    await answered(answering, REPLIES[place], NotOffered())
    ((_, text),) = answering.slack.seen
    elsewhere = {"a button without a response URL", "App Home without a trigger"}
    assert ("Slack did not take this answer" in text) is (place in elsewhere)


@pytest.mark.parametrize("place", REPLIES)
async def test_no_way_away_from_the_command_carries_a_link(harness: Harness, place: str) -> None:
    """A link goes to its place, or the answer offers to collect the credentials"""
    reply = REPLIES[place]
    for way in ways(reply, timedelta()):
        for outcome in (link(harness), Several((NotOffered(), link(harness)))):
            answering = Answering(harness)
            answering.slack.refusals |= dict.fromkeys(before(reply, way), SlackError("not_found"))
            await answered(answering, reply, outcome)
            ((seen, text),) = answering.slack.seen
            assert seen is way
            assert ("Reveal credentials (one time)" in text) is (way in PLACES)
            assert (way in PLACES) or "/cld claim" in text
            queued = [each.message for each in answering.queue.queued]
            assert URL not in str(queued)


@pytest.mark.parametrize("place", REPLIES)
@pytest.mark.parametrize("error", [away(retry_after=20), away("response_url_503")], ids=str)
async def test_a_busy_slack_is_waited_for(harness: Harness, place: str, error: SlackAway) -> None:
    """Nothing is sent before its time, lost, or sent twice, and nothing waits in a worker"""
    kinds: list[Outcome] = [NotOffered(), link(harness)]
    for minutes, outcome in product((0, 2, 20), kinds):
        answering, reply = Answering(harness), REPLIES[place]
        job, slack, clock = job_of(harness, reply), answering.slack, harness.clock
        slack.refusals |= dict.fromkeys(Way, error)
        pause = await answering.answers.send(job, outcome)
        assert len(set(slack.tried)) == len(slack.tried)
        end = clock.now() + timedelta(minutes=minutes)
        while clock.now() < end:
            if pause:
                clock.go_on(seconds=pause)
                pause = await answering.answers.send(job, outcome)
            else:
                await answering.run(seconds=1)
        assert [] == slack.seen
        slack.refusals.clear()
        while pause:
            clock.go_on(seconds=pause)
            pause = await answering.answers.send(job, outcome)
        await answering.run()
        first = next(way for way in ways(reply, timedelta()) if way not in ONCE)
        assert [first] == [way for way, _ in slack.seen]


def test_every_outcome_can_be_queued() -> None:
    """None of them has a link then, and a card with a link is known as one"""
    assert not any(linked(without_links(outcome)) for outcome in outcomes("ci-bot"))
