import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import actions, button
from tests.contracts.slack_lab import MIA, PLATFORM, TOM, Lab, Received, lab, until
from tests.contracts.slack_socket import Listener

FAST = 1e6  # times Slack's pace
KINDS = ["command", "interaction", "event"]


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def act(it: Lab, kind: str) -> Payload:
    """Cause a delivery of a kind."""
    if kind == "command":
        return await it.act("command", user=TOM, channel=PLATFORM, text="help")
    if kind == "event":
        return await it.act("home", user=TOM)
    ts = await it.card(actions(button("go")))
    return await it.act("click", user=TOM, channel=PLATFORM, message_ts=ts, action_id="go")


async def came_again(it: Lab, count: int) -> list[Payload]:
    """Wait for this number of repeated deliveries, and give their results."""

    async def all_of_them() -> bool:
        return len((await it.look("duplicates"))["duplicates"]) == count

    await until(all_of_them)
    found: list[Payload] = (await it.look("duplicates"))["duplicates"]
    return found


async def held(it: Lab, count: int) -> None:
    """Wait until this number of deliveries is held."""

    async def all_of_them() -> bool:
        return bool((await it.look("duplicates"))["held"] == count)

    await until(all_of_them)


def signature(received: Received) -> str:
    """The signature of a delivery."""
    return received.headers["X-Slack-Signature"]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_next_delivery_can_be_duplicated_at_once(it: Lab, kind: str) -> None:
    """The same payload with a new, valid signature; the delivery after it comes once."""
    await it.act("duplicates", kind=kind)
    await act(it, kind)
    [again] = await came_again(it, 1)
    one, other = it.bot.received
    await act(it, kind)

    assert one.raw == other.raw
    assert signature(one) != signature(other)
    assert it.genuine(one)
    assert it.genuine(other)
    assert (again["delivered"], again["same_bytes"]) == ("ok", False)
    assert len(it.bot.received) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_the_same_bytes_can_be_repeated(it: Lab, kind: str) -> None:
    """With their signature and timestamp, any number of times."""
    await it.act("duplicates", kind=kind, count=2, same_bytes=True)
    await act(it, kind)
    await came_again(it, 2)

    assert len({(r.raw, signature(r)) for r in it.bot.received}) == 1
    assert len(it.bot.received) == 3


async def test_both_are_under_way_at_the_same_time(it: Lab) -> None:
    """The duplicate does not wait for the answer to the first delivery."""
    it.bot.free.clear()
    await it.act("duplicates", kind="command")
    typing = asyncio.create_task(act(it, "command"))
    await until(lambda: len(it.bot.received) == 2)
    it.bot.free.set()

    assert (await typing)["delivered"] == "ok"


async def test_a_duplicate_can_come_late(it: Lab) -> None:
    """After the planned number of seconds, when everything else is done."""
    await it.act("duplicates", kind="command", after=600)
    await act(it, "command")
    at_first = len(it.bot.received)
    await it.act("speed", factor=FAST)
    await came_again(it, 1)

    assert (at_first, len(it.bot.received)) == (1, 2)


async def test_other_kinds_come_once(it: Lab) -> None:
    """A plan is for one kind, and a reset forgets it."""
    await it.act("duplicates", kind="event")
    await act(it, "command")
    await it.act("reset")
    await act(it, "event")

    assert len(it.bot.received) == 2


async def test_deliveries_can_be_reordered(it: Lab) -> None:
    """Three are held until there are three; the last comes first, and each is answered."""
    await it.act("disorder", kind="command", count=3)
    typing = []
    for number in range(3):
        text = f"number {number}"
        doing = it.act("command", user=MIA, channel=PLATFORM, text=text)
        typing.append(asyncio.create_task(doing))
        await held(it, (number + 1) % 3)
    answers = await asyncio.gather(*typing)
    await act(it, "command")

    texts = [received.form["text"] for received in it.bot.received]
    assert texts == ["number 2", "number 1", "number 0", "help"]
    assert {answer["delivered"] for answer in answers} == {"ok"}


async def test_a_reset_releases_held_deliveries(it: Lab) -> None:
    """None waits for ever."""
    await it.act("disorder", kind="command", count=2)
    typing = asyncio.create_task(act(it, "command"))
    await held(it, 1)
    await it.act("reset")

    assert (await typing)["delivered"] == "ok"


@pytest.mark.parametrize(("same_bytes", "ids"), [(False, 2), (True, 1)])
async def test_envelopes_can_be_duplicated_too(it: Lab, same_bytes: object, ids: int) -> None:
    """Over a socket, the envelope's id corresponds to the signature."""
    await it.act("duplicates", kind="command", same_bytes=same_bytes)
    async with Listener(it) as listener:
        await act(it, "command")
        await came_again(it, 1)

    assert len(listener.requests) == 2
    assert len({request.envelope_id for request in listener.requests}) == ids
    assert len({request.payload["trigger_id"] for request in listener.requests}) == 1


@pytest.mark.parametrize("body", [{"kind": "letter"}, {"kind": "event", "often": True}])
async def test_an_invalid_plan_is_refused(it: Lab, body: Payload) -> None:
    """A test with a useless plan must fail."""
    assert "error" in await it.act("duplicates", **body)
