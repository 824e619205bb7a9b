"""Access reviews: each owner says of each key whether it stays; what has no answer is escalated."""

import asyncio
from dataclasses import replace

import pytest

from bot.cards.access_reviews import review_told
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.access_reviews import (
    MOVES,
    Answer,
    ReviewNews,
    ReviewState,
    Said,
)
from bot.domain.audit import AuditEvent
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.access_reviews import (
    NoSuchReview,
    NothingToReview,
    ReviewBegun,
    ReviewListed,
    ReviewReported,
    ReviewRuns,
)
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.oversight import FilesLeft
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Several
from bot.domain.people import Actor, Role
from bot.domain.requests.notifications import Audience
from bot.errors import SlackError, Unavailable
from handlers.actions import VERBS
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    PROD,
    STAGING,
    TECH,
    Harness,
)
from tests.flows.requested import carried_out, give_role, leave
from tests.flows.reviewing import (
    answer_of,
    begun,
    found,
    later,
    owned,
    refused,
    says,
    stored,
    told,
    waits,
    works,
)
from tests.flows.rotated import rotated


async def test_each_owner_gets_one_message(harness: Harness) -> None:
    """With the number of their keys; a key without an owner is for the one who begins"""
    review = await begun(harness)
    assert [f"{NEWCOMER.user_id} 1", f"{BILLING.user_id} 1", f"{ADMIN.user_id} 1"] == sorted(
        told(harness, ReviewNews.ASKED), reverse=True
    )
    assert {"ci-bot", "uploader", "shared"} == {it.name for it in review.asked}
    assert {DEV.id} == {*review.environments}
    assert Answer.ROOT in {it.answer for it in review.keys}
    assert ["shared"] == await waits(harness, ADMIN)
    assert ["ci-bot"] == await waits(harness, NEWCOMER)
    assert [] == await waits(harness, COLLEAGUE)


async def test_an_answer_is_kept_and_can_be_changed(harness: Harness) -> None:
    """Keep changes nothing; End disables the key by the owner's own right, and is for good"""
    review = await begun(harness)
    assert isinstance(await says(harness, review, "keep"), ReviewListed)
    assert await answer_of(harness, review) is Answer.KEEP
    assert await works(harness)
    outcome = await says(harness, review, "end")
    assert isinstance(outcome, ReviewListed)
    assert await answer_of(harness, review) is Answer.ENDED
    assert not await works(harness)
    key = await found(harness, review)
    assert (key.by, key.by_name, key.outcome) == (NEWCOMER, "New", "")
    assert "ended" == refused(await says(harness, review, "keep"))
    assert "ended" == refused(await says(harness, review, "end"))
    assert "disabled already" in plain(card_of(await says(harness, review, "keep")))


async def test_everything_is_on_the_audit_log(harness: Harness) -> None:
    """The begin, each answer with its person, the effect, and the end of the review"""
    review = await begun(harness)
    await says(harness, review, "keep")
    await says(harness, review, "end")
    await later(harness, 14)
    entries = [it for it in harness.jobs.entries if "review" in it.detail]
    assert ["review begun", "review keep", "review end", "review ended", "review escalated"] == [
        it.detail for it in entries if it.event is not AuditEvent.ANSWERED
    ]
    assert {NEWCOMER} == {it.actor for it in entries if it.event is AuditEvent.DECIDED}
    assert any(
        it.event is AuditEvent.DONE and it.action == "key:disable" for it in harness.jobs.entries
    )


async def test_who_is_not_asked_answers_nothing(harness: Harness) -> None:
    """A key role, an admin, and another owner learn the same as of a review that is none"""
    review = await begun(harness)
    for by in (TECH, CHIEF, ADMIN, BILLING):
        for answer in ("keep", "end"):
            assert "not_yours" == refused(await says(harness, review, answer, by))
    assert "not_yours" == refused(await harness.run(NEWCOMER, "review answer c999 1 keep"))
    assert "not_yours" == refused(await says(harness, review, "keep", NEWCOMER, "uploader"))
    assert await works(harness)
    assert await answer_of(harness, review) is Answer.NONE


async def test_a_root_key_has_no_answer(harness: Harness) -> None:
    """It is on the list, and is no one's to end"""
    review = await begun(harness)
    root = next(it for it in review.keys if it.answer is Answer.ROOT)
    outcome = await harness.run(ADMIN, f"review answer {review.id} {root.api_key} end")
    assert "not_yours" == refused(outcome)


