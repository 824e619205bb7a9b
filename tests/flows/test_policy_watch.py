import pytest
import structlog

from bot.domain.audit import Entry
from bot.domain.people import Actor, Profile, Role
from bot.errors import SlackError
from bot.flows.policy_lint import Linter
from handlers.policy_watch import ACTION, PolicyWatch
from tests.fakes.requests import CLAIM_TTL
from tests.flows.harness import CHIEF, TEAM, Harness
from tests.flows.requested import leave


class Reports:
    """Keeps each report."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Entry]] = []

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Keep a report."""
        self.sent.append((findings, notice, entry))
        return True


class Away:
    """Slack during an outage."""

    async def profile(self, actor: Actor) -> Profile:
        """Fail."""
        raise SlackError(actor.user_id)

    async def by_email(self, email: str) -> None:
        """Fail."""
        raise SlackError(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Fail."""
        raise SlackError(group_id)


def policy_watch(harness: Harness, reports: Reports, slack: Away | None = None) -> PolicyWatch:
    """Build the policy watch of a harness."""
    account, locator = harness.account, slack or harness.directory
    linter = Linter(
        harness.policy,
        account,
        account,
        locator,
        harness.bindings,
        harness.clock,
        TEAM,
        CLAIM_TTL,
        permissions=False,
    )
    return PolicyWatch(linter, reports)


async def test_findings_are_logged_and_reported(harness: Harness) -> None:
    """The log has a line for each finding; the channel gets sentences."""
    reports = Reports()
    await leave(harness, CHIEF)
    with structlog.testing.capture_logs() as logs:
        found = await policy_watch(harness, reports).look()
    assert [("policy_finding", each.rule) for each in found] == [
        (line["event"], line["rule"]) for line in logs
    ]
    ((findings, notice, entry),) = reports.sent
    assert findings.count("\n") == len(found) - 1 == 9
    assert "without Admin nothing is approved" in notice
    assert (ACTION, "10 findings") == (entry.action, entry.detail)


async def test_a_look_without_findings_is_reported_too(harness: Harness) -> None:
    """The store of findings knows whether that is news."""
    reports = Reports()
    harness.add_member(Actor(TEAM, "U0SECOND"), Role.MASTER_ADMIN)
    assert () == await policy_watch(harness, reports).look()
    assert [""] == [findings for findings, _, _ in reports.sent]


async def test_a_look_that_fails_reports_nothing(harness: Harness) -> None:
    """An outage is not a finding."""
    reports = Reports()
    with pytest.raises(SlackError):
        await policy_watch(harness, reports, Away()).look()
    assert [] == reports.sent
