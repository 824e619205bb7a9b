import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.forms import working_view
from bot.domain.answers import Way
from bot.domain.audit import Entry
from bot.domain.environments import Environment
from bot.domain.jobs import Job, Reply
from bot.domain.lanes import Lane
from bot.domain.languages import ENGLISH
from bot.domain.offers import Offer
from bot.domain.outcomes.general import HelpGiven, NotOffered, TooFast
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.errors import NotReplicated, SlackError, Unavailable
from bot.flows.correlation import about
from handlers.gate import ACTOR, DELIVERY
from handlers.ports import Passphrases
from handlers.seeing import Seeing
from handlers.submit import PATIENCE as STEP
from handlers.submit import Submitter
from handlers.views import Views
from tests.fakes.answering import METRICS, Answering, AnsweringSlack
from tests.fakes.clock import FakeClock
from tests.fakes.filled import state_of
from tests.fakes.jobs import FakeJobs
from tests.fakes.passphrases import FakePassphrases
from tests.flows.harness import ADMIN, NARROW, TECH, Harness
from tests.flows.requested import BUT_NOT_IN_PRODUCTION, under
from tests.unit.cards_drawn import VIEW

RANDOM: Final = "AbCdEfGhIjKlMnOpQrStUvWxY12"
CLEARED: Final[dict[str, Any]] = {"for": "", "expires": "open", "emergency": "", "key": "x"}
WORKING: Final = {"response_action": "update", "view": working_view(ENGLISH)}


class OnOneServer(FakeJobs):
    """Stores a command, and waits a second for a replica that never has it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock

    async def accept(self, job: Job, fingerprint: str, entry: Entry) -> bool:
        """Store it all the same."""
        await super().accept(job, fingerprint, entry)
        self.clock.go_on(seconds=1)
        raise NotReplicated("0 of 1 replicas have it")


class OneOffer(AnsweringSlack):
    """The offer that opened a modal; None where it has expired."""

    offer: Offer | None = None
    slow: bool = False

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep them, unless Redis is slow by now."""
        if self.slow:
            await asyncio.Event().wait()
        return await super().make(offers)

    async def find(self, offer_id: str) -> Offer | None:
        """Give the offer."""
        assert offer_id
        return self.offer


@pytest.fixture
def answering(harness: Harness) -> Answering:
    """Answers over a fake Slack."""
    return Answering(harness, OneOffer())


async def press(
    answering: Answering, offered: str, delivery: str, *, view: str = "V2", by: Actor = ADMIN
) -> Outcome | None:
    """Press the button of the question over a form, or in a message."""
    assert isinstance(answering.slack, OneOffer)
    answering.slack.offer = Offer(ADMIN, offered, suspect=True)
    submitter = Submitter(answering.harness.flows.intake, answering.slack, Seeing(METRICS))
    with about(delivery):
        return await submitter.submit_offer("o2", by, Reply(view_id=view), delivery)


async def pressed(answering: Answering, offered: str, delivery: str = "d2") -> Job:
    """Press it; gives its job."""
    assert await press(answering, offered, delivery) is None
    job = await answering.harness.jobs.load(answering.harness.jobs.queue[-1])
    assert job
    return job


async def submitted(
    answering: Answering,
    text: str,
    *,
    by: Actor = TECH,
    date: str | None = None,
    delivery: str = "d1",
    **fields: Any,
) -> Any:
    """Submit the modal of an incomplete command; gives what Slack is answered."""
    state = state_of(text, **fields)
    if date is not None:
        state["values"]["field:expires:date"] = {"value": {"selected_date": date or None}}
    return await sent(answering, text, state, by=by, delivery=delivery)


async def sent(
    answering: Answering,
    text: str,
    state: object,
    *,
    by: Actor,
    delivery: str = "d1",
    passphrases: Passphrases | None = None,
) -> Any:
    """Submit a modal in this state."""
    assert isinstance(answering.slack, OneOffer)
    answering.slack.offer = Offer(by, text) if text else None
    submitter = Submitter(answering.harness.flows.intake, answering.slack, Seeing(METRICS))
    precheck = answering.harness.flows.forms.precheck
    views = Views(submitter, answering.answers, precheck, passphrases or FakePassphrases())
    ack = AsyncAck()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    view = {"id": "V1", "private_metadata": "o1", "state": state}
    await views.submit(ack, view, AsyncBoltContext({DELIVERY: delivery, ACTOR: by}))
    assert ack.response
    return json.loads(ack.response.body)


