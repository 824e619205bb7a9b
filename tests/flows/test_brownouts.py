from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.cards.audit_words import sentences
from bot.cards.kit import plain
from bot.cards.notifications import notification_card
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.audit import AuditEvent
from bot.domain.brownouts import ALREADY, LATE, Ending
from bot.domain.commands.grammar import Misunderstood, read
from bot.domain.commands.keys import BrownoutKey
from bot.domain.commands.requests import Cancel, Result
from bot.domain.keys import Change, LastChange
from bot.domain.outcomes.decisions import (
    BrownoutEnding,
    BrownoutReported,
    MayNotDecide,
    TooLate,
)
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NothingToChange
from bot.domain.outcomes.requests import Requested
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Topic
from bot.errors import AlteredRecord, Unavailable
from bot.flows.requests.deadlines import AGAIN
from tests.fakes.jobs import FakeJobs
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import (
    WISH,
    approved,
    asked,
    carried_out,
    collected,
    enabled,
    kept,
    looked,
    rule,
    times_notified,
    topics,
    under,
)
from tests.flows.test_leaks import leaked, reported
from tests.flows.test_leaks import looked as leak_looked

KEY: Final = "deploy"
"""A key that a newcomer owns."""
COMMAND: Final = f"key brownout {KEY} --for 10m --env shop-dev"
TEN: Final = timedelta(minutes=10)
AWAY: Final = Unavailable("away", maybe_done=False)
CALLS: Final = 60


async def dark(harness: Harness, text: str = COMMAND, *, owned: bool = True) -> Request:
    """Disable a key for ten minutes."""
    if owned:
        await collected(harness)
    harness.clock.go_on(minutes=1)
    request = await asked(harness, text, TECH)
    await carried_out(harness, request)
    return await kept(harness, request)


async def ends(harness: Harness, request: Request) -> Request:
    """Let the time pass, twice."""
    harness.clock.at += TEN
    await looked(harness)
    await looked(harness)
    return await kept(harness, request)


def ending(request: Request) -> Ending | None:
    """How the brown-out ended."""
    return request.brownout.ending if request.brownout else None


async def last(harness: Harness, name: str = KEY) -> str:
    """What is stored of the key's last change."""
    found = await harness.jobs.last_change((await harness.key(DEV, name)).api_key)
    return found.change if found else ""


async def test_a_key_is_disabled_for_a_time_and_enabled_again(harness: Harness) -> None:
    """Not before, and once; whose key it is, and who asked, hear of each step"""
    request = await dark(harness)
    assert (State.DONE, harness.clock.now() + TEN) == (request.state, request.enable_at)
    assert not await enabled(harness)
    harness.clock.at += TEN - timedelta(seconds=1)
    await looked(harness)
    assert not await enabled(harness)
    harness.clock.go_on(seconds=1)
    await looked(harness)
    await looked(harness)
    over = await kept(harness, request)
    assert (True, Ending.ENABLED, None) == (await enabled(harness), ending(over), over.enable_at)
    assert "enabled again" == await last(harness)
    told = [it for it in harness.requests.notifications if it.request_id == request.id]
    people = [(it.topic, it.to) for it in told if it.audience is Audience.PERSON]
    both = sorted([TECH.user_id, NEWCOMER.user_id])
    assert people == [
        (Topic.BROWNOUT, NEWCOMER.user_id),
        *((Topic.BROWNOUT_BEGUN, each) for each in both),
        *((Topic.BROWNOUT_OVER, each) for each in both),
    ]
    for each in told:
        assert plain(notification_card(each, over)) if each.audience is not Audience.CARD else True
    assert "Did anything break?" in plain(notification_card(told[-1], over))
    assert "Enabled again" in plain(posted(over))
    person = (await harness.who(NEWCOMER)).person
    seen = await harness.flows.decider.eligibility.concerning(person, [over])
    assert [over] == seen, "the person of the key sees the request"