async def test_who_is_no_longer_the_owner_is_refused_and_told(harness: Harness) -> None:
    """At the press, by what is stored then"""
    review = await begun(harness)
    await harness.run(TECH, f"key owner ci-bot @{COLLEAGUE.user_id} --env shop-dev")
    for answer in ("end", "keep"):
        assert "left" == refused(await says(harness, review, answer))
    assert await works(harness)
    assert await answer_of(harness, review) is Answer.LEFT


async def test_a_key_that_is_gone_has_left(harness: Harness) -> None:
    """Deleted at Cloudinary"""
    review = await begun(harness)
    await harness.account.delete(DEV.id, (await found(harness, review)).api_key)
    assert "left" == refused(await says(harness, review, "keep"))
    assert await answer_of(harness, review) is Answer.LEFT


async def test_who_began_a_review_answers_by_a_right_that_is_read_again(harness: Harness) -> None:
    """An admin who is one no more, about a key without an owner"""
    review = await begun(harness)
    give_role(harness, ADMIN, Role.BILLING)
    for answer in ("keep", "end"):
        assert "not_yours" == refused(await says(harness, review, answer, ADMIN, "shared"))
    assert [] == await waits(harness, ADMIN)
    give_role(harness, ADMIN, Role.ADMIN)
    assert isinstance(await says(harness, review, "end", ADMIN, "shared"), ReviewListed)
    assert not await works(harness, "shared")


async def test_a_key_of_an_owner_who_left_is_for_the_one_who_began(harness: Harness) -> None:
    """Its owner stays on the record"""
    await owned(harness)
    await leave(harness, NEWCOMER)
    harness.rebuild()
    outcome = await harness.run(ADMIN, "review keys --env shop-dev")
    assert isinstance(outcome, ReviewBegun)
    key = await found(harness, outcome.review)
    assert (key.owner, key.asked) == (NEWCOMER, ADMIN)
    assert isinstance(await says(harness, outcome.review, "end", ADMIN), ReviewListed)
    assert not await works(harness)


async def test_an_end_moves_no_signer_and_stops_no_last_key(harness: Harness) -> None:
    """The owner is told how to confirm it; the answer stays open until then"""
    review = await begun(harness)
    await harness.account.pin(DEV.id, (await found(harness, review)).api_key)
    outcome = await says(harness, review, "end")
    assert isinstance(outcome, Several)
    assert isinstance(outcome.outcomes[0], KeyProtected)
    assert await works(harness)
    key = await found(harness, review)
    assert (key.answer, key.outcome) == (Answer.FAILED, "key_protected:webhook_signer")
    text = f"key disable {key.api_key} --env shop-dev --confirm ci-bot"
    await harness.run(NEWCOMER, text)
    assert not await works(harness)
    assert "ended" == refused(await says(harness, review, "keep"))
    assert await answer_of(harness, review) is Answer.ENDED


async def test_a_key_that_a_rotation_needs_is_not_ended(harness: Harness) -> None:
    """Nothing is stored; the key can be kept"""
    review = await begun(harness)
    request = await rotated(harness, "key rotate shared --env shop-dev")
    outcome = await says(harness, review, "end", ADMIN, "shared")
    assert "rotation" == refused(outcome)
    assert await works(harness, "shared")
    assert await answer_of(harness, review, "shared") is Answer.NONE
    assert request.id in repr(card_of(outcome))
    await says(harness, review, "keep", ADMIN, "shared")
    assert await answer_of(harness, review, "shared") is Answer.KEEP


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_cloudinary_fails_at_an_end(harness: Harness, *, after: bool) -> None:
    """Before or after its work: it is told, and another press ends the key"""
    review = await begun(harness)
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=after)
    assert isinstance(await says(harness, review, "end"), ReviewListed)
    assert await answer_of(harness, review) is Answer.FAILED
    assert await works(harness) is not after
    if after:
        assert "ended" == refused(await says(harness, review, "keep"))
    else:
        await says(harness, review, "end")
    assert await answer_of(harness, review) is Answer.ENDED
    assert not await works(harness)


