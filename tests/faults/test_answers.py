"""No answer is lost: while Slack is busy or away, and where the place of a command is gone."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.scenarios.presses import direct, filled, fresh, from_bot
from tests.scenarios.system import ADA, PLATFORM, TOM, Json, System, running_system, until

WHOLE: Final = os.environ.get("CRASH_POINTS") == "all"
COMMANDS: Final = 120 if WHOLE else 12
"""In ten times as many seconds at most: a fifth of a person's pace."""
SECONDS: Final = 30.0 if WHOLE else 2.0
"""How long Slack takes no answer."""
RECOVERED: Final = 90.0
"""Seconds after which every answer is there: a pause lasts half a minute at most."""
PEOPLE: Final = (TOM, ADA)


@pytest.fixture(scope="module")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system for these tests."""
    async with running_system(tmp_path_factory.mktemp("answers")) as one:
        yield one


@pytest.fixture
async def own(built: System) -> System:
    """The system, reset to its seed; no answer of an earlier test is on its way."""
    await clear(built)
    await fresh(built)
    return built


async def fault(system: System, method: str, kind: str, **more: object) -> None:
    """Plan a fault of Slack that lasts until it is cleared."""
    await system.act("faults", method=method, kind=kind, count=1_000_000, **more)


async def clear(system: System) -> None:
    """Let Slack be well again."""
    await system._json("DELETE", f"{system.twins.at.slack}/sandbox/faults", None)


async def everywhere(system: System, user: str) -> list[Json]:
    """List what a person sees of the bot, in the channel and directly."""
    return [each for at in (PLATFORM, direct(user)) for each in await from_bot(system, user, at)]


async def seen(system: System, words: str, user: str = TOM) -> Json:
    """Wait for a message with these words, anywhere."""

    async def look() -> Json | None:
        return next((m for m in await everywhere(system, user) if words in m["text"]), None)

    return await until(look)


@pytest.mark.parametrize(
    ("kind", "more"), [("ratelimited", {"retry_after": 2}), ("status", {"status": 503})]
)
async def test_answers_outlast_a_busy_slack(own: System, kind: str, more: Json) -> None:
    """Each command has its answer when Slack is well again, once"""
    await fault(own, "response_url", kind, **more)
    for number in range(COMMANDS):
        user = PEOPLE[number % len(PEOPLE)]
        await own.act("command", user=user, channel=PLATFORM, text=f"key show gone-{number}-")
        if number % 10 == 9:
            await own.refill()

    async def refused() -> bool:
        outbox = (await own.look("outbox"))["outbox"]
        times = [each["at"] for each in outbox if each["via"] == "response_url"]
        return len(times) >= COMMANDS and max(times) - min(times) >= SECONDS

    assert await until(refused, SECONDS + RECOVERED)
    assert [] == [m for user in PEOPLE for m in await everywhere(own, user)]
    await clear(own)

    async def answers() -> Counter[str]:
        texts = [m["text"] for user in PEOPLE for m in await everywhere(own, user)]
        return Counter(n for n in map(str, range(COMMANDS)) for t in texts if f"gone-{n}-" in t)

    async def complete() -> bool:
        return len(await answers()) == COMMANDS

    assert await until(complete, RECOVERED)
    assert set((await answers()).values()) == {1}


async def opened(system: System, text: str) -> Json:
    """Open the form of an incomplete command."""
    await system.act("command", user=TOM, channel=PLATFORM, text=text)

    async def modal() -> Json | None:
        found: Json | None = (await system.look("screen", user=TOM, channel=PLATFORM))["modal"]
        return found

    return await until(modal)


async def modal_of_tom(system: System) -> str:
    """Give what the modal that is open for Tom contains, also what he filled in."""
    return str((await system.look("screen", user=TOM, channel=PLATFORM))["modal"])


async def submit(system: System, view: Json, **given: str) -> Json:
    """Submit a form; gives the result of Slack's delivery."""
    values = await filled(system, TOM, view, **given)
    return await system.act("submit", user=TOM, view_id=view["id"], values=values)


@pytest.mark.parametrize("seconds", [0, 2], ids=["at once", "while Cloudinary is slow"])
async def test_a_closed_form_is_answered_directly(own: System, seconds: int) -> None:
    """The key is created, and its credentials are offered to be collected"""
    name = f"of-a-form-{seconds}"
    if seconds:
        await own.fail("POST", "*/access_keys", "latency", seconds=seconds)
    view = await opened(own, "key create")
    await submit(own, view, name=name, env="staging")
    if seconds:
        assert "Working on it" in await modal_of_tom(own)
        assert await own.find_key(name, "Staging") is None
    await own.act("close", user=TOM, view_id=view["id"])

    message = await seen(own, name)
    assert not message["ephemeral"]
    assert "/s/" not in str(message)
    await collect(own, message, name)


