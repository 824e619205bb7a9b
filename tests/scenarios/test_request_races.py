"""Many presses at once on one request in two processes: one outcome, and an answer to each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.scenarios.presses import (
    APPROVALS,
    REQUEST,
    SAM,
    answers,
    ask,
    button,
    card,
    notified,
)
from tests.scenarios.system import ADA, MIA, TOM, Json, System, until
from tests.scenarios.two_bots import Pair, two_bots

CLICKS = 100
CREATED = "Ready to collect by"
"""The end of a card's state after the key was created."""
UNCHANGED = ("Nothing changed: ", "Your response wasn't counted")
"""The beginnings of answers to a press that changed nothing."""
UNCERTAIN = "Keysmith's database does not respond"
"""In the answer to a press that Redis may have kept: on a busy machine it takes too long."""


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two bots for all tests of the module."""
    async with two_bots(tmp_path_factory.mktemp("pair")) as one:
        await one.system.act("tiers", burst=None)  # the test is not about Slack's limits
        yield one


async def volley(system: System, posted: Json, presses: list[tuple[str, str]]) -> list[Json]:
    """Send all presses at once; each is a user and a verb."""

    async def press(user: str, verb: str) -> Json:
        block_id, action_id = button(posted, verb)
        where = {"channel": APPROVALS, "message_ts": posted["ts"]}
        try:
            return await system.act(
                "click", user=user, block_id=block_id, action_id=action_id, **where
            )
        except AssertionError as error:
            if "no element" not in str(error):
                raise
            return {"delivered": "too late: the button is gone"}

    return await asyncio.gather(*(press(*each) for each in presses))


async def all_answered(system: System, before: Counter[str], presses: list[str]) -> list[str]:
    """Wait until each press has an answer; gives the new answers."""
    required = before + Counter(presses)

    async def answered() -> list[str]:
        found = {user: await answers(system, user) for user in required}
        enough = all(len(texts) >= required[user] for user, texts in found.items())
        new = [text for user, texts in found.items() for text in texts[before[user] :]]
        return new if enough else []

    return await until(answered, seconds=90)


async def answer_counts(system: System) -> Counter[str]:
    """Count the answers to each person."""
    return Counter({user: len(await answers(system, user)) for user in (ADA, SAM, TOM)})


async def test_a_hundred_presses_on_two_bots_count_two_votes_and_run_once(pair: Pair) -> None:
    """Two of three people's votes settle the request, and every press is answered."""
    system = pair.system
    await system.cloudinary("requests", "DELETE")
    await ask(system, "key delete ci-bot --env production", TOM)
    posted = await card(system, "ci-bot")
    before = await answer_counts(system)
    people = [(ADA, SAM, TOM)[at % 3] for at in range(CLICKS)]

    sent = await volley(system, posted, [(user, "approve") for user in people])

    delivered = {each["delivered"] for each in sent}
    assert delivered <= {"ok", "operation_timeout"}  # a busy machine acks late; each is still read
    assert all(count > CLICKS / 3 for count in pair.balancer.forwarded.values())
    texts = await all_answered(system, before, people)
    late = sum(UNCERTAIN in text for text in texts)  # the answer of what was kept follows
    assert CLICKS <= len(texts) <= CLICKS + late
    assert 1 == sum("Your approval counts: 1 of 2." in text for text in texts)
    assert 1 == sum(text.startswith("Approved.") for text in texts)
    unchanged = sum(text.startswith(UNCHANGED) for text in texts)
    assert CLICKS - 2 - late <= unchanged <= CLICKS - 2
    await notified(system, TOM, "Deletes on")
    assert 1 == len(await system.requests("PUT"))
    decided = [e for e in await system.audit() if e["deed"] == "decided"]
    counted = [entry["detail"].partition(" by ")[0] for entry in decided]
    assert ["agree: 1 of 2", "approve: 2 of 2"] == counted
    text = (await card(system, "ci-bot", "Done "))["text"]
    assert [1, 1] == [text.count(name) for name in ("Ada Okafor", "Sam Reyes")]
    assert "intact" in await system.command_line("audit", "verify")  # one chain of both bots


async def test_of_an_approval_and_a_cancellation_at_once_one_wins(pair: Pair) -> None:
    """A cancelled request never has a key."""
    system = pair.system
    for number in range(5):
        name = f"race-{number}"
        id_ = await ask(system, REQUEST.format(name=name))
        posted = await card(system, name)
        cancelling = system.send(f"cancel {id_}", MIA)  # its answer is not of the next command
        await asyncio.gather(volley(system, posted, [(TOM, "approve")]), cancelling)
        end = await until(partial(ended, system, name, ("Cancelled ", CREATED)))
        key = await system.find_key(name, "Staging")
        assert (end == "Cancelled ") is (key is None), (end, key)


async def ended(system: System, name: str, ends: tuple[str, ...]) -> str | None:
    """Give the end of these that the card shows, if any."""
    text = (await card(system, name))["text"]
    return next((end for end in ends if end in text), None)


async def test_of_an_approval_and_a_denial_at_once_one_wins(pair: Pair) -> None:
    """The card and Cloudinary show the same result."""
    system = pair.system
    for number in range(5):
        name = f"duel-{number}"
        id_ = await ask(system, REQUEST.format(name=name))
        posted = await card(system, name)
        denying = system.act(
            "command", user=SAM, channel="C0PLATFRM", text=f"deny {id_} --reason no"
        )
        pressing = volley(system, posted, [(TOM, "approve"), (ADA, "approve")])
        await asyncio.gather(*((denying, pressing) if number % 2 else (pressing, denying)))

        end = await until(partial(ended, system, name, ("Denied by", CREATED)))
        key = await system.find_key(name, "Staging")
        assert (end == "Denied by") is (key is None), (end, key)