@pytest.mark.parametrize("answer", ["keep", "end"])
async def test_the_answer_that_was_pressed_last_counts(harness: Harness, answer: str) -> None:
    """In whichever order their jobs run"""
    review = await begun(harness)
    key = await found(harness, review)
    text = f"review answer {review.id} {key.api_key} "
    first = await harness.job(NEWCOMER, text + ("end" if answer == "keep" else "keep"))
    harness.clock.go_on(seconds=1)
    last = await harness.job(NEWCOMER, text + answer)
    await harness.flows.dispatcher.run(last)
    await harness.flows.dispatcher.run(first)
    assert await works(harness) is (answer == "keep")
    last_one = Answer.KEEP if answer == "keep" else Answer.ENDED
    assert await answer_of(harness, review) is last_one


async def test_one_review_of_an_environment_runs(harness: Harness) -> None:
    """A second one names the first, of all environments too; after its end there is another"""
    review = await begun(harness)
    for text in ("review keys --env shop-dev", "review keys"):
        outcome = await harness.run(CHIEF, text)
        assert isinstance(outcome, ReviewRuns)
        assert (outcome.review.id, outcome.place) == (review.id, DEV.name)
    assert isinstance(await harness.run(CHIEF, "review keys --env shop"), ReviewBegun)
    await later(harness, 14)
    assert isinstance(await harness.run(CHIEF, "review keys --env shop-dev"), ReviewBegun)


async def test_of_two_reviews_at_once_one_begins(harness: Harness) -> None:
    """The other one is told of it"""
    await owned(harness)
    jobs = [await harness.job(by, "review keys") for by in (ADMIN, CHIEF)]
    outcomes = await asyncio.gather(*map(harness.flows.dispatcher.run, jobs))
    assert {"review_begun", "review_runs"} == {it.kind for it in outcomes}
    assert 1 == len(harness.reviews.kept)


@pytest.mark.parametrize("by", [TECH, NARROW, BILLING, NEWCOMER, COLLEAGUE])
async def test_who_may_not_review_begins_and_sees_nothing(harness: Harness, by: Actor) -> None:
    """Key roles and members; a guest learns nothing at all"""
    review = await begun(harness)
    for text in ("review keys", "review report", f"review report {review.id}"):
        assert isinstance(await harness.run(by, text), Denied | Unknown)
    assert {} == harness.reports.sent
    outcome = await harness.run(GUEST, "review mine")
    assert "turned_away" == outcome.kind


async def test_a_review_is_where_the_person_may(harness: Harness) -> None:
    """An admin of one environment alone; another one is unknown to them"""
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    outcome = await harness.run(NARROW, "review keys")
    assert isinstance(outcome, ReviewBegun)
    assert {DEV.id} == {*outcome.review.environments}
    assert isinstance(await harness.run(NARROW, "review keys --env shop"), NoSuchEnvironment)
    other = await harness.run(CHIEF, "review keys --env shop")
    assert isinstance(other, ReviewBegun)
    found_ = await harness.run(NARROW, f"review report {other.review.id}")
    assert isinstance(found_, NoSuchReview)


async def test_keys_that_are_disabled_are_not_asked_about(harness: Harness) -> None:
    """Unless they are so for a time alone"""
    outcome = await harness.run(ADMIN, "review keys --env shop-stag")
    assert isinstance(outcome, ReviewBegun)
    answers = {it.name: it.answer for it in outcome.review.keys}
    assert {"": Answer.ROOT, "shared": Answer.NONE, "preview-bot": Answer.DISABLED} == answers
    await harness.account.set_enabled(STAGING.id, outcome.review.asked[0].api_key, enabled=False)
    await later(harness, 14)
    assert isinstance(await harness.run(ADMIN, "review keys --env shop-stag"), NothingToReview)


async def test_a_key_that_is_dark_for_a_time_is_asked_about(harness: Harness) -> None:
    """A brown-out is no end"""
    outcome = await harness.run(TECH, "key brownout ci-bot --env shop-dev --for 10m --reason x")
    assert isinstance(outcome, Requested)
    await carried_out(harness, outcome.request)
    assert not await works(harness)
    begins = await harness.run(ADMIN, "review keys --env shop-dev")
    assert isinstance(begins, ReviewBegun)
    assert await answer_of(harness, begins.review) is Answer.NONE