async def test_in_production_another_key_role_approves_it(harness: Harness) -> None:
    """And no one is asked about the enabling, whatever the rules are by then"""
    request = await approved(harness, "key brownout shop-web --for 10m", TECH, to=COLLEAGUE)
    assert "for 10 min" in plain(
        posted(await asked(harness, "key brownout shared --for 10m --env shop", TECH))
    )
    await carried_out(harness, request)
    assert not (await harness.key(PROD, "shop-web")).enabled
    harness.clock.at += TEN
    await looked(harness)
    assert (await harness.key(PROD, "shop-web")).enabled


@pytest.mark.parametrize(
    ("text", "fits"), [("30s", False), ("1m", True), ("24h", True), ("1d", True), ("25h", False)]
)
def test_it_lasts_a_minute_to_a_day(text: str, *, fits: bool) -> None:
    """The limits are said"""
    reading = read(f"key brownout ci-bot --for {text} --env shop-dev")
    assert fits is isinstance(reading, BrownoutKey)
    if not fits:
        assert isinstance(reading, Misunderstood)
        assert "from 1m to 24h" in plain(card_of(reading))


async def test_what_is_protected_from_a_disabling_is_protected_from_this(harness: Harness) -> None:
    """Root keys; and the webhook signer, unless its name is typed"""
    signer = (await harness.account.keys(DEV.id))[0]
    await harness.account.pin(DEV.id, (await harness.key(DEV, "ci-bot")).api_key)
    root = await harness.run(TECH, f"key brownout {signer.api_key} --for 10m")
    pinned = await harness.run(TECH, "key brownout ci-bot --for 10m")
    assert isinstance(root, KeyProtected)
    assert isinstance(pinned, KeyProtected)
    assert pinned.retry
    assert "--for 10m" in pinned.retry
    request = await asked(harness, pinned.retry, TECH)
    await carried_out(harness, request)
    over = await ends(harness, request)
    assert Ending.ENABLED is ending(over), "it signs again, as before"


async def test_a_disabled_key_is_not_disabled_for_a_time(harness: Harness) -> None:
    """It would be enabled afterwards: said at once, and again where it was disabled meanwhile"""
    assert isinstance(await harness.run(TECH, "key brownout preview-bot --for 5m"), NothingToChange)
    first = await asked(harness, "key brownout ci-bot --for 10m", TECH)
    second = await asked(harness, "key brownout ci-bot --for 24h", COLLEAGUE)
    await carried_out(harness, first)
    await carried_out(harness, second)
    failed = await kept(harness, second)
    assert (State.FAILED, ALREADY) == (failed.state, failed.outcome)
    assert "disabled already" in plain(posted(failed))
    over = await ends(harness, first)
    assert Ending.ENABLED is ending(over)
    assert Ending.FAILED is ending(await kept(harness, second))
    assert await enabled(harness, "ci-bot")


BY_PEOPLE: Final = {
    f"key disable {KEY} --env shop-dev": (Ending.STOPPED, False),
    f"key delete {KEY} --env shop-dev": (Ending.STOPPED, False),
    f"key enable {KEY} --env shop-dev": (Ending.MEANWHILE, True),
    f"key rename {KEY} other --env shop-dev": (Ending.ENABLED, True),
}


@pytest.mark.parametrize("text", BY_PEOPLE)
async def test_what_a_person_does_meanwhile_is_kept(harness: Harness, text: str) -> None:
    """It is told at once, and the clock changes nothing of it; a rename keeps no key disabled"""
    request = await dark(harness)
    harness.clock.go_on(minutes=2)
    outcome = await harness.run(ADMIN, text)
    if isinstance(outcome, Requested):
        await harness.run(COLLEAGUE, f"approve {outcome.request.id}")
        harness.clock.go_on(seconds=1)
        await carried_out(harness, outcome.request)
    expected, works = BY_PEOPLE[text]
    renamed = expected is Ending.ENABLED
    assert (None if renamed else expected) == ending(await kept(harness, request))
    assert times_notified(harness, Topic.BROWNOUT_OVER) == (not renamed)
    over = await ends(harness, request)
    assert expected == ending(over)
    assert works is await enabled(harness, "other" if renamed else KEY)
    assert 1 == times_notified(harness, Topic.BROWNOUT_OVER)


