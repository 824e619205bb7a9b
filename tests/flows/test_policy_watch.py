import pytest
import structlog

from bot.domain.audit import Entry
from bot.domain.people import Actor, Profile
from bot.errors import SlackError
from bot.flows.policy_lint import Linter
from handlers.policy_watch import ACTION, PolicyWatch
from tests.fakes.requests import CLAIM_TTL
from tests.flows.harness import CHIEF, TEAM, Harness
from tests.flows.requested import leave


class Told:
    """The findings of each call."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Entry]] = []

    async def tell(self, findings: str, notice: str, entry: Entry) -> bool:
        """Keep it."""
        self.told.append((findings, notice, entry))
        return True


class Away:
    """A Slack that does not answer."""

    async def profile(self, actor: Actor) -> Profile:
        """Nobody."""
        raise SlackError(actor.user_id)

    async def by_email(self, email: str) -> None:
        """Nobody."""
        raise SlackError(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Nobody."""
        raise SlackError(group_id)


def policy_watch(harness: Harness, told: Told, slack: Away | None = None) -> PolicyWatch:
    """A policy watch over this harness."""
    account, locator = harness.account, slack or harness.directory
    linter = Linter(
        harness.policy,
        account,
        account,
        locator,
        harness.clock,
        TEAM,
        CLAIM_TTL,
        permissions=False,
    )
    return PolicyWatch(linter, told)


async def test_what_deserves_a_look_is_logged_and_told(harness: Harness) -> None:
    """Each finding is a structured log event; the channel gets sentences"""
    told = Told()
    await leave(harness, CHIEF)
    with structlog.testing.capture_logs() as logs:
        found = await policy_watch(harness, told).look()
    assert [("policy_finding", each.rule) for each in found] == [
        (line["event"], line["rule"]) for line in logs
    ]
    ((findings, notice, entry),) = told.told
    assert findings.count("\n") == len(found) - 1 == 1
    assert "without Admin nothing is approved" in notice
    assert (ACTION, "2 findings") == (entry.action, entry.detail)


async def test_where_nothing_deserves_a_look_that_is_handed_on_too(harness: Harness) -> None:
    """The store of findings knows whether they are new"""
    told = Told()
    assert () == await policy_watch(harness, told).look()
    assert [""] == [findings for findings, _, _ in told.told]


async def test_a_look_that_fails_tells_nothing(harness: Harness) -> None:
    """An outage is no finding"""
    told = Told()
    with pytest.raises(SlackError):
        await policy_watch(harness, told, Away()).look()
    assert [] == told.told