async def test_reminders_reach_who_has_not_answered(harness: Harness) -> None:
    """After 7 and after 12 days, once each, however often the clock looks"""
    review = await begun(harness)
    await says(harness, review, "keep")
    for days in (6.9, 0.2, 0.1, 4.9, 0.1):
        await later(harness, days)
    waiting = [f"{BILLING.user_id} 1", f"{ADMIN.user_id} 1"]
    assert sorted(waiting * 2) == sorted(told(harness, ReviewNews.REMINDER))


async def test_a_clock_that_stood_still_reminds_once(harness: Harness) -> None:
    """Both reminders were missed"""
    await begun(harness)
    await later(harness, 12.5)
    assert 3 == len(told(harness, ReviewNews.REMINDER))


async def test_two_processes_look_at_once(harness: Harness) -> None:
    """One message each"""
    await begun(harness)
    harness.clock.go_on(days=14)
    look = harness.flows.review_keeper.look
    await asyncio.gather(look(), look(), look())
    assert [f"{ADMIN.user_id} 3"] == told(harness, ReviewNews.ESCALATED)
    assert [" 3"] == told(harness, ReviewNews.ESCALATED, Audience.SECURITY)


async def test_what_has_no_answer_is_escalated_and_stays(harness: Harness) -> None:
    """To who began it and to security, once; key roles keep or end each, and that ends it"""
    review = await begun(harness)
    await says(harness, review, "keep", BILLING, "uploader")
    await later(harness, 14)
    assert await works(harness)
    assert [f"{ADMIN.user_id} 2"] == told(harness, ReviewNews.ESCALATED)
    assert ReviewState.ESCALATED is (await stored(harness, review)).state
    assert [] == await waits(harness, BILLING)
    assert ["ci-bot"] == await waits(harness, NEWCOMER)
    assert {"ci-bot", "shared"} == {*await waits(harness, NARROW)}
    assert "over" == refused(await says(harness, review, "end", BILLING, "uploader"))
    assert "not_yours" == refused(await says(harness, review, "end", BILLING))
    assert isinstance(await says(harness, review, "end", NARROW), ReviewListed)
    assert not await works(harness)
    assert [] == told(harness, ReviewNews.DONE)
    await says(harness, review, "keep", COLLEAGUE, "shared")
    assert ReviewState.DONE is (await stored(harness, review)).state
    assert [f"{ADMIN.user_id} 3"] == told(harness, ReviewNews.DONE)
    assert "over" == refused(await says(harness, review, "end", COLLEAGUE, "shared"))


async def test_a_review_that_is_answered_ends_quietly(harness: Harness) -> None:
    """Who began it is told that it is complete"""
    review = await begun(harness)
    await says(harness, review, "keep")
    await says(harness, review, "keep", BILLING, "uploader")
    await says(harness, review, "keep", ADMIN, "shared")
    await later(harness, 14)
    assert ReviewState.DONE is (await stored(harness, review)).state
    assert ([], [f"{ADMIN.user_id} 3"]) == (
        told(harness, ReviewNews.ESCALATED),
        told(harness, ReviewNews.DONE),
    )


async def test_the_clock_sees_what_changed_meanwhile(harness: Harness) -> None:
    """A key that is gone, one with another owner, and an end that was done elsewhere"""
    review = await begun(harness)
    for name in ("ci-bot", "uploader"):
        key = await found(harness, review, name)
        if name == "ci-bot":
            await harness.account.pin(DEV.id, key.api_key)
            await says(harness, review, "end")
            await harness.account.set_enabled(DEV.id, key.api_key, enabled=False)
        else:
            await harness.account.delete(DEV.id, key.api_key)
    await harness.run(TECH, f"key owner shared @{COLLEAGUE.user_id} --env shop-dev")
    await later(harness, 14)
    answers = {it.name: it.answer for it in (await stored(harness, review)).asked}
    assert {"ci-bot": Answer.ENDED, "uploader": Answer.LEFT, "shared": Answer.LEFT} == answers
    assert ReviewState.DONE is (await stored(harness, review)).state


async def test_cloudinary_is_away_at_the_end(harness: Harness) -> None:
    """It stays due, and the next look ends it, once"""
    review = await begun(harness)
    harness.clock.go_on(days=14)
    harness.account.fail_next("environments", Unavailable("503", maybe_done=False))
    assert 1 == len(await harness.flows.review_keeper.look())
    assert ReviewState.RUNNING is (await stored(harness, review)).state
    await later(harness, 0)
    assert [f"{ADMIN.user_id} 3"] == told(harness, ReviewNews.ESCALATED)