@pytest.mark.parametrize("text", ["key list", ""], ids=["of no form", "too old"])
async def test_a_modal_that_completes_no_command_queues_none(
    text: str, answering: Answering
) -> None:
    """Who closed the modal is answered directly"""
    answering.slack.refusals[Way.VIEW] = SlackError("not_found")
    assert WORKING == await submitted(answering, text)
    await answering.run()
    ((way, answer),) = answering.slack.seen
    assert (Way.DIRECT, True) == (way, "button has expired" in answer)
    assert answering.harness.jobs.queue == []


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {"env": "shop-dev", "reason": "a long story"}),
        ("key rename", {"old": "ci-bot", "new": "z"}),
        ("key rename", {"new": "z"}),
    ],
    ids=["too old", "of another version", "a field is absent"],
)
async def test_what_was_typed_is_not_lost_in_a_form_that_is_too_old(
    text: str, fields: dict[str, Any], answering: Answering
) -> None:
    """The form stays open and says so; no field moves into the place of another"""
    answer = await submitted(answering, text, **fields)
    assert "errors" == answer["response_action"]
    assert [f"field:{next(iter(fields))}"] == [*answer["errors"]]
    assert "Copy what you typed, and open the form again" in str(answer)
    assert ([], []) == (answering.harness.jobs.queue, answering.queue.queued)


async def test_a_complete_modal_queues_its_command(answering: Answering) -> None:
    """With every field in its own place; its job answers"""
    assert WORKING == await submitted(answering, "key rename", name="ci-bot", new="z")
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert job.text == "key rename ci-bot z"
    assert [] == answering.queue.queued


async def test_what_is_wrong_with_a_field_is_said_beside_it(answering: Answering) -> None:
    """The form stays open, and no answer follows"""
    answer = await submitted(answering, "key rename", name="ci-bot", new="z" * 1000)
    assert isinstance(answer, dict)
    assert ("errors", ["field:new"]) == (answer["response_action"], [*answer["errors"]])
    assert ([], []) == (answering.harness.jobs.queue, answering.queue.queued)


async def test_the_answer_of_a_command_that_was_uncertain_to_be_kept_stays_in_its_modal(
    answering: Answering,
) -> None:
    """Its job answers there, and what its person was told before its ack does not follow that"""
    harness = answering.harness
    harness.jobs = OnOneServer(harness.clock)
    harness.rebuild()
    ack = await submitted(answering, "key rename", name="ci-bot", new="z")
    (job_id,) = harness.jobs.queue
    job = await harness.jobs.load(job_id)
    assert job
    assert not await answering.answers.send(job, HelpGiven(None))
    await answering.run()
    in_modal = [text for way, text in answering.slack.seen if way is Way.VIEW]
    assert [False] == ["on one server only" in text for text in in_modal]
    directly = [text for way, text in answering.slack.seen if way is Way.DIRECT]
    assert [True] == ["on one server only" in text for text in directly]
    assert "on one server only" in str(ack)


