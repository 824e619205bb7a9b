"""Readiness: what the probes say, how often they are asked, and one that does not end."""

import asyncio
from dataclasses import dataclass, field

from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from bot.domain.audit import Head
from bot.errors import StoreError
from handlers.health import Health
from handlers.readiness import EVERY, OVER, Readiness


@dataclass
class Told:
    """A probe that says what a test tells it."""

    reason: str | None = None
    asked: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self) -> str | None:
        """Answer once the gate is open."""
        self.asked += 1
        self.begun.set()
        await self.gate.wait()
        return self.reason

    @classmethod
    def at_once(cls, reason: str | None = None) -> "Told":
        """Build one that answers immediately."""
        told = cls(reason)
        told.gate.set()
        return told


@dataclass
class Time:
    """A clock that stands still."""

    now: float = 0.0

    def __call__(self) -> float:
        """Tell the time in seconds."""
        return self.now


async def _head() -> Head:
    return Head()


async def test_every_reason_is_a_line_and_none_is_ready() -> None:
    """503 with the names of the probes; 200 once nothing is wrong"""
    readiness, store = Readiness(Time()), Told.at_once("it is a replica")
    readiness.add("Redis", store.look)
    readiness.add("Slack", Told.at_once("refuses the token").look)
    readiness.add("queues", Told.at_once().look)
    health = Health(readiness=readiness, serving=True)

    answer = await health.ready(make_mocked_request("GET", "/readyz"))

    assert (answer.status, answer.text) == (
        503,
        "Redis: it is a replica\nSlack: refuses the token\n",
    )
    fine = Health(serving=True)
    assert (await fine.ready(make_mocked_request("GET", "/readyz"))).status == 200


async def test_the_log_says_each_reason_when_it_begins_and_when_it_ends() -> None:
    """Not with each look, nor when only a number in it changes"""
    time = Time()
    readiness, queues, slack = Readiness(time), Told.at_once(), Told.at_once()
    readiness.add("queues", queues.look)
    readiness.add("Slack", slack.look)
    with capture_logs() as lines:
        for waited in (None, "it waited for 61 seconds", "it waited for 71 seconds", "it is full"):
            queues.reason, slack.reason = waited, waited and "refuses the token: install the app"
            time.now += EVERY
            await readiness.look()
        queues.reason = slack.reason = None
        time.now += OVER
        await readiness.look()
    assert [("error", "not_ready"), ("info", "not_ready_over")] == sorted(
        {(each["log_level"], each["event"]) for each in lines}
    )
    assert [
        ("queues", "it waited for 61 seconds"),
        ("Slack", "refuses the token: install the app"),
        ("queues", "it is full"),
        ("queues", None),
        ("Slack", None),
    ] == [(each["probe"], each.get("reason")) for each in lines]


async def test_a_reason_that_comes_and_goes_does_not_fill_the_log() -> None:
    """Anyone on the port may ask each second"""
    time, slack = Time(), Told.at_once()
    readiness = Readiness(time)
    readiness.add("Slack", slack.look)
    with capture_logs() as lines:
        for at in range(600):
            slack.reason = "it is away" if at % 2 else None
            time.now += EVERY
            await readiness.look()
    assert ["not_ready"] == [each["event"] for each in lines]


async def _store_away() -> str | None:
    raise StoreError("away")


async def test_a_probe_that_needs_redis_says_so_in_words() -> None:
    """One outage, one reason: no line sends its reader to the log"""
    readiness = Readiness(Time())
    readiness.add("Redis", Told.at_once("there is no connection to it").look)
    readiness.add("History", _store_away)

    assert await readiness.reasons() == (
        "Redis: there is no connection to it",
        "History: could not be looked at, since Redis does not answer",
    )


async def test_callers_share_one_look_which_holds_for_a_second() -> None:
    """A probe writes to Redis: a hundred callers cause one write"""
    time, store = Time(), Told("away")
    readiness = Readiness(time)
    readiness.add("Redis", store.look)

    callers = [asyncio.create_task(readiness.reasons()) for _ in range(100)]
    await store.begun.wait()
    callers[0].cancel()  # a caller that hangs up takes nothing from the others
    store.gate.set()
    found = await asyncio.gather(*callers, return_exceptions=True)

    assert found[1:] == [("Redis: away",)] * 99
    assert store.asked <= 2
    before, time.now = store.asked, EVERY / 2
    await readiness.reasons()
    assert store.asked == before
    store.reason, time.now = None, EVERY
    assert await readiness.reasons() == ()


async def test_a_probe_that_hangs_or_fails_is_a_reason() -> None:
    """What is not known is not ready"""
    readiness = Readiness(limit=0.01)
    readiness.add("Redis", Told().look)

    async def broken() -> str | None:
        raise RuntimeError("secret")

    readiness.add("Slack", broken)
    hung, failed = await readiness.reasons()
    assert hung == "Redis: no answer within 0.01 seconds"
    assert "RuntimeError" in failed
    assert "secret" not in failed