async def test_disabling_it_meanwhile_is_a_change(harness: Harness) -> None:
    """Not an answer that it is disabled already; also for its owner, and in bulk"""
    await dark(harness)
    outcome = await harness.run(NEWCOMER, f"key disable {KEY}")
    assert isinstance(outcome, KeyChanged)
    assert Change.DISABLED is outcome.change
    assert isinstance(await harness.run(NEWCOMER, f"key disable {KEY}"), NothingToChange)


async def test_a_key_that_is_deleted_meanwhile_and_restored_works(harness: Harness) -> None:
    """As before its deletion, and before that it worked"""
    await dark(harness)
    deletion = await approved(harness, f"key delete {KEY} --env shop-dev", ADMIN, to=COLLEAGUE)
    await carried_out(harness, deletion)
    harness.clock.go_on(minutes=1)
    restored = await harness.run(TECH, f"key restore {KEY} --env shop-dev")
    assert isinstance(restored, KeyChanged)
    assert await enabled(harness)


async def switched(harness: Harness, *, on: bool) -> None:
    """Enable or disable the key in the Console."""
    key = await harness.key(DEV, KEY)
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=on)


async def on_and_off(harness: Harness) -> None:
    """Enable the key in the Console, and disable it: a person wants it stopped."""
    await switched(harness, on=True)
    await switched(harness, on=False)


async def on(harness: Harness) -> None:
    """Enable it."""
    await switched(harness, on=True)


async def gone(harness: Harness) -> None:
    """Delete it."""
    harness.account.remove_key(DEV.id, (await harness.key(DEV, KEY)).api_key)


@pytest.mark.parametrize(
    ("change", "expected"),
    [(on_and_off, Ending.CHANGED), (on, Ending.MEANWHILE), (gone, Ending.GONE)],
)
async def test_a_change_in_the_console_is_recognised(
    harness: Harness, change: Callable[[Harness], Awaitable[None]], expected: Ending
) -> None:
    """And left as it is; security hears of a key that stays disabled by it"""
    request = await dark(harness)
    harness.clock.go_on(minutes=2)
    await change(harness)
    over = await ends(harness, request)
    assert expected == ending(over)
    assert 1 == times_notified(harness, Topic.BROWNOUT_OVER)
    security = [it for it in harness.requests.notifications if it.audience is Audience.SECURITY]
    assert bool(security) is (expected is Ending.CHANGED)
    if expected is not Ending.GONE:
        assert await enabled(harness) is (expected is Ending.MEANWHILE)


async def test_a_signer_that_came_meanwhile_is_not_moved(harness: Harness) -> None:
    """The key was none before: enabling it would make it one, and no one typed its name"""
    harness.clock.go_on(hours=1)
    first, *others = await harness.account.keys(DEV.id)
    key = next(it for it in others if it.name == "ci-bot")
    older = replace(key, created_at=first.created_at)
    assert older.created_at
    harness.account.replace_key(
        DEV.id, replace(older, created_at=older.created_at - timedelta(days=9))
    )
    await harness.account.pin(DEV.id, first.api_key)
    request = await dark(harness, "key brownout ci-bot --for 10m", owned=False)
    harness.account.replace_key(DEV.id, first)  # no key is pinned any more
    over = await ends(harness, request)
    assert (Ending.SIGNER, False) == (ending(over), await enabled(harness, "ci-bot"))
    assert "key enable" in plain(posted(over))


async def test_access_that_ends_meanwhile_ends(harness: Harness) -> None:
    """The clock enables no key whose access is over"""
    await collected(harness, f"{WISH} --expires 2h")
    harness.clock.go_on(minutes=115)
    request = await dark(harness, owned=False)
    over = await ends(harness, request)
    assert (Ending.ACCESS, False) == (ending(over), await enabled(harness))


async def test_rules_that_changed_meanwhile_keep_no_key_disabled(tmp_path: Path) -> None:
    """Enabling restores what was"""
    harness = staffed()
    request = await dark(harness)
    under(harness, tmp_path, rule("key:request"))
    over = await ends(harness, request)
    assert (Ending.ENABLED, True) == (ending(over), await enabled(harness))