async def expire_offers(system: System) -> None:
    """Let the offers behind every form and button be too old."""
    for key in await system._keys("{keysmith}:offer:*"):
        await system.redis("DEL", key)


async def sent(system: System) -> bool:
    """Whether no answer waits in Redis."""
    return await system.redis("XLEN", "{keysmith}:answers") == 0


async def test_a_form_that_is_closed_before_its_ack_is_answered_directly(own: System) -> None:
    """Once, where Redis is away: no job would send the answer"""
    view = await opened(own, "key create")
    await own.redis("CLIENT", "PAUSE", "3000")
    submission = asyncio.create_task(submit(own, view, name="closed-early"))

    async def on_its_way() -> bool:
        return "closed-early" in await modal_of_tom(own)

    await until(on_its_way)
    await own.act("close", user=TOM, view_id=view["id"])
    assert (await submission)["delivered"] == "ok"
    message = await seen(own, "database does not respond")
    assert ", which is closed:" in message["text"]
    assert await until(lambda: sent(own))
    assert [message] == await everywhere(own, TOM)


async def test_an_open_form_alone_shows_what_is_known_before_its_ack(own: System) -> None:
    """A person who sees the answer there gets no message as well"""
    view = await opened(own, "key create")
    await expire_offers(own)
    answered = await submit(own, view, name="left-open")
    assert "open the form again" in str(answered["errors"])
    assert await until(lambda: sent(own))
    assert [] == await everywhere(own, TOM)


async def collect(system: System, message: Json, name: str) -> None:
    """Press Collect below a direct message: the link comes to the person alone."""
    action = next(
        each["action_id"]
        for block in message["blocks"]
        for each in block.get("elements", [])
        if f"Collect {name}" in str(each.get("text"))
    )
    there = {"channel": direct(TOM), "message_ts": message["ts"]}
    await system.act("click", user=TOM, action_id=action, **there)
    link = await seen(system, "Reveal credentials (one time)")
    assert link["ephemeral"]


async def test_a_dead_response_url_sends_no_link_elsewhere(own: System) -> None:
    """Slack says that it is used up: the credentials wait to be collected"""
    await fault(own, "response_url", "status", status=404)
    text = "key create of-a-dead-url --env staging"
    await own.act("command", user=TOM, channel=PLATFORM, text=text)
    message = await seen(own, "of-a-dead-url")
    assert (False, False) == (message["ephemeral"], "/s/" in str(message))
    await clear(own)
    await collect(own, message, "of-a-dead-url")


@pytest.mark.parametrize("known", [False, True], ids=["by a job", "before the ack"])
async def test_a_press_without_a_response_url_is_answered(own: System, *, known: bool) -> None:
    """Directly, whether a job has the outcome or it is known at once"""
    first = await own.send("key list")
    action = first["blocks"][-1]["elements"][0]["action_id"]
    there = {"channel": PLATFORM, "message_ts": first["ts"], "without": ["response_url"]}
    if known:  # then there is no job
        await expire_offers(own)
    await own.act("click", user=TOM, action_id=action, **there)

    async def answered() -> Json | None:
        return next(iter(await from_bot(own, TOM, direct(TOM))), None)

    assert "Slack did not take this answer" in (await until(answered))["text"]


async def test_a_press_is_answered_after_a_crash(own: System) -> None:
    """Its answer was queued before the ack, and another process sends it"""
    first = await own.send("key list")
    action = first["blocks"][-1]["elements"][0]["action_id"]
    await expire_offers(own)
    await fault(own, "response_url", "latency", seconds=60)
    there = {"channel": PLATFORM, "message_ts": first["ts"]}
    await own.act("click", user=TOM, action_id=action, **there)
    await own.bot.kill()
    await clear(own)
    await own.bot.start()
    await seen(own, "has expired")


async def test_a_person_who_is_gone_ends_an_answer_with_a_line_in_the_log(own: System) -> None:
    """The only end that reaches no person"""
    await fault(own, "response_url", "status", status=404)
    await own.act("command", user=ADA, channel=PLATFORM, text="key list")
    await own.act("person", id=ADA, deleted=True)

    async def logged() -> bool:
        return "answer_not_delivered" in own.bot.log

    assert await until(logged)
    await clear(own)
