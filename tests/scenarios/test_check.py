"""`python -m bot check` as an operator runs it, with faults planted all at once."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from sandbox.company import BOT_USER_ID
from tests.scenarios.processes import Finished, run
from tests.scenarios.system import ADA, SECURITY, TOM, System, running_system

HUSH: Final = "hush-hush"


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Run one system for the whole module."""
    async with running_system(tmp_path_factory.mktemp("check")) as running:
        yield running


async def check(system: System, *arguments: str, **more: str) -> tuple[Finished, dict[str, str]]:
    """Run `check --json` with these variables; gives each code with its last sentence."""
    environment = {name: it for name, it in (system.bot.environment | more).items() if it != "-"}
    done = await run(system.directory, environment, "check", "--json", *arguments)
    found: dict[str, Any] = json.loads(done.out)
    return done, {each["code"]: each["text"] for each in found["findings"]}


async def test_a_working_setup_has_no_fault(system: System) -> None:
    """Beside the running bot, which uses the ports"""
    done, found = await check(system, SLACK_CONFIG_TOKEN=system.twins.slack.config_token)
    assert (done.code, done.error) == (0, "")
    assert {"settings.read", "slack.app", "redis.private", "web.running"} <= found.keys()
    assert found["cloudinary.read"].startswith("4 product environments")


async def test_each_process_is_examined_with_its_own_variables(system: System) -> None:
    """What the other one has is no fault here"""
    done, found = await check(system, "--process", "web", CLOUDINARY_ACCOUNT_URL="-")
    assert (done.code, "check.by_workers" in found) == (0, True)
    done, found = await check(system, "--process", "worker", SLACK_SIGNING_SECRET="-")
    assert (done.code, "cloudinary.read" in found) == (0, True)
    done, found = await check(system, CLOUDINARY_ACCOUNT_URL="-", SLACK_SIGNING_SECRET="-")
    assert (done.code, "settings.missing" in found or "settings.wrong" in found) == (1, True)


async def test_every_fault_of_the_variables_is_found_at_once(system: System) -> None:
    """The good ones are still tried, and no value is repeated"""
    done, found = await check(
        system,
        SLACK_BOT_TOKEN=f"xapp-{HUSH}",
        SLACK_SIGNING_SECRET=HUSH,
        CLOUDINARY_ACCOUNT_URL=f"account://{HUSH}",
        APPROVALS_CHANNEL="#approvals",
        SECURITY_CHANNEL=HUSH,
        KEYSMITH_KEYS=",".join(["A" * 43 + "="] * 2),
        KEYSMITH_KEY=HUSH,
        REDIS_URL=f"redis://:{HUSH}#{HUSH}@localhost:6379",
        LINK_TTL="20h",
        PUBLIC_URL="https://keysmith.invalid/slack/events",
        SLACK_API_URL="https://slack.invalid/api/",
        CLOUDINARY_API_URL="https://api.cloudinary.invalid",
        OPERATORS=HUSH,
    )
    assert (done.code, done.error) == (1, "")
    assert {
        *("settings.wrong", "settings.misspelt", "settings.token_kind", "settings.channel_name"),
        *("settings.channel_form", "settings.signing_secret_form", "settings.keys_twice"),
        *("settings.keys_guessable", "settings.link_outlives", "settings.endpoint"),
        *("slack.away", "web.no_address", "check.not_examined"),
    } <= found.keys()
    assert "REDIS_URL" in done.out
    assert HUSH not in done.out


async def test_nothing_is_set(system: System) -> None:
    """Each variable that is missing, by its name, and no traceback"""
    path = {name: system.bot.environment[name] for name in ("PATH", "PYTHONPATH")}
    done = await run(system.directory, path, "check")
    assert (done.code, done.error) == (1, "")
    missing = ("SLACK_BOT_TOKEN", "APPROVALS_CHANNEL", "PUBLIC_URL", "KEYSMITH_KEYS")
    assert [name for name in missing if f"{name} is missing." not in done.out] == []
    assert "redis: " in done.out


async def test_a_warning_has_an_exit_code_of_its_own(system: System) -> None:
    """2, for the misspelt name of a variable"""
    done, found = await check(system, LOG_LEVELS="debug")
    assert (done.code, "settings.misspelt" in found) == (2, True)


async def test_a_setup_that_does_not_run_yet(system: System) -> None:
    """`check` listens on the free ports, and the private Redis runs for as long as it looks"""
    await system.bot.stop()
    done, found = await check(system)
    assert (done.code, done.error) == (0, "")
    assert {"web.reached", "redis.private", "tier.is"} <= found.keys()
    assert "rules.not_looked_at" not in found
    await system.bot.start()


async def test_an_admin_reads_the_same_in_slack(system: System) -> None:
    """`/cld doctor`: what is wrong with a channel; who is no admin is refused"""
    await system.act("channel", id=SECURITY, is_ext_shared=True, members=[ADA, BOT_USER_ID])
    answer = await system.send("doctor", ADA)
    assert "SECURITY_CHANNEL: another company shares the channel" in answer["text"]
    assert "slack.channel_shared" in answer["text"]
    assert system.bot.environment["SLACK_BOT_TOKEN"] not in json.dumps(answer)
    refused = await system.send("doctor", TOM)
    assert "another company" not in refused["text"]