@pytest.mark.parametrize(
    ("text", "fields", "block", "says"),
    [
        ("request", {"env": "nowhere", "reason": "ci"}, "env", "No environment named nowhere"),
        ("request", {"env": "shop-dve", "reason": "ci"}, "env", "Did you mean shop-dev?"),
        ("key create", {"name": "x", "env": "nowhere"}, "env", "No environment named nowhere"),
        ("key create", {"name": "x", "env": ""}, "env", "Several environments match"),
        ("key create", {"name": "ci-bot", "env": "shop-dev"}, "name", "already has a key named"),
        ("key create", {"name": "key:x", "env": "shop-dev"}, "name", "can't begin with"),
        ("key disable", {"name": "nothing"}, "name", "No key named nothing"),
        ("key disable", {"name": "shared"}, "name", "Several keys are named shared"),
        ("key rename", {"name": "ci-bot", "new": "uploader"}, "new", "already has a key named"),
        ("key show", {"name": "ci-bto"}, "name", "Did you mean ci-bot?"),
        ("env tier", {"env": "nowhere", "tier": "staging"}, "env", "No environment named nowhere"),
        ("env show", {"name": "nowhere"}, "name", "No environment named nowhere"),
        ("request", {"env": "shop-dev", "reason": "x", "for": "U0GUEST"}, "for", "not a confirmed"),
        ("request", {"env": "shop-dev", "reason": "x" * 501}, "reason", "longer than 500"),
    ],
)
async def test_a_mistake_is_told_beside_its_field(
    text: str, fields: dict[str, str], block: str, says: str, answering: Answering
) -> None:
    """The form stays open with what was typed, and nothing is queued"""
    answering.harness.account.add_key("e-dev", "of-ada")
    answer = await submitted(answering, text, **fields, by=ADMIN)
    assert isinstance(answer, dict)
    assert ("errors", [f"field:{block}"]) == (answer["response_action"], [*answer["errors"]])
    assert says in answer["errors"][f"field:{block}"]
    assert ([], []) == (answering.harness.jobs.queue, answering.queue.queued)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("request", {"env": "shop-dev", "reason": f"as in {RANDOM}"}),
        ("request", {"env": "shop-dev", "reason": "xoxb-1", "key": RANDOM}),
        ("request shop-dev --reason ci", {"reason": f"\\{RANDOM}"}),
        (f"request shop-dev --reason {RANDOM}", {"reason": f"{RANDOM} xoxb-1"}),
    ],
    ids=["a reason", "two fields", "hidden", "beside what is none"],
)
async def test_a_text_that_looks_like_a_secret_is_asked_about_over_its_form(
    text: str, fields: dict[str, str], answering: Answering
) -> None:
    """It goes no further until its person says that it is none; the form keeps what was typed"""
    shown = await submitted(answering, text, **fields, by=ADMIN)
    assert "push" == shown["response_action"]
    VIEW.validate(shown["view"])
    assert ("Back", False) == (shown["view"]["close"]["text"], "clear_on_close" in shown["view"])
    section, actions = shown["view"]["blocks"]
    assert "looks like a secret" in str(section)
    assert fields["reason"] not in str(section)
    assert ([], []) == (answering.harness.jobs.queue, answering.queue.queued)
    noted = repr(vars(answering.harness.jobs))
    assert not [each for each in fields.values() if each != "shop-dev" and each in noted]
    (button,) = actions["elements"]
    assert "It's not a secret" == button["text"]["text"]
    job = await pressed(answering, answering.slack.offered[-1])
    assert all(each.lstrip("\\") in job.text for each in fields.values())


async def test_two_presses_on_the_question_over_a_form_run_its_command_once(
    answering: Answering,
) -> None:
    """An emergency is no request that waits, so a second one would create a second key"""
    text = "request shop-dev x --emergency --reason ci"
    await submitted(answering, text, reason=RANDOM, by=ADMIN)
    offered = answering.slack.offered[-1]
    first = await pressed(answering, offered)
    again = await pressed(answering, offered, "d3")
    assert (first, [first.id]) == (again, answering.harness.jobs.queue)


async def test_the_question_in_a_message_stays_and_runs_its_command_at_each_press(
    answering: Answering,
) -> None:
    """No answer replaces it, so a press after a failure has to do something"""
    for delivery in ("d2", "d3"):
        assert await press(answering, f"key show {RANDOM}", delivery, view="") is None
    assert ["d2", "d3"] == answering.harness.jobs.queue


async def test_the_question_over_a_form_is_no_other_persons(answering: Answering) -> None:
    """Nor is it theirs in another workspace"""
    for other in (TECH, replace(ADMIN, team_id="T2")):
        outcome = await press(answering, f"key show {RANDOM}", "d2", by=other)
        assert isinstance(outcome, NotOffered)
    assert [] == answering.harness.jobs.queue


async def test_a_press_that_was_too_early_can_be_repeated(answering: Answering) -> None:
    """What was answered without a job has run nothing"""
    await submitted(answering, "request shop-dev x --reason ci", reason=RANDOM, by=ADMIN)
    offered, pace = answering.slack.offered[-1], answering.harness.pace
    pace.full_at = {(ADMIN, each): 2**53 for each in Lane}
    assert isinstance(await press(answering, offered, "d2"), TooFast)
    pace.full_at = {}
    assert RANDOM in (await pressed(answering, offered, "d3")).text


