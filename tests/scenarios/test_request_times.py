"""Deadlines of requests, in a bot whose clock is set ahead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.domain.requests.deadlines import FIRST_REMINDER
from bot.flows.requests.execute import SOAK
from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    REQUEST,
    ask,
    card,
    drained,
    from_bot,
    in_thread,
    notified,
    pressed,
    request_on,
)
from tests.scenarios.system import (
    ADA,
    MIA,
    SECURITY,
    TOM,
    Json,
    System,
    link_of,
    running_system,
    until,
)

ROOT = Path(__file__).parents[2]
FOR_KEY_ROLES = '@id("members-request")\n@approvals("1")\n@approvers("key_roles")\n'
FOR_ADMINS_AT_FIRST = (
    '@id("members-request")\n@approvals("1")\n@approvers("admins")\n@escalate("1h key_roles")\n'
)


PAUSE = 0.05
"""Seconds between two looks at a pair of keys: each takes CPU from the bot."""


@dataclass(frozen=True)
class Later:
    """A system, and the file that sets its bot's clock."""

    system: System
    file: Path

    def advance(self, span: timedelta) -> None:
        """Move the bot's clock forward."""
        self.file.write_text(str(float(self.file.read_text()) + span.total_seconds()))


@pytest.fixture(scope="module")
async def later(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Later]:
    """A system with the shipped policy, except that only admins may vote in the first hour."""
    tmp_path = tmp_path_factory.mktemp("later")
    ahead, rules = tmp_path / "ahead", tmp_path / "rules.cedar"
    ahead.write_text("0")
    shipped = (ROOT / "policy/keysmith.cedar").read_text()
    assert FOR_KEY_ROLES in shipped
    rules.write_text(shipped.replace(FOR_KEY_ROLES, FOR_ADMINS_AT_FIRST))
    async with running_system(
        tmp_path, module="tests.scenarios.ahead", AHEAD=str(ahead), POLICY_FILE=str(rules)
    ) as system:
        yield Later(system, ahead)
        await drained(system)


@asynccontextmanager
async def pinged(system: System, old: Json) -> AsyncIterator[list[tuple[bool, bool]]]:
    """Sign in with a key and with its successor all the time; gives whether each worked."""
    seen, over = list[tuple[bool, bool]](), asyncio.Event()

    async def ping() -> None:
        while not over.is_set():
            state = await system.cloudinary("state")
            (place,) = [each for each in state["environments"] if each["name"] == "Staging"]
            named = [key for key in place["keys"] if (key["name"] or "").startswith(old["name"])]
            new = [key for key in named if key["api_key"] != old["api_key"]]
            works = [await system.works(each, place["cloud_name"]) for each in (old, *new)]
            seen.append((works[0], any(works[1:])))
            await asyncio.sleep(PAUSE)

    async with asyncio.TaskGroup() as group:
        group.create_task(ping())
        yield seen
        over.set()


async def now(seen: list[tuple[bool, bool]]) -> tuple[bool, bool]:
    """Give what the next whole look finds."""
    count = len(seen)

    async def looked() -> bool:
        return len(seen) > count + 1

    await until(looked)
    return seen[-1]


async def test_a_request_has_a_reminder_an_escalation_and_an_expiry(later: Later) -> None:
    """They come after a quarter of an hour, one hour and eight hours."""
    system = later.system
    id_ = await ask(system, REQUEST.format(name="mia-slow"))
    posted = await card(system, "mia-slow")
    assert "wasn't counted" in (await pressed(system, TOM, posted, "approve"))["text"]

    later.advance(FIRST_REMINDER)
    await in_thread(system, "Still waiting for a decision.")
    later.advance(timedelta(hours=1))
    await in_thread(system, "can decide now too")
    later.advance(timedelta(hours=8))

    await notified(system, MIA, "It expired")
    expired = await card(system, "mia-slow", "Expired")
    assert "Approve" not in str(expired["blocks"])
    assert "this request is already decided" in (await system.send(f"approve {id_}", ADA))["text"]
    assert await system.find_key("mia-slow", "Staging") is None


async def test_an_escalation_adds_approvers(later: Later) -> None:
    """Tom may vote after one hour."""
    system = later.system
    await ask(system, REQUEST.format(name="mia-later"))
    later.advance(timedelta(hours=1))
    await in_thread(system, "can decide now too")
    assert (
        "Approved."
        in (await pressed(system, TOM, await card(system, "mia-later"), "approve"))["text"]
    )
    await notified(system, MIA, "The key is created")


