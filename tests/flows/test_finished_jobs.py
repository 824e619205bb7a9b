"""A finished job never acts: run again, it shows what it led to, as it is now.

A worker that takes over a job of a dead process runs it again, and so does a person who can write
to Redis and replays an item of the queue.
"""

from contextlib import suppress
from copy import deepcopy
from typing import Final

import pytest

from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.keys import KeyCreated, KeyShown
from bot.domain.outcomes.requests import RequestShown, RequestsListed
from bot.domain.people import Actor
from bot.domain.policy import Action
from tests.fakes.answering import Answering
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CREATE, NEWCOMER, TECH, Harness
from tests.flows.requested import WISH, approved, asked, kept
from tests.flows.test_one_authority import IDS, TYPED, Prepare, everything, known, refuse, state
from tests.flows.test_outages import runner


def stores(harness: Harness) -> list[object]:
    """Everything that holds what `state` compares."""
    return [
        *(harness.account, harness.pending, harness.links, harness.requests),
        *(harness.bindings, harness.delegations, harness.tiers, harness.store),
    ]


def saved(harness: Harness) -> list[dict[str, object]]:
    """What is stored now, without the jobs and the clock, which go on."""
    aside = {"jobs", "clock", "_now", "records", "store", "waiting", "requests"}
    return [
        {name: deepcopy(value) for name, value in vars(store).items() if name not in aside}
        for store in stores(harness)
    ]


def put_back(harness: Harness, before: list[dict[str, object]]) -> None:
    """Let everything be as it was, as if people had taken it all back."""
    for store, fields in zip(stores(harness), deepcopy(before), strict=True):
        vars(store).update(fields)


@pytest.mark.parametrize(("actor", "text", "prepare"), TYPED, ids=IDS)
@pytest.mark.parametrize("taken_back", [False, True], ids=["as it stands", "taken back"])
async def test_a_finished_job_never_acts(
    harness: Harness, actor: Actor, text: str, prepare: Prepare, *, taken_back: bool
) -> None:
    """Whatever the command is, and also when what it did was taken back"""
    id_ = await known(harness, actor, prepare)
    before = saved(harness)
    job = await harness.job(actor, text.format(id=id_))
    await harness.flows.dispatcher.run(job)
    if taken_back:
        put_back(harness, before)
    harness.clock.go_on(minutes=5)
    expected, queue, notices = state(harness), list(harness.jobs.queue), list(harness.jobs.notices)
    await harness.again(job.id)
    assert expected == state(harness)
    assert queue == harness.jobs.queue
    assert notices == harness.jobs.notices


@pytest.mark.parametrize(("actor", "text", "prepare"), TYPED, ids=IDS)
async def test_a_refused_job_never_acts_later(
    harness: Harness, actor: Actor, text: str, prepare: Prepare
) -> None:
    """The refusal was its answer, even if the rules are others by now"""
    id_ = await known(harness, actor, prepare)
    refuse(harness, everything)
    job = await harness.job(actor, text.format(id=id_))
    await harness.flows.dispatcher.run(job)
    harness.authority = None
    expected, queue = state(harness), list(harness.jobs.queue)
    await harness.again(job.id)
    assert expected == state(harness)
    assert queue == harness.jobs.queue


async def test_a_vote_that_was_withdrawn_is_not_counted_again(harness: Harness) -> None:
    """The answer is the request as it is now"""
    request = await asked(harness)
    job = await harness.job(TECH, f"deny {request.id} --reason no")
    await harness.flows.dispatcher.run(job)
    answer = await harness.again(job.id)
    assert answer == RequestShown(await kept(harness, request))


async def test_an_opened_request_is_shown_again(harness: Harness) -> None:
    """By the command that opened it; the list, where there are several"""
    request = await approved(harness)
    job_id = request.id.removesuffix("r")
    assert await harness.again(job_id) == RequestShown(await kept(harness, request))
    several = await harness.job(NEWCOMER, "request shop-dev,shop-stag ci --reason builds")
    await harness.flows.dispatcher.run(several)
    assert isinstance(await harness.again(several.id), RequestsListed)


async def test_a_created_key_is_named_again(harness: Harness) -> None:
    """Without another link: the owner asks for one"""
    job = await harness.job(TECH, CREATE)
    await harness.flows.dispatcher.run(job)
    assert isinstance(await harness.again(job.id), KeyCreated)
    harness.pending.collect(job.id)
    assert isinstance(await harness.again(job.id), KeyShown)


async def test_what_can_only_be_done_is_not_shown(harness: Harness) -> None:
    """A claim, for example, would make the former link useless"""
    job = await harness.job(TECH, "claim")
    await harness.flows.dispatcher.run(job)
    assert Repeated() == await harness.again(job.id)


@pytest.mark.parametrize(
    "text", ["approve {id}", 'ask {id} --question "Why?"', "key disable ci-bot"]
)
@pytest.mark.parametrize("recorded", [True, False])
async def test_a_worn_out_job_that_was_done_is_not_called_failed(
    text: str, *, recorded: bool
) -> None:
    """Its answer ended its workers; what it is not known to have done is said to have failed"""
    died = FailurePoint(method="finish")
    harness = failing(died)
    request = await asked(harness)
    job = await harness.job(TECH, text.format(id=request.id))
    died.arm(0 if recorded else 1)
    with suppress(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    answering = Answering(harness)
    await runner(harness, answering.answers)(job.id, worn_out=True)
    ((_, told),) = answering.slack.seen
    known = recorded or "{id}" in text
    assert ("This command has already run" in told, "went wrong" in told) == (known, not known)
    stored = await harness.jobs.load(job.id)
    assert stored
    assert stored.finished


READ: Final = {Action.KEY_SHOW, Action.ENV_SHOW, Action.REQUESTS}
SHOWING: Final = ["key disable ci-bot --env shop-dev", WISH, "env tier shop staging"]


@pytest.mark.parametrize("text", SHOWING)
async def test_a_finished_job_shows_nothing_to_a_person_who_may_not_read_it(
    harness: Harness, text: str
) -> None:
    """The rules are asked about what it shows, as about a command"""
    job = await harness.job(ADMIN, text if text == WISH else f"{text} --reason demo")
    await harness.flows.dispatcher.run(job)
    refuse(harness, lambda question: question.action in READ)
    assert isinstance(await harness.again(job.id), Denied)