async def test_cloudinary_away_is_tried_again_and_told_once(harness: Harness) -> None:
    """To whose key it is, who asked, and security, after some attempts"""
    request = await dark(harness)
    harness.clock.at += TEN
    tries = int(LATE / AGAIN) + 4
    harness.account.fail_next("set_enabled", AWAY, times=tries)
    for number in range(tries):
        assert [AWAY] == await harness.flows.deadline_keeper.look()
        assert times_notified(harness, Topic.BROWNOUT_LATE) == (number * AGAIN >= LATE)
        await looked(harness)
        harness.clock.at += AGAIN
    late = [it for it in harness.requests.notifications if it.topic is Topic.BROWNOUT_LATE]
    assert {Audience.SECURITY, Audience.PERSON, Audience.THREAD, Audience.CARD} == {
        it.audience for it in late
    }
    assert "still disabled" in plain(posted(await kept(harness, request)))
    await looked(harness)
    assert await enabled(harness)
    assert 1 == times_notified(harness, Topic.BROWNOUT_OVER)


async def test_cloudinary_that_fails_after_the_work_enables_it_once(harness: Harness) -> None:
    """What is done is recognised as its own"""
    request = await dark(harness)
    harness.clock.at += TEN
    harness.account.fail_next("set_enabled", AWAY, after=True)
    assert [AWAY] == await harness.flows.deadline_keeper.look()
    assert await enabled(harness)
    harness.clock.at += AGAIN
    await looked(harness)
    assert Ending.ENABLED is ending(await kept(harness, request))


@pytest.mark.parametrize("after", [False, True])
async def test_a_disabling_without_an_answer_is_undone(harness: Harness, *, after: bool) -> None:
    """The request failed, so the key works, whatever Cloudinary did"""
    await collected(harness)
    request = await asked(harness, COMMAND, TECH)
    harness.account.fail_next("set_enabled", AWAY, after=after)
    with pytest.raises(Unavailable):
        await carried_out(harness, request)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.dispatcher.give_up(job)
    assert State.FAILED is (await kept(harness, request)).state
    assert await enabled(harness) is not after
    harness.clock.go_on(minutes=2)
    await looked(harness)
    assert await enabled(harness)
    assert times_notified(harness, Topic.BROWNOUT_OVER) == after


@pytest.mark.parametrize("after", [False, True])
async def test_a_process_that_dies_leaves_it_to_the_next(*, after: bool) -> None:
    """At each call of the disabling and the enabling: once each, told once, and it works again"""
    reached = set[str]()
    for call in range(1, CALLS):
        for part in ("disabling", "enabling"):
            died = FailurePoint()
            harness = failing(died)
            await collected(harness)
            request = await asked(harness, COMMAND, TECH)
            if part == "enabling":
                await carried_out(harness, request)
                harness.clock.at += TEN
            died.arm(call, after=after)
            try:
                if part == "disabling":
                    await carried_out(harness, request)
                else:
                    await harness.flows.deadline_keeper.look()
            except Crash:
                reached.add(f"{part} {call}")
            died.arm(0)
            if part == "disabling":
                await harness.again(request.id)
                assert not await enabled(harness), call
                assert 1 == times_notified(harness, Topic.BROWNOUT_BEGUN)
                harness.clock.at += TEN
            await looked(harness)
            assert (call, True) == (call, await enabled(harness))
            assert Ending.ENABLED is ending(await kept(harness, request)), (part, call)
            assert 1 == times_notified(harness, Topic.BROWNOUT_OVER)
            events = [it.event for it in harness.jobs.entries if it.action == "key:brownout"]
            assert 2 == events.count(AuditEvent.DONE), "disabled once, enabled once"
        if not {f"disabling {call}", f"enabling {call}"} & reached:
            return
    pytest.fail("it never ended")