async def test_closing_the_question_closes_the_form_only_once_its_command_has_run(
    answering: Answering,
) -> None:
    """Its button works for ten minutes, and the form beneath has all that was typed"""
    await answering.answers.later(ADMIN, Reply(view_id="V2"), NotOffered())
    await answering.run()
    await submitted(answering, "request shop-dev x --reason ci", reason=RANDOM, by=ADMIN)
    job = await pressed(answering, answering.slack.offered[-1])
    await answering.answers.send(job, HelpGiven(None))
    await answering.run()
    assert [False, True] == [each["clear_on_close"] for each in answering.slack.updated]


async def test_the_question_over_a_form_comes_in_time_without_its_button(
    answering: Answering,
) -> None:
    """Two steps of Redis came before it, and Slack waits for three seconds in all"""
    assert isinstance(answering.slack, OneOffer)
    answering.slack.slow = True
    async with asyncio.timeout(3 - 2 * STEP):
        shown = await submitted(answering, "request shop-dev --reason ci", reason=RANDOM)
    (section,) = shown["view"]["blocks"]
    assert "looks like a secret" in str(section)


async def test_what_is_none_is_not_asked_about_again_in_the_form_that_it_opened(
    answering: Answering,
) -> None:
    """Nor as the name that confirms; what else is typed there is"""
    text = f"request shop-dev {RANDOM}"
    assert WORKING == await submitted(answering, text, key=RANDOM, reason="ci")
    answering.harness.account.add_environment(Environment("e-one", "Lone staging", "lone"))
    answering.harness.account.add_key("e-one", RANDOM)
    text = f"key disable {RANDOM} --env lone"
    assert WORKING == await submitted(answering, text, confirm=RANDOM)
    other = await submitted(answering, text, confirm="xoxb-1", delivery="d2")
    assert "push" == other["response_action"]


async def test_a_wrong_name_does_not_confirm(answering: Answering) -> None:
    """The only enabled key of its environment: its name is asked for again"""
    answering.harness.account.add_environment(Environment("e-one", "Lone staging", "lone"))
    answering.harness.account.add_key("e-one", "lonely")
    text = "key disable lonely --env lone"
    answer = await submitted(answering, text, confirm="other")
    assert {"field:confirm": "What you typed doesn't match. To confirm, type lonely."} == answer[
        "errors"
    ]
    assert WORKING == await submitted(answering, text, confirm="lonely")


async def test_a_wrong_name_does_not_disable_an_environment(answering: Answering) -> None:
    """It is asked for again"""
    text = "env disable shop-dev"
    answer = await submitted(answering, text, confirm="shop-dev", by=ADMIN)
    assert {"field:confirm": "What you typed doesn't match. To confirm, type Shop dev."} == answer[
        "errors"
    ]
    assert WORKING == await submitted(answering, text, confirm="Shop dev", by=ADMIN)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"name": "Shop dev"}, "field:name"),
        ({"name": "qa", "cloud-name": "shop"}, "field:cloud-name"),
        ({"name": "qa", "cloud-name": "a b"}, "field:cloud-name"),
        ({"name": "qa", "copy-from": "nowhere"}, "field:copy-from"),
    ],
)
async def test_a_new_environment_is_looked_up_in_its_form(
    typed: dict[str, str], error: str, answering: Answering
) -> None:
    """A mistake is told at its field"""
    fields = {"name": "", "cloud-name": "", "copy-from": ""} | typed
    answer = await submitted(answering, "env create", by=ADMIN, **fields)
    assert [error] == [*answer["errors"]]


async def test_a_mistake_names_only_what_the_person_may_see(answering: Answering) -> None:
    """A key elsewhere is as unknown as none"""
    for name in ("preview-bot", "no-such-key"):
        answer = await submitted(answering, "key show", name=name, by=NARROW)
        assert f"No key named {name} that you can access." in str(answer)


