"""Redis goes back to an earlier state under a running bot: nothing more happens, at once."""

from collections.abc import AsyncIterator
from itertools import takewhile

import aiohttp
import pytest

from sandbox.ports import HOST
from tests.scenarios.opening import open_link, press
from tests.scenarios.presses import QUEUES, REQUEST, ask, card, notified, pressed
from tests.scenarios.processes import Finished, run
from tests.scenarios.restored import DumpedRedis, system_over_dumps
from tests.scenarios.system import ADA, MIA, PLATFORM, SECURITY, TOM, System, link_of, until

BACKUP = "backup.rdb"


@pytest.fixture(scope="module")
async def both(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[System, DumpedRedis]]:
    """One system for all tests here, with a Redis that can be restored."""
    async with system_over_dumps(tmp_path_factory.mktemp("h")) as found:
        yield found


async def readiness(system: System) -> str:
    """Read `/readyz`."""
    port = system.bot.environment["ADMIN_PORT"]
    async with system.session.get(f"http://{HOST}:{port}/readyz") as answer:
        return await answer.text()


async def halted(system: System) -> str:
    """Wait until the bot is halted; gives what `/readyz` says."""

    async def found() -> str | None:
        text = await readiness(system)
        return text if text.startswith("History: halted") else None

    return await until(found)


async def page(system: System, link: str) -> str:
    """Open the page of a link, and press nothing."""
    async with system.session.get(link.partition("#")[0]) as answer:
        return await answer.text()


async def home_says(system: System, text: str) -> bool:
    """Whether Tom's App Home has a text."""
    screen = await system.look("screen", user=TOM, channel=PLATFORM)
    return text in str(screen["home"])


async def told(system: System) -> list[str]:
    """List what the security channel was told of halts."""
    seen = await system.messages(ADA, SECURITY)
    return [each["text"] for each in seen if "Keysmith has stopped" in each["text"]]


async def test_an_older_dump_stops_everything_until_it_is_recovered(
    both: tuple[System, DumpedRedis],
) -> None:
    """A command, a link and a timer: nothing at Cloudinary; security hears once"""
    system, redis = both
    link = link_of(await system.send("key create kept --env staging"))
    await redis.back_up(BACKUP)
    await system.send("key create lost --env staging")
    await system.cloudinary("requests", "DELETE")

    await redis.restore(BACKUP)

    assert "the audit log ends at entry" in await halted(system)
    answer = await system.send("key create third --env staging")
    assert "its database went back to an earlier state" in answer["text"]
    status, text = await press(system, link)
    assert (status, "keysmith recover" in str(text) or "earlier state" in str(text)) == (503, True)
    await system.act("home", user=TOM)  # nothing is written to draw his
    await until(lambda: home_says(system, "Keysmith has stopped"))
    await until(lambda: told(system))
    assert len(await told(system)) == 1
    assert [] == [*await system.requests("POST"), *await system.requests("PUT")]
    assert (await recover(system, "--apply", "--yes")).code == 0
    await until(lambda: ready(system))
    assert (await open_link(system, link))["name"] == "kept"


async def test_an_emptied_redis_stops_everything_and_begins_again(
    both: tuple[System, DumpedRedis],
) -> None:
    """Also for a process that starts afterwards; the new log begins with the recovery.

    Whether the account had the Permissions API is lost too: where Cloudinary refuses it, a start
    waits for the recovery, and then for an operator's confirmation.
    """
    system, redis = both
    lost = link_of(await system.send("key create flushed --env staging"))
    await system.cloudinary("requests", "DELETE")

    await redis.call("FLUSHALL")

    assert "no audit log any more" in await halted(system)
    status, text = await press(system, lost)
    assert (status, "earlier state" in str(text)) == (503, True)
    stopped = await page(system, lost)
    assert 'data-state="broken"' in stopped
    assert "Keysmith has stopped" in stopped
    assert "check this link right now" not in stopped
    await system.bot.stop()
    await redis.call("DEL", "{keysmith}:halted")
    await system.bot.begin()
    assert "no audit log any more" in await until(lambda: halts(system))
    assert [] == [*await system.requests("POST"), *await system.requests("PUT")]
    report = await recover(system)
    assert report.code == 1, report
    for words in ("restore the newest one first", "Orphaned keys are not listed"):
        assert words in report.out
    for mistaken in (["--seen", "none.json"], ["--archive", "none"]):
        refused = await recover(system, *mistaken, "--apply", "--yes")
        assert (refused.code, refused.out) == (1, ""), refused
    recovered = await recover(system, "--apply", "--yes")
    again = await recover(system)  # no process has started since
    assert (again.code, "nothing of it is left to recover" in again.out) == (0, True), again
    assert "--apply" not in again.out
    assert (recovered.code, "check --without-permissions" in recovered.out) == (0, True)
    await until(lambda: ended(system))
    assert "may have had before Redis lost its data" in system.bot.log
    confirm = ("check", "--without-permissions")
    confirmed = await run(system.directory, system.bot.environment, *confirm)
    assert "the account is without it" in confirmed.out
    await system.bot.start()
    await until(lambda: ready(system))
    assert [entry["deed"] for entry in await system.audit()][:1] == ["recovered"]
    await system.send("key create again --env staging")


async def halts(system: System) -> str:
    """Read why a process that may be starting is halted: empty until it says so."""
    try:
        text = await readiness(system)
    except aiohttp.ClientError:
        return ""
    return text if "halted: " in text else ""


