"""Many at once on one request, from two processes: one outcome, and nobody unanswered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.scenarios.presses import (
    APPROVALS,
    SAM,
    WISH,
    answers,
    ask,
    button,
    card,
    told,
)
from tests.scenarios.system import ADA, MIA, TOM, Json, System, until
from tests.scenarios.two_bots import Pair, two_bots

CLICKS = 100
MADE = "the credentials wait for their owner."
"""How a card ends its state where the key was made."""
POLITE = ("Nothing was changed: ", "That was counted before", "Not counted. You asked")
"""How an answer begins that says why a press changed nothing."""


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two bots for all races."""
    async with two_bots(tmp_path_factory.mktemp("pair")) as one:
        await one.system.act("tiers", burst=None)  # a hundred presses are not what is limited here
        yield one


async def volley(system: System, posted: Json, presses: list[tuple[str, str]]) -> list[Json]:
    """Press all at once; each is somebody and a verb."""

    async def press(user: str, verb: str) -> Json:
        block_id, action_id = button(posted, verb)
        where = {"channel": APPROVALS, "message_ts": posted["ts"]}
        return await system.act("click", user=user, block_id=block_id, action_id=action_id, **where)

    return await asyncio.gather(*(press(*each) for each in presses))


async def all_answered(system: System, before: Counter[str], presses: list[str]) -> list[str]:
    """Wait until everybody has an answer to each press; gives the new ones."""
    required = before + Counter(presses)

    async def answered() -> list[str]:
        found = {user: await answers(system, user) for user in required}
        enough = all(len(texts) >= required[user] for user, texts in found.items())
        new = [text for user, texts in found.items() for text in texts[before[user] :]]
        return new if enough else []

    return await until(answered, seconds=90)


async def so_far(system: System) -> Counter[str]:
    """How many answers everybody has."""
    return Counter({user: len(await answers(system, user)) for user in (ADA, SAM, TOM)})


async def test_a_hundred_presses_on_two_bots_count_two_and_do_it_once(pair: Pair) -> None:
    """One change at Cloudinary, one decision each, and a hundred polite answers"""
    system = pair.system
    await system.cloudinary("requests", "DELETE")
    await ask(system, "key delete ci-bot --env production", TOM)
    posted = await card(system, "ci-bot")
    before = await so_far(system)
    people = [(ADA, SAM, TOM)[at % 3] for at in range(CLICKS)]

    sent = await volley(system, posted, [(user, "approve") for user in people])

    assert {"ok"} == {each["delivered"] for each in sent}
    assert all(count > CLICKS / 3 for count in pair.dealer.dealt.values())
    texts = await all_answered(system, before, people)
    assert CLICKS == len(texts)
    assert 1 == sum("Counted: 1 of 2 agree." in text for text in texts)
    assert 1 == sum(text.startswith("Approved.") for text in texts)
    assert CLICKS - 2 == sum(text.startswith(POLITE) for text in texts)
    await told(system, TOM, "deleted for good")
    assert 1 == len(await system.requests("PUT"))
    decided = [e for e in await system.audit() if e["deed"] == "decided"]
    counted = [entry["detail"].partition(" by ")[0] for entry in decided]
    assert ["agree: 1 of 2", "approve: 2 of 2"] == counted
    text = (await card(system, "ci-bot", "Done."))["text"]
    assert [1, 1] == [text.count(f"{name} agreed ") for name in ("Ada Okafor", "Sam Reyes")]


async def test_of_approving_and_taking_back_at_once_one_wins(pair: Pair) -> None:
    """Never a key for a request that was taken back"""
    system = pair.system
    for number in range(5):
        name = f"race-{number}"
        id_ = await ask(system, WISH.format(name=name))
        posted = await card(system, name)
        cancelling = system.act("command", user=MIA, channel="C0PLATFRM", text=f"cancel {id_}")
        await asyncio.gather(volley(system, posted, [(TOM, "approve")]), cancelling)
        end = await until(partial(ended, system, name, ("Taken back.", MADE)))
        key = await system.find_key(name, "Staging")
        assert (end == "Taken back.") is (key is None), (end, key)


async def ended(system: System, name: str, ends: tuple[str, ...]) -> str | None:
    """How the card says that it ended, once nothing more is to come."""
    text = (await card(system, name))["text"]
    return next((end for end in ends if end in text), None)


async def test_of_approving_and_denying_at_once_one_wins(pair: Pair) -> None:
    """The card, the thread and Cloudinary say the same"""
    system = pair.system
    for number in range(5):
        name = f"duel-{number}"
        id_ = await ask(system, WISH.format(name=name))
        posted = await card(system, name)
        denying = system.act(
            "command", user=SAM, channel="C0PLATFRM", text=f"deny {id_} --reason no"
        )
        pressing = volley(system, posted, [(TOM, "approve"), (ADA, "approve")])
        await asyncio.gather(*((denying, pressing) if number % 2 else (pressing, denying)))

        end = await until(partial(ended, system, name, ("Denied.", MADE)))
        key = await system.find_key(name, "Staging")
        assert (end == "Denied.") is (key is None), (end, key)


async def test_the_record_is_one_chain_after_all_of_it(pair: Pair) -> None:
    """Whichever of the two wrote an entry"""
    assert "intact" in await pair.system.command_line("audit", "verify")