async def test_a_place_where_the_policy_refuses_is_told_beside_its_field(
    answering: Answering, tmp_path: Path
) -> None:
    """Though the person sees it"""
    answering.harness = under(answering.harness, tmp_path, BUT_NOT_IN_PRODUCTION)
    refused = await submitted(answering, "key create", name="x", env="shop")
    assert ["field:env"] == [*refused["errors"]]
    assert WORKING == await submitted(answering, "key create", name="x", env="shop-dev")


async def test_what_can_not_be_looked_up_is_no_mistake(answering: Answering) -> None:
    """The command is queued, and its job tells"""
    answering.harness.account.fail_next("environments", Unavailable("down", maybe_done=False))
    assert WORKING == await submitted(answering, "key disable", name="ci-bot")
    assert 1 == len(answering.harness.jobs.queue)


async def test_what_was_created_since_the_menu_is_found(answering: Answering) -> None:
    """A mistake is read again before it is told"""
    assert "errors" in str(await submitted(answering, "key disable", name="brand-new"))
    answering.harness.account.add_key("e-dev", "brand-new")
    assert WORKING == await submitted(answering, "key disable", name="brand-new")


async def test_a_form_decides_about_every_field_that_it_asks_for(answering: Answering) -> None:
    """What a person clears there is not given any more; what it does not ask for stays"""
    text = "request shop-dev --reason ci --expires 7d --for @U0NARROW"
    await submitted(answering, text, **CLEARED)
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert "request shop-dev x --reason ci" == job.text


async def test_the_form_of_an_emergency_is_submitted_as_one(answering: Answering) -> None:
    """With what was typed; a box in the form does not decide it"""
    await submitted(answering, "request shop deploy --emergency", reason="site is down")
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert 'request shop deploy --reason "site is down" --emergency' == job.text


@pytest.mark.parametrize(
    ("chosen", "date", "expires"),
    [("8h", "", "8h"), ("date", "2030-03-11", "10d"), ("open", "", "")],
)
async def test_a_time_is_chosen(chosen: str, date: str, expires: str, answering: Answering) -> None:
    """A preset, a date, or none"""
    answering.harness.clock.at = datetime(2030, 3, 1, 12, tzinfo=UTC)
    await submitted(answering, "request shop-dev --reason ci", expires=chosen, date=date)
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert job.text == f"request shop-dev --reason ci{f' --expires {expires}' if expires else ''}"


@pytest.mark.parametrize(
    ("text", "fields", "command"),
    [
        ("key create", {"name": "x", "env": "shop-dev"}, "key create x --env shop-dev"),
        ("key rename", {"name": "ci-bot", "new": "z"}, "key rename ci-bot z"),
        ("key disable", {"name": "ci-bot", "reason": "x"}, "key disable ci-bot --reason x"),
        (
            "request",
            {"env": "shop-dev", "reason": "ci", "expires": "7d", "for": "U0NARROW"},
            "request shop-dev --reason ci --expires 7d --for U0NARROW",
        ),
        (
            "renew 1f2e3d4ar",
            {"reason": "ci", "expires": "7d"},
            "renew 1f2e3d4ar --reason ci --expires 7d",
        ),
        ("env tier", {"env": "shop-dev", "tier": "Staging"}, "env tier shop-dev staging"),
        ("link", {"user": "U0NARROW"}, "link U0NARROW"),
    ],
)
async def test_a_form_that_version_0_1_opened_is_read_as_it_was_typed(
    text: str, fields: dict[str, str], command: str, answering: Answering
) -> None:
    """It asked for every value as text; no field is lost in silence"""
    values = {f"field:{name}": {"value": {"value": typed}} for name, typed in fields.items()}
    assert WORKING == await sent(answering, text, {"values": values}, by=ADMIN)
    (job_id,) = answering.harness.jobs.queue
    job = await answering.harness.jobs.load(job_id)
    assert job
    assert command == job.text


@pytest.mark.parametrize("date", ["2030-03-01", "2001-01-01", "", "soon"])
async def test_a_date_has_to_be_after_today(date: str, answering: Answering) -> None:
    """It is told below the date"""
    answering.harness.clock.at = datetime(2030, 3, 1, 12, tzinfo=UTC)
    answer = await submitted(answering, "request shop-dev --reason c", expires="date", date=date)
    assert {"field:expires:date": "Choose a date after today."} == answer["errors"]
