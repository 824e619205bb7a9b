"""`/cld doctor`, and probes that run side by side."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.checks.policy import PolicyProbe, RulesProbe
from bot.cards.kit import render
from bot.cards.outcomes import card_of
from bot.cli.check import as_json, as_line
from bot.domain.audit import AuditEvent
from bot.domain.checks.findings import Finding, Level
from bot.domain.environments import Environment
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.general import Examined, Repeated
from bot.domain.people import Actor
from bot.domain.policy_lint import Finding as LintFinding
from bot.domain.policy_lint import Trouble
from bot.errors import StoreError
from bot.flows.examine import Examination, Probe, Skipped
from tests.flows.harness import ADMIN, BILLING, CHIEF, DEV, NEWCOMER, TECH, staffed

FAULT = Finding("redis.evicts", Level.FAULT, "It evicts.", "Set it.")
FINE = Finding("slack.token", Level.OK, "The token is right.")
LOOK = Finding("tier.is", Level.LOOK, "Staging: staging")


@dataclass(frozen=True)
class Broken:
    """A probe with a fault of its own."""

    async def look(self) -> Sequence[Finding]:
        """Fail, with a secret in the message."""
        raise RuntimeError("redis://:hush@host")


@dataclass(frozen=True)
class Good:
    """A probe that finds nothing wrong."""

    async def look(self) -> Sequence[Finding]:
        """Return what is right."""
        return [FINE]


@pytest.mark.parametrize("actor", [ADMIN, CHIEF])
async def test_an_admin_sees_what_is_wrong(actor: Actor) -> None:
    """The gravest first, and how to fix it; the audit log has that they looked"""
    harness = staffed()
    harness.examiner.findings = [FINE, LOOK, FAULT]
    answer = await harness.run(actor, "doctor")
    assert isinstance(answer, Examined)
    lines = render(card_of(answer)).text
    assert lines.index("It evicts. Set it. redis.evicts") < lines.index("Staging: staging")
    assert "1 of 3 findings are OK" in lines
    assert (str(AuditEvent.ANSWERED), "examined") in harness.told()


@pytest.mark.parametrize("actor", [TECH, BILLING, NEWCOMER])
async def test_no_one_else_sees_it(actor: Actor) -> None:
    """Nothing is examined for them"""
    harness = staffed()
    assert isinstance(await harness.run(actor, "doctor"), Denied | Unknown)
    assert harness.examiner.looks == 0


async def test_a_finished_look_is_not_repeated() -> None:
    """A worker that takes the job over says so"""
    harness = staffed()
    job = await harness.job(ADMIN, "doctor")
    await harness.flows.dispatcher.run(job)
    assert isinstance(await harness.again(job.id), Repeated)
    assert harness.examiner.looks == 1


async def test_a_card_with_many_findings_is_short() -> None:
    """Slack takes a card of limited length"""
    card = card_of(Examined((FAULT,) * 60))
    assert "And 40 more." in render(card).text
    assert len(render(card).blocks) < 50


async def test_a_probe_that_breaks_off_leaves_the_others_running() -> None:
    """Its message, which may hold a secret, is not repeated"""
    probes: dict[str, Probe] = {
        "broken": Broken(),
        "good": Good(),
        "skipped": Skipped("web", ("PORT",)),
    }
    found = await Examination(probes).examine()
    assert [each.code for each in found] == ["check.broke_off", "slack.token", "check.not_examined"]
    assert found[0].text == "The look at broken broke off (RuntimeError)."
    assert found[2].text == "web was not examined: it needs PORT."


async def test_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    """The file and the line"""
    file = tmp_path / "mine.cedar"
    file.write_text("permit (principal, action, resource)")
    (found,) = await PolicyProbe(file).look()
    assert (found.code, "mine.cedar:1" in found.text) == ("policy.invalid", True)


async def test_the_rules_are_looked_at() -> None:
    """Tiers and findings are worth a look; a service that is away keeps them unread"""

    async def read() -> tuple[Sequence[Environment], Sequence[LintFinding]]:
        return [DEV], [LintFinding(Trouble.PERMITS_NO_ONE, "mine")]

    async def away() -> tuple[Sequence[Environment], Sequence[LintFinding]]:
        raise StoreError("ConnectionError")

    found = await RulesProbe(read).look()
    assert [each.code for each in found] == ["tier.is", "rules.finding"]
    assert [each.code for each in await RulesProbe(away).look()] == ["rules.not_looked_at"]


def test_a_finding_is_one_line_and_hides_nothing() -> None:
    """Texts from elsewhere may hold line breaks and escape codes"""
    line = as_line(Finding("slack.token", Level.FAULT, "of \x1b[2Jme\nok     all", "Copy it."))
    assert line.startswith("FAULT  slack: of ")
    assert line.endswith("Copy it. [slack.token]\n")
    assert (line.count("\n"), "\x1b" in line) == (1, False)


def test_the_json_is_one_object() -> None:
    """Its level is the gravest one"""
    found = json.loads(as_json([FINE, FAULT]))
    assert found["level"] == "fault"
    assert found["findings"][1] == {
        "probe": "redis",
        "code": "redis.evicts",
        "level": "fault",
        "text": "It evicts.",
        "fix": "Set it.",
    }