async def test_access_ends_with_warnings_and_is_renewed(later: Later) -> None:
    """The key works until its end, and again after an approved renewal."""
    system = later.system
    id_ = await ask(system, f"{REQUEST.format(name='mia-week')} --expires 7d")
    await pressed(system, ADA, await card(system, "mia-week"), "approve")
    await notified(system, MIA, "mia-week in Staging: The key is created")
    await open_link(system, link_of(await system.send(f"claim {id_}", MIA)))
    await card(system, "mia-week", "Collected ")

    later.advance(timedelta(days=6, minutes=1))
    await notified(system, MIA, "Access ends")
    assert await system.works(await system.key("mia-week", "Staging"), "lumen-staging")
    later.advance(timedelta(days=1))
    await notified(system, MIA, "Access ended, and the key is disabled.")
    assert (await system.key("mia-week", "Staging"))["enabled"] is False

    again = await ask(system, f'renew {id_} --reason "still building" --expires 7d')
    assert "Approved." in (await system.send(f"approve {again}", ADA))["text"]
    await notified(system, MIA, "Access lasts longer now.")
    assert await system.works(await system.key("mia-week", "Staging"), "lumen-staging")


async def test_a_deleted_key_is_gone_after_a_week_unless_it_was_restored(later: Later) -> None:
    """A deleted key is disabled first, and a restored one stays."""
    system = later.system
    for name in ("load-test", "e2e-tests"):
        id_ = await ask(system, f'key delete {name} --env staging --reason "unused"', TOM)
        await system.send(f"approve {id_}", ADA)
        await notified(system, TOM, f"{name} in Staging: Disabled. Deletes on")
    assert await system.requests("DELETE") == []
    restored = await system.send("key restore e2e-tests --env staging", TOM)
    assert "restored and enabled" in restored["text"]

    shown = await system.send("key list --env staging", TOM)
    assert shown["text"].count("Deletes on") == 1
    assert "Restore load-test in Staging" in str(shown["blocks"])

    later.advance(SOAK)

    await notified(system, TOM, "load-test in Staging: Deleted for good.")
    assert await system.find_key("load-test", "Staging") is None
    assert (await system.key("e2e-tests", "Staging"))["enabled"] is True


async def test_review_reminders_repeat_until_an_emergency_is_reviewed(later: Later) -> None:
    """The security channel gets the reminders at growing intervals."""
    system = later.system
    await system.send('key enable old-importer --env production --emergency --reason "down"', TOM)
    await notified(system, TOM, "The key is now enabled.")

    for times in (1, 2):
        later.advance(FIRST_REMINDER * 2**times)
        await until(partial(reminded, system, times))

    id_ = request_on(await card(system, "old-importer", "Done "), "review")
    assert "Reviewed" in (await system.send(f'review {id_} --comment "fine"', ADA))["text"]


async def reminded(system: System, times: int) -> bool:
    """Whether the security channel has this number of review reminders."""
    texts = [each["text"] for each in await from_bot(system, ADA, SECURITY)]
    return times <= len([text for text in texts if "This emergency needs a review" in text])


async def test_a_rotation_leaves_no_moment_without_a_working_key(later: Later) -> None:
    """From its command to the old key's deletion, with a roll back on the way."""
    system = later.system
    await open_link(system, link_of(await system.send("key create rolling --env staging", TOM)))
    old = await system.key("rolling", "Staging")
    async with pinged(system, old) as seen:
        await system.send("key rotate rolling --env staging --grace 2h", TOM)
        posted = await card(system, "rolling", "ollect")
        id_ = request_on(posted, "abort")
        link = link_of(await system.send(f"claim {id_}", TOM))
        assert (True, False) == seen[-1]
        pair = await open_link(system, link)
        await card(system, "rolling", "Both keys work.")
        assert (True, True) == await now(seen)
        await pressed(system, TOM, posted, "deployed")
        await notified(system, TOM, "The old key is disabled.")
        assert (False, True) == await now(seen)
        await pressed(system, TOM, await card(system, "rolling"), "rollback")
        await card(system, "rolling", "Both keys work.")
        assert (True, True) == await now(seen)
        later.advance(timedelta(hours=2))
        await card(system, "rolling", "The old key is disabled.")
        assert (False, True) == await now(seen)
        later.advance(timedelta(days=14))
        await notified(system, TOM, "The old key was disabled long enough.")
        await system.send(f"rotation {id_} delete --confirm rolling", ADA)
        await card(system, "rolling", "is rotated")
    named = await system.key("rolling", "Staging")
    assert pair["api_key"] == named["api_key"] != old["api_key"]
    assert all(any(each) for each in seen)