@pytest.mark.parametrize("by", [TECH, NEWCOMER, ADMIN])
async def test_it_is_ended_early(harness: Harness, by: Actor) -> None:
    """By who asked, by whose key it is, and by who may disable it for a time"""
    request = await dark(harness)
    harness.clock.go_on(minutes=1)
    job = await harness.job(by, f"cancel {request.id}")
    assert isinstance(await harness.flows.dispatcher.run(job), BrownoutEnding)
    await looked(harness)
    assert await enabled(harness)
    assert Ending.ENABLED is ending(await kept(harness, request))
    assert isinstance(await harness.run(by, f"cancel {request.id}"), TooLate)


async def test_strangers_neither_end_it_nor_say_what_broke(harness: Harness) -> None:
    """Each refusal is on record"""
    request = await dark(harness)
    for text in ("cancel {}", "result {} broke"):
        outcome = await harness.run(BILLING, text.format(request.id))
        assert not isinstance(outcome, BrownoutEnding | BrownoutReported)
        assert isinstance(outcome, MayNotDecide), outcome
    assert ("refused", "not_concerned") in harness.told()
    assert request == await kept(harness, request)


async def test_what_broke_is_recorded_and_shown(harness: Harness) -> None:
    """One answer of each person: the last one; `broke` enables a disabled key at once"""
    request = await dark(harness)
    told = await harness.run(NEWCOMER, f'result {request.id} broke --comment "no builds"')
    assert isinstance(told, BrownoutReported)
    assert "enables the key now" in plain(card_of(told))
    await looked(harness)
    assert await enabled(harness)
    for text in ("fine", "broke", "fine"):
        assert isinstance(await harness.run(TECH, f"result {request.id} {text}"), BrownoutReported)
    shown = plain(posted(await kept(harness, request)))
    assert "it broke something. “no builds”" in shown
    assert 1 == shown.count("nothing broke")
    told_of = [(event, detail) for event, detail in harness.told() if event == "decided"]
    answers = ["broke", "fine", "broke", "fine"]
    assert [("decided", each) for each in answers] == told_of[-4:]
    entries = [it for it in harness.jobs.entries if it.event is AuditEvent.DECIDED]
    said = [" ".join(map(str, sentences(each))) for each in entries[-2:]]
    assert "it broke something" in said[0]
    assert "nothing broke" in said[1]


async def test_nothing_is_said_of_what_has_not_begun(harness: Harness) -> None:
    """Nor of a request of another kind"""
    await collected(harness)
    waiting = await asked(harness, "key brownout shop-web --for 10m", TECH)
    other = await asked(harness, "request shop-dev more --reason x")
    for each, by in ((waiting, TECH), (other, NEWCOMER)):
        assert isinstance(await harness.run(by, f"result {each.id} broke"), TooLate)
    assert State.PENDING is (await kept(harness, waiting)).state
    await harness.run(TECH, f"cancel {waiting.id}")
    assert State.CANCELLED is (await kept(harness, waiting)).state


class Forgetful(FakeJobs):
    """Jobs that no longer know, or do not believe, what a key's last change was."""

    error: Exception | None = None
    forgets = False

    async def last_change(self, api_key: str) -> LastChange | None:
        """Forget it, or refuse it."""
        if self.error:
            raise self.error
        return None if self.forgets else await super().last_change(api_key)


@pytest.mark.parametrize("altered", [False, True])
async def test_a_record_that_is_lost_or_not_believed_enables_nothing(*, altered: bool) -> None:
    """A person may have disabled the key since; all are told to look, once"""
    jobs = Forgetful()
    harness = staffed(jobs=jobs)
    request = await dark(harness, "key brownout ci-bot --for 10m", owned=False)
    jobs.error, jobs.forgets = AlteredRecord("814") if altered else None, True
    over = await ends(harness, request)
    assert (Ending.UNKNOWN, False) == (ending(over), await enabled(harness, "ci-bot"))
    assert Audience.SECURITY in {
        it.audience for it in harness.requests.notifications if it.topic is Topic.BROWNOUT_OVER
    }
    assert "/cld key enable" in plain(posted(over))


async def test_a_key_that_became_the_root_key_is_left_alone(harness: Harness) -> None:
    """Whatever made it so"""
    request = await dark(harness, "key brownout ci-bot --for 10m", owned=False)
    harness.account.replace_key(DEV.id, replace(await harness.key(DEV, "ci-bot"), root=True))
    over = await ends(harness, request)
    assert (Ending.ROOT, False) == (ending(over), await enabled(harness, "ci-bot"))


