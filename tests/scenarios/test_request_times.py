"""What time does to requests, in a bot whose clock is set ahead."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.domain.requests.deadlines import FIRST_REMINDER
from bot.flows.requests.execute import SOAK
from tests.scenarios.opening import open_link
from tests.scenarios.presses import (
    WISH,
    ask,
    card,
    drained,
    from_bot,
    in_thread,
    pressed,
    request_on,
    told,
)
from tests.scenarios.system import ADA, MIA, TOM, System, link_of, running_system, until

ROOT = Path(__file__).parents[2]
SECURITY = "C0SECURTY"
FOR_KEY_ROLES = '@id("members-request")\n@approvals("1")\n@approvers("key_roles")\n'
FOR_ADMINS_AT_FIRST = (
    '@id("members-request")\n@approvals("1")\n@approvers("admins")\n@escalate("1h key_roles")\n'
)


@dataclass(frozen=True)
class Later:
    """A system, and its bot's time."""

    system: System
    file: Path

    def go_on(self, span: timedelta) -> None:
        """Let a span pass for the bot."""
        self.file.write_text(str(float(self.file.read_text()) + span.total_seconds()))


@pytest.fixture(scope="module")
async def later(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Later]:
    """The shipped policy, but that admins alone decide in the first hour."""
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


async def test_who_waits_is_reminded_others_may_decide_and_at_last_it_expires(later: Later) -> None:
    """After a quarter of an hour, an hour, and eight"""
    system = later.system
    id_ = await ask(system, WISH.format(name="mia-slow"))
    posted = await card(system, "mia-slow")
    assert "Not counted" in (await pressed(system, TOM, posted, "approve"))["text"]

    later.go_on(FIRST_REMINDER)
    await in_thread(system, "Still waiting for a decision.")
    later.go_on(timedelta(hours=1))
    await in_thread(system, "may decide now too")
    later.go_on(timedelta(hours=8))

    await told(system, MIA, "It expired")
    expired = await card(system, "mia-slow", "Expired")
    assert "button" not in str(expired["blocks"])
    assert "this request is expired" in (await system.send(f"approve {id_}", ADA))["text"]
    assert await system.find_key("mia-slow", "Staging") is None


async def test_whoever_may_decide_after_an_hour_does(later: Later) -> None:
    """Tom could not at first"""
    system = later.system
    await ask(system, WISH.format(name="mia-later"))
    later.go_on(timedelta(hours=1))
    await in_thread(system, "may decide now too")
    assert (
        "Approved."
        in (await pressed(system, TOM, await card(system, "mia-later"), "approve"))["text"]
    )
    await told(system, MIA, "The key is made")


async def test_access_ends_with_warnings_and_is_renewed(later: Later) -> None:
    """The key works until then, and again once others agreed to more"""
    system = later.system
    id_ = await ask(system, f"{WISH.format(name='mia-week')} --expires 7d")
    await pressed(system, ADA, await card(system, "mia-week"), "approve")
    await told(system, MIA, "mia-week in Staging: The key is made")
    await open_link(system, link_of(await system.send(f"claim {id_}", MIA)))
    await card(system, "mia-week", "Collected.")

    later.go_on(timedelta(days=6, minutes=1))
    await told(system, MIA, "Access ends")
    assert await system.works(await system.key("mia-week", "Staging"), "lumen-staging")
    later.go_on(timedelta(days=1))
    await told(system, MIA, "Access ended, and the key is disabled.")
    assert (await system.key("mia-week", "Staging"))["enabled"] is False

    again = await ask(system, f'renew {id_} --reason "still building" --expires 7d')
    assert "Approved." in (await system.send(f"approve {again}", ADA))["text"]
    await told(system, MIA, "Access lasts longer now.")
    assert await system.works(await system.key("mia-week", "Staging"), "lumen-staging")


async def test_a_deleted_key_is_gone_after_its_week_unless_it_was_restored(later: Later) -> None:
    """Until then nothing is lost"""
    system = later.system
    for name in ("load-test", "e2e-tests"):
        id_ = await ask(system, f'key delete {name} --env staging --reason "unused"', TOM)
        await system.send(f"approve {id_}", ADA)
        await told(system, TOM, f"{name} in Staging: Disabled, and deleted for good")
    assert await system.requests("DELETE") == []
    restored = await system.send("key restore e2e-tests --env staging", TOM)
    assert "enabled" in restored["text"]

    later.go_on(SOAK)

    await told(system, TOM, "load-test in Staging: Deleted for good.")
    await told(system, TOM, "e2e-tests in Staging: Not deleted: it was enabled meanwhile.")
    assert await system.find_key("load-test", "Staging") is None
    assert (await system.key("e2e-tests", "Staging"))["enabled"] is True


async def test_an_emergency_is_called_for_until_somebody_looks(later: Later) -> None:
    """In the security channel, again and again"""
    system = later.system
    await system.send('key enable old-importer --env production --emergency --reason "down"', TOM)
    await told(system, TOM, "Done at Cloudinary.")

    for times in (1, 2):
        later.go_on(FIRST_REMINDER * 2**times)
        await until(partial(called_for, system, times))

    id_ = request_on(await card(system, "old-importer", "Done."), "review")
    assert "Reviewed" in (await system.send(f'review {id_} --comment "fine"', ADA))["text"]


async def called_for(system: System, times: int) -> bool:
    """Whether security was told so often of an emergency that nobody has reviewed."""
    said = [each["text"] for each in await from_bot(system, ADA, SECURITY)]
    return times <= len([text for text in said if "that nobody has reviewed" in text])
