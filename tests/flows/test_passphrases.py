"""A passphrase from a form to its link: who may choose one, and that no link is made without."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.cards.forms import Form, form_of, form_view
from bot.cards.kit import card, plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.commands.completing import completing
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.jobs import Job
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.outcomes.links import (
    LinkReady,
    NothingToClaim,
    PassphraseKept,
    PassphraseNeeded,
    WhichPending,
)
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.passphrases import NOT_SCHEDULED, NOT_TYPED, OWN_ONLY
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from bot.domain.secret import Secret
from bot.errors import SealError
from tests.fakes.answering import Answering
from tests.fakes.filled import state_of
from tests.fakes.passphrases import FakePassphrases
from tests.flows.harness import COLLEAGUE, CREATE, DEV, NEWCOMER, TECH, Harness, ready
from tests.flows.requested import WISH, carried_out, collected, granted, kept
from tests.flows.rotated import NAME, ROTATE
from tests.flows.test_forms_submitted import CLEARED, WORKING, answering, sent
from tests.flows.test_outages import runner

__all__ = ["answering"]

TYPED: Final = "correct horse battery"
KEPT: Final = "sealed"
BLOCK: Final = "field:passphrase"


async def submitted(
    answering: Answering,
    text: str,
    passphrase: str,
    by: Actor = TECH,
    passphrases: FakePassphrases | None = None,
    **fields: Any,
) -> Any:
    """Submit a form with a passphrase; gives what Slack is answered."""
    state = state_of(text, passphrase=passphrase, **fields)
    return await sent(answering, text, state, by=by, passphrases=passphrases)


async def job_of(answering: Answering) -> Job:
    """The job that was queued last."""
    job = await answering.harness.jobs.load(answering.harness.jobs.queue[-1])
    assert job
    return job


async def run_with(harness: Harness, by: Actor, text: str, passphrase: str = KEPT) -> Outcome:
    """Run a command whose form had a passphrase."""
    job = replace(await harness.job(by, text), passphrase=passphrase)
    harness.jobs.put(job)
    return await harness.flows.dispatcher.run(job)


@pytest.mark.parametrize(
    ("text", "fields", "queued"),
    [
        (CREATE, {}, f"{CREATE} --passphrase"),
        (f"form {WISH} --passphrase", CLEARED, None),
        ("form claim c7 --passphrase", {}, "claim c7 --passphrase"),
    ],
)
async def test_what_is_typed_is_kept_and_no_text_of_the_command(
    answering: Answering, text: str, fields: dict[str, Any], queued: str | None
) -> None:
    """In its one form; the command has only that there is one"""
    passphrases = FakePassphrases()
    typed = f"  {TYPED} "
    fields = {name: it for name, it in fields.items() if name != "key"}
    answer = await submitted(answering, text, typed, passphrases=passphrases, **fields)
    assert WORKING == answer
    job = await job_of(answering)
    assert passphrases.kept == [Secret(TYPED)]
    assert job.passphrase == "sealed 1"
    assert job.text.endswith(" --passphrase")
    assert queued is None or job.text == queued
    assert TYPED not in f"{job} {answer} {answering.harness.jobs.entries} {answering.slack.seen}"


@pytest.mark.parametrize("typed", ["short", "  spaced  ", "x" * 129, "party :tada: time"])
async def test_what_is_wrong_with_a_passphrase_is_said_beside_it(
    answering: Answering, typed: str
) -> None:
    """Nothing is queued, and nothing of it is kept"""
    passphrases = FakePassphrases()
    answer = await submitted(answering, CREATE, typed, passphrases=passphrases)
    assert [BLOCK] == [*answer["errors"]]
    assert typed.strip() not in str(answer)
    assert ([], []) == (answering.harness.jobs.queue, passphrases.kept)


async def test_a_form_without_one_makes_a_link_without(answering: Answering) -> None:
    """The input is optional"""
    await submitted(answering, CREATE, "")
    job = await job_of(answering)
    assert (CREATE, "") == (job.text, job.passphrase)


async def test_where_it_cannot_be_kept_no_command_is_queued(answering: Answering) -> None:
    """The form stays open and says so"""
    answer = await submitted(answering, CREATE, TYPED, passphrases=FakePassphrases(away=True))
    assert "can't keep the passphrase" in answer["errors"][BLOCK]
    assert answering.harness.jobs.queue == []


@pytest.mark.parametrize("person", [COLLEAGUE, TECH], ids=["a teammate", "oneself"])
async def test_no_one_chooses_a_passphrase_for_another_persons_link(
    answering: Answering, person: Actor
) -> None:
    """In the form, and again when the command runs"""
    text = f"key create bot --env shop-dev --owner @{person.user_id}"
    answer = await submitted(answering, text, TYPED)
    outcome = await run_with(answering.harness, TECH, f"{text} --passphrase")
    if person == TECH:
        assert WORKING == answer
        assert isinstance(outcome, LinkReady)
        return
    assert [BLOCK] == [*answer["errors"]]
    assert Misunderstood(OWN_ONLY) == outcome
    assert answering.harness.pending.entries == []


@pytest.mark.parametrize(
    "text",
    [
        f"{ROTATE} --passphrase hunter22",
        "claim c1 --passphrase hunter22",
        "claim --passphrase=hunter22",
        "request shop-dev --reason builds --passphrase hunter22",
        "key create bot --passphrase hunter22 --env shop-dev",
    ],
)
def test_a_passphrase_that_is_typed_in_a_command_is_refused(text: str) -> None:
    """It is repeated nowhere, and never becomes the name of a key"""
    reading = read(text)
    assert isinstance(reading, Misunderstood)
    assert (NOT_TYPED, None) == (reading.problem, reading.hint)
    assert "hunter22" not in str(reading)


ASKS: Final = {
    "claim --passphrase": "The links to other in Shop dev will ask for the passphrase",
    f"{CREATE} --passphrase": "Something is missing",
}


@pytest.mark.parametrize(("text", "said"), ASKS.items())
async def test_a_command_without_its_passphrase_opens_a_form_for_it(
    text: str, said: str, harness: Harness
) -> None:
    """It makes no link; the form requires a passphrase, and shows nothing of one"""
    await harness.run(TECH, CREATE.replace("new", "other"))
    outcome = await harness.run(TECH, text)
    assert isinstance(outcome, Incomplete | PassphraseNeeded)
    assert len(harness.links.sealed) == 1
    form = form_of(outcome)
    assert form
    view = form_view(form, "o1", ENGLISH)
    blocks: Any = view["blocks"]
    (block,) = [it for it in blocks if it.get("block_id") == BLOCK]
    assert (block["optional"], block["element"]["min_length"]) == (False, 8)
    assert "initial_value" not in block["element"]
    assert "Is this right" not in str(view)
    drawn = card_of(outcome)
    assert said in str(plain(drawn))
    assert [text.startswith("claim")] == [said in plain(card(*form.above))]
    (button,) = drawn.buttons
    assert button.command.endswith("--passphrase")


async def test_the_choice_among_several_credentials_still_adds_a_passphrase(
    harness: Harness,
) -> None:
    """A form without a name would ask for a passphrase that is then of no use"""
    for name in ("new", "other"):
        await harness.run(TECH, CREATE.replace("new", name))
    which = await harness.run(TECH, "claim --passphrase")
    assert isinstance(which, WhichPending)
    for button, pending in zip(card_of(which).buttons, which.pending, strict=True):
        assert PassphraseNeeded(pending) == await harness.run(TECH, button.command)
    plainly = await harness.run(TECH, "claim")
    assert not [it for it in card_of(plainly).buttons if "--passphrase" in it.command]


async def test_no_form_asks_for_a_passphrase_that_nothing_takes(harness: Harness) -> None:
    """The credentials have one already, or there are none"""
    assert isinstance(await harness.run(TECH, "claim --passphrase"), NothingToClaim)
    made = ready(await run_with(harness, TECH, f"{CREATE} --passphrase"))
    assert PassphraseKept(made.pending) == await harness.run(TECH, "claim --passphrase")


async def test_a_passphrase_stays_with_the_credentials(harness: Harness) -> None:
    """Each new link asks for it; no other one takes its place"""
    made = ready(await run_with(harness, TECH, f"{CREATE} --passphrase"))
    assert made.pending.passphrase == "sealed"
    assert "passphrase" in str(plain(card_of(made)))
    ready(await harness.run(TECH, "claim"))
    assert isinstance(await run_with(harness, TECH, "claim --passphrase", "other"), PassphraseKept)
    assert (AuditEvent.REFUSED, "passphrase_kept") == (
        harness.jobs.entries[-1].event,
        harness.jobs.entries[-1].detail,
    )
    assert harness.links.passphrases == ["sealed", "sealed"]


async def test_a_link_that_was_made_without_one_can_be_replaced_by_one_with(
    harness: Harness,
) -> None:
    """And the job that did it may run again after a crash"""
    ready(await harness.run(TECH, CREATE))
    ready(await run_with(harness, TECH, "claim --passphrase"))
    ready(await run_with(harness, TECH, "claim --passphrase"))
    ready(await harness.run(TECH, "claim"))
    assert harness.links.passphrases == ["", "sealed", "sealed", "sealed"]


async def test_a_finished_job_has_no_passphrase(harness: Harness) -> None:
    """What it led to has it"""
    await run_with(harness, TECH, f"{CREATE} --passphrase")
    job = await harness.jobs.load(harness.jobs.queue[-1])
    assert job
    assert (job.finished, job.passphrase) == (True, "")


async def test_a_request_keeps_it_until_its_key_exists(harness: Harness) -> None:
    """The credentials have it then, and the request has not"""
    asked = await run_with(harness, NEWCOMER, f"{WISH} --passphrase")
    assert isinstance(asked, Requested)
    assert asked.request.passphrase == "sealed"
    voted = await harness.run(TECH, f"approve {asked.request.id}")
    assert isinstance(voted, Voted)
    assert voted.request.passphrase == "sealed"
    made = await carried_out(harness, voted.request)
    assert isinstance(made, KeyCreated)
    assert made.pending.passphrase == "sealed"
    assert (await kept(harness, voted.request)).passphrase == ""
    ready(await harness.run(NEWCOMER, "claim"))
    assert harness.links.passphrases == ["sealed"]


@pytest.mark.parametrize("how", ["deny", "cancel"])
async def test_a_request_that_is_over_has_no_passphrase(how: str, harness: Harness) -> None:
    """It is of no use any more"""
    asked = await run_with(harness, NEWCOMER, f"{WISH} --passphrase")
    assert isinstance(asked, Requested)
    by, more = (TECH, " --reason no") if how == "deny" else (NEWCOMER, "")
    await harness.run(by, f"{how} {asked.request.id}{more}")
    assert (await kept(harness, asked.request)).passphrase == ""


async def test_a_request_that_lost_its_passphrase_creates_no_key(harness: Harness) -> None:
    """However that came to be: never a link without it"""
    asked = await run_with(harness, NEWCOMER, f"{WISH} --passphrase")
    assert isinstance(asked, Requested)
    voted = await harness.run(TECH, f"approve {asked.request.id}")
    assert isinstance(voted, Voted)
    lost = replace(voted.request, passphrase="")
    assert await harness.requests.replace(voted.request, lost, harness.jobs.entries[-1])
    with pytest.raises(SealError):
        await carried_out(harness, voted.request)
    assert harness.pending.entries == []


async def test_a_request_without_one_takes_none_from_elsewhere(harness: Harness) -> None:
    """The command decides"""
    request = await granted(harness)
    found = await harness.pending.find_pending(request.id)
    assert found
    assert found.passphrase == ""


ROTATION: Final = f"{ROTATE} --passphrase"
THEIRS: Final = "key rotate deploy --env shop-dev --passphrase"


async def rotating(harness: Harness, text: str = ROTATION) -> Request:
    """Rotate a key by a form with a passphrase, and create the successor."""
    outcome = await run_with(harness, TECH, text)
    outcomes = outcome.outcomes if isinstance(outcome, Several) else (outcome,)
    (asked,) = [each for each in outcomes if isinstance(each, Requested)]
    harness.clock.go_on(seconds=1)
    assert isinstance(await carried_out(harness, asked.request), KeyCreated)
    return await kept(harness, asked.request)


async def test_the_link_of_a_rotation_has_the_passphrase_of_its_form(harness: Harness) -> None:
    """A form asks for it, always or by name; the request keeps it until the key exists"""
    asked = await harness.run(TECH, ROTATION)
    assert isinstance(asked, Incomplete)
    assert asked.protects
    plainly = form_view(Form(Incomplete(asked.spec, ())), "o1", ENGLISH)
    assert BLOCK in str(plainly["blocks"])
    request = await rotating(harness)
    assert (request.passphrase, request.state) == ("", State.CLAIMABLE)
    made = ready(await harness.run(TECH, "claim"))
    assert (made.pending.api_key, made.pending.passphrase) == (request.made, "sealed")


async def test_a_rotation_without_one_takes_none_from_elsewhere(harness: Harness) -> None:
    """The command decides"""
    request = await rotating(harness, ROTATE)
    found = await harness.pending.find_pending(request.id)
    assert found
    assert found.passphrase == ""


async def test_no_one_chooses_the_passphrase_of_an_owner_whose_key_they_rotate(
    harness: Harness,
) -> None:
    """Nothing begins; a key that leaked is disabled and replaced all the same, without it"""
    await collected(harness)
    assert Misunderstood(OWN_ONLY) == await run_with(harness, TECH, THEIRS)
    assert not [it for it in await harness.account.keys(DEV.id) if it.label.startswith("deploy-")]
    request = await rotating(harness, f"{THEIRS} --compromised --confirm deploy --reason leaked")
    assert not (await harness.key(DEV, "deploy")).enabled
    found = await harness.pending.find_pending(request.id)
    assert found
    assert (found.owner, found.passphrase) == (NEWCOMER, "")


async def test_a_schedule_of_rotations_takes_no_passphrase(harness: Harness) -> None:
    """No person is there to type it"""
    outcome = await run_with(harness, TECH, f"{ROTATION} --every 90d")
    assert Misunderstood(NOT_SCHEDULED) == outcome
    assert await harness.requests.rotations.find((await harness.key(DEV, NAME)).api_key) is None


def test_a_form_that_asks_for_a_name_asks_for_the_passphrase_too() -> None:
    """No form keeps a passphrase that was typed in another one"""
    for more, expected in ((" --passphrase", True), ("", False)):
        command = completing(f"{ROTATE} --compromised{more}")
        assert command
        form = Form(command, (), frozenset({"confirm"}))
        blocks: Any = form_view(form, "o1", ENGLISH)["blocks"]
        asked = [it["block_id"] for it in blocks if it["type"] == "input"]
        assert ("field:confirm" in asked, BLOCK in asked) == (True, expected)


@pytest.mark.parametrize("text", [f"{CREATE} --passphrase", "claim --passphrase"])
async def test_a_worker_stretches_the_passphrase_before_it_runs_a_job(
    harness: Harness, text: str
) -> None:
    """What was typed goes no further; one that can't be read makes no link, and changes no key"""
    if text.startswith("claim"):
        await harness.run(TECH, CREATE)
    answers = Answering(harness).answers
    keys, before = await harness.account.keys(DEV.id), len(harness.store.entries)

    async def worked(stretched: Callable[[Job], Awaitable[Job]]) -> None:
        job = replace(await harness.job(TECH, text), passphrase=KEPT)
        harness.jobs.put(job)
        await replace(runner(harness, answers), stretched=stretched)(job.id, worn_out=False)

    await worked(altered)
    assert (keys, before) == (await harness.account.keys(DEV.id), len(harness.store.entries))
    await worked(stretched)
    (pending,) = await harness.pending.pending_of(TECH)
    assert f"{KEPT}, stretched" == pending.passphrase


async def stretched(job: Job) -> Job:
    """Stretch a passphrase."""
    return replace(job, passphrase=f"{job.passphrase}, stretched")


async def altered(job: Job) -> Job:
    """Refuse one that was altered."""
    raise SealError(job.id)