@pytest.mark.parametrize("verb", ["enable", "disable", "delete"])
async def test_a_worker_that_returns_repeats_nothing_that_a_person_undid(
    verb: str,
) -> None:
    """It died after the disabling, and a person changed the key before another took the job over"""
    died = FailurePoint(method="finish")
    harness = failing(died)
    await collected(harness)
    request = await asked(harness, COMMAND, TECH)
    died.arm(1)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    harness.clock.go_on(minutes=1)
    outcome = await harness.run(ADMIN, f"key {verb} {KEY} --env shop-dev")
    if isinstance(outcome, Requested):
        await harness.run(COLLEAGUE, f"approve {outcome.request.id}")
        harness.clock.go_on(seconds=1)
        await carried_out(harness, outcome.request)
    harness.clock.go_on(minutes=1)
    await harness.again(request.id)
    harness.clock.at += TEN
    await looked(harness)
    await looked(harness)
    assert await enabled(harness) is (verb == "enable")
    assert State.FAILED is (await kept(harness, request)).state
    assert 0 == times_notified(harness, Topic.BROWNOUT_OVER)


async def test_a_press_that_is_run_again_says_nothing_twice(harness: Harness) -> None:
    """Its process died before the answer"""
    request = await dark(harness)
    for text, answer in (
        (f"result {request.id} fine", BrownoutReported),
        (f"cancel {request.id}", BrownoutEnding),
    ):
        job = await harness.job(TECH, text)
        command, person = read(text), (await harness.who(TECH)).person
        assert isinstance(command, Result | Cancel)
        first = await harness.flows.dispatcher.requests.run(job, person, command)
        version = (await kept(harness, request)).version
        assert isinstance(first, answer)
        assert isinstance(await harness.again(job.id), answer)
        assert version == (await kept(harness, request)).version


@pytest.mark.parametrize("first", ["leak", "brownout"])
async def test_a_leaked_key_is_not_enabled_again(harness: Harness, first: str) -> None:
    """Whether the leak was reported before it was disabled for a time, or meanwhile"""
    text = await leaked(harness)
    if first == "leak":
        await reported(harness, text)
        await leak_looked(harness)
    request = await dark(harness, "key brownout ci-bot --for 10m", owned=False)
    if first == "brownout":
        await reported(harness, text)
    await leak_looked(harness, 30)
    over = await ends(harness, request)
    assert (Ending.STOPPED, False) == (ending(over), await enabled(harness, "ci-bot"))


async def test_the_time_counts_from_the_disabling(harness: Harness) -> None:
    """Also where the process dies, and another one records it an hour later"""
    died = FailurePoint(method="finish")
    harness = failing(died)
    await collected(harness)
    request = await asked(harness, COMMAND, TECH)
    begun = harness.clock.now()
    died.arm(1)
    with pytest.raises(Crash):
        await carried_out(harness, request)
    died.arm(0)
    harness.clock.go_on(hours=1)
    await harness.again(request.id)
    assert begun + TEN == (await kept(harness, request)).enable_at
    await looked(harness)
    assert await enabled(harness)


async def test_access_to_the_signer_that_ends_meanwhile_waits_for_a_person(
    harness: Harness,
) -> None:
    """The brown-out ends first: the signer comes back, and then no one has confirmed its end"""
    await collected(harness, f"{WISH} --expires 2h")
    await harness.run(TECH, f"key webhook {KEY} --env shop-dev --confirm {KEY}")
    harness.clock.go_on(minutes=115)
    text = f"{COMMAND} --confirm {KEY}"
    request = await dark(harness, text, owned=False)
    harness.clock.go_on(minutes=6)
    await looked(harness)
    assert Topic.ENDED not in topics(harness)
    over = await ends(harness, request)
    harness.clock.at += AGAIN
    await looked(harness)
    assert (Ending.ENABLED, True) == (ending(over), await enabled(harness))
    assert Topic.HELD in topics(harness)