async def test_the_report_has_a_line_for_each_key(harness: Harness) -> None:
    """As a file to the person alone; names are no formulas; it names the end of the log"""
    harness.account.add_key(DEV.id, "=cmd|calc")
    review = await begun(harness)
    await says(harness, review, "end")
    job = await harness.job(ADMIN, "review report")
    outcome = await harness.flows.dispatcher.run(job)
    assert isinstance(outcome, ReviewReported)
    to, files = harness.reports.sent[job.id]
    head = await harness.log.head()
    key = await found(harness, review)
    rows = [row.split(",") for row in files.csv.splitlines()]
    assert (to, files.stem, files.figures) == (ADMIN.user_id, "review", None)
    mine = next(row for row in rows if row[1:2] == ["ci-bot"])
    assert [DEV.name, "ci-bot", key.api_key, NEWCOMER.user_id, "New"] == mine[:5]
    assert ["ended", NEWCOMER.user_id, "New"] == mine[9:12]
    assert key.job in mine
    assert "'=cmd|calc" in files.csv
    assert "audit log" == rows[-1][0]
    assert abs(head.seq - int(rows[-1][1].split()[1])) < 5
    assert 5 == len([row for row in rows[1:] if row[:1] == [DEV.name]])


async def test_a_report_leaves_out_what_the_reader_may_not_see(harness: Harness) -> None:
    """It counts the rest"""
    outcome = await harness.run(CHIEF, "review keys")
    assert isinstance(outcome, ReviewBegun)
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    shown = await harness.run(NARROW, "review report")
    assert isinstance(shown, ReviewReported)
    assert {DEV.id} == {it.environment_id for it in shown.review.keys}
    assert len(outcome.review.keys) == len(shown.review.keys) + shown.others
    (_, files), *_ = harness.reports.sent.values()
    assert PROD.name not in {row.split(",")[0] for row in files.csv.splitlines()}


async def test_without_the_scope_a_report_is_a_message(harness: Harness) -> None:
    """It says why there is no file"""
    await begun(harness)
    harness.reports.fails = SlackError("missing_scope")
    shown = await harness.run(ADMIN, "review report")
    assert isinstance(shown, ReviewReported)
    assert FilesLeft.NO_SCOPE is shown.left
    assert "files:write" in plain(card_of(shown))


async def test_the_list_has_pages_and_buttons(harness: Harness) -> None:
    """Two for each key; a press shows the same page again"""
    for number in range(20):
        harness.account.add_key(DEV.id, f"key-{number:02}")
    review = await begun(harness)
    job = await harness.job(ADMIN, "review mine")
    shown = await harness.flows.dispatcher.run(replace(job, page=1))
    assert isinstance(shown, ReviewListed)
    assert (1, 3, 8) == (shown.page.number, shown.page.pages, len(shown.page.shown))
    drawn = card_of(shown)
    assert 18 == len(drawn.buttons)
    assert {1} == {it.page for it in drawn.buttons[:16]}
    name = shown.page.shown[0][1].name
    pressed = await harness.job(ADMIN, drawn.buttons[0].command)
    answered = await harness.flows.dispatcher.run(replace(pressed, page=1))
    assert isinstance(answered, ReviewListed)
    assert 1 == answered.page.number
    assert await answer_of(harness, review, name) is Answer.KEEP


async def test_messages_say_what_to_do(harness: Harness) -> None:
    """Each has a button that works for its reader"""
    review = await begun(harness)
    await later(harness, 7)
    await later(harness, 7)
    for each in harness.reviews.notifications:
        drawn = review_told(each)
        assert f"by {review.until:%-d %B %Y}" in plain(drawn) or "needs" not in plain(drawn)
        for button in drawn.buttons:
            assert review.id == button.request_id
            assert button.command in VERBS


def test_only_what_a_person_can_undo_moves_back() -> None:
    """The table of answers"""
    final = {Answer.ENDED, Answer.LEFT, Answer.ROOT, Answer.DISABLED}
    assert not final & {answer for answer, _ in MOVES}
    assert {Answer.END} == {answer for answer, said in MOVES if said is Said.FAIL}