async def ended(system: System) -> bool:
    """Whether the bot has ended by itself."""
    return system.bot.process is not None and system.bot.process.returncode is not None


async def ready(system: System) -> bool:
    """Whether `/readyz` says so."""
    return await readiness(system) == "ready\n"


async def drained(redis: DumpedRedis) -> None:
    """Wait until every queue is empty."""

    async def empty() -> bool:
        return not any([await redis.call("XLEN", queue) for queue in QUEUES])

    await until(empty)


async def recover(system: System, *arguments: str) -> Finished:
    """Run `keysmith recover`."""
    return await run(system.directory, system.bot.environment, "recover", *arguments)


async def opened_after_the_backup(system: System, name: str) -> str:
    """Create a key, and give its link."""
    return link_of(await system.send(f"key create {name} --env staging"))


async def test_after_a_recovery_what_was_done_is_not_done_again(
    both: tuple[System, DumpedRedis],
) -> None:
    """An opened link, a request, a key that no record knows; then work goes on"""
    system, redis = both
    waiting = await opened_after_the_backup(system, "waits")
    link = await opened_after_the_backup(system, "spent")
    await ask(system, REQUEST.format(name="mia-back"))
    posted = await card(system, "mia-back")
    await drained(redis)
    await redis.back_up(BACKUP)

    await open_link(system, link)
    assert "Approved." in (await pressed(system, TOM, posted, "approve"))["text"]
    await notified(system, MIA, "The key is created")
    after = await ask(system, REQUEST.format(name="mia-after"))
    await system.send("key disable spent --env staging --confirm spent")
    await system.send("key create orphan --env staging")
    export = system.directory / "export.jsonl"
    await system.command_line("audit", "export", "--file", str(export))
    await redis.restore(BACKUP)
    await halted(system)
    await system.cloudinary("requests", "DELETE")

    report = await recover(system, "--against", str(export))
    assert report.code == 1, report.error
    for words in (
        "Why: the audit log ends at",
        "spent",
        "mia-back",
        "orphan",
        "revealed link:open",
    ):
        assert words in report.out
    assert await readiness(system) != "ready\n"
    gone = "Requests that are lost, newest first. Where one was not over, tell who asked:"
    (requested,) = listed(report.out, gone)
    assert requested.startswith(f"  {after} (key:request mia-after in "), report.out
    assert f": asked by {MIA}; last entry at " in requested
    refused = await recover(system, "--against", str(export), "--apply")
    assert (refused.code, "not confirmed" in refused.out) == (1, True)

    done = await recover(system, "--against", str(export), "--apply", "--yes")

    assert done.code == 0, done.error
    again = await recover(system, "--against", str(export))
    assert (again.code, "nothing of it is left to recover" in again.out) == (0, True), again
    await until(lambda: ready(system))
    assert (await press(system, link))[0] in {404, 410}
    assert await card(system, "mia-back", "Closed by a recovery")
    assert [] == [*await system.requests("POST"), *await system.requests("PUT")]
    opened = await open_link(system, waiting)
    assert opened["name"] == "waits"
    assert "next" in (await system.send("key create next --env staging"))["text"]
    verified = await run(
        system.directory, system.bot.environment, *("audit", "verify", "--against", str(export))
    )
    assert "recovery" in verified.out, verified


def listed(report: str, heading: str) -> list[str]:
    """Give the lines under a heading of the report."""
    _, found, rest = report.partition(f"{heading}\n")
    assert found, report
    return list(takewhile(lambda line: line.startswith("  "), rest.splitlines()))


async def test_without_an_export_cloudinary_and_slack_tell_what_is_missing(
    both: tuple[System, DumpedRedis],
) -> None:
    """A link that was opened, a key, and a request that was asked for after the backup"""
    system, redis = both
    link = await opened_after_the_backup(system, "seen")
    await drained(redis)
    await redis.back_up(BACKUP)
    await open_link(system, link)
    await opened_after_the_backup(system, "unknown")
    asked = await ask(system, REQUEST.format(name="mia-lost"))
    posted = await card(system, "mia-lost")
    await redis.restore(BACKUP)
    await halted(system)

    report = (await recover(system)).out

    (ended,) = listed(report, "Links and pending credentials that end:")
    assert ended.startswith("  seen ("), report
    assert ended.endswith(": its key is enabled, so it was opened"), report
    orphaned = "Orphaned keys: they exist at Cloudinary, and no record here knows them:"
    (orphan,) = [each for each in listed(report, orphaned) if "  unknown (" in each]
    assert orphan.endswith(" in Staging, disabled"), report
    known = "Requests whose card is among the newest at Slack, and which no record here knows:"
    assert f"  {asked}" in listed(report, known), report
    assert (await recover(system, "--apply", "--yes")).code == 0
    await until(lambda: ready(system))
    assert (await press(system, link))[0] in {404, 410}
    answer = (await pressed(system, TOM, posted, "approve"))["text"]
    for words in (f"no request {asked}", "Nothing changed", "was lost", "/cld request\n"):
        assert words in answer


async def test_a_log_that_does_not_hold_is_not_recovered(both: tuple[System, DumpedRedis]) -> None:
    """Nothing is done, and the operator reads what to do"""
    system, redis = both
    for _ in range(2):  # the log of a new system is empty
        await system.send("whoami")
    await redis.call("XDEL", "{keysmith}:audit", "2-0")

    refused = await recover(system, "--apply", "--yes")

    assert refused.code == 1
    for words in ("does NOT hold at entry 2", "Nothing changed", "FLUSHALL"):
        assert words in refused.error
