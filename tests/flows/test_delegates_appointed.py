"""Who appoints whom, until when, and who is told: the security channel and the audit log."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import AuditEvent, Entry
from bot.domain.delegations import LONGEST, USUAL, Delegation
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import Delegated
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Actor, Profile, Role
from bot.domain.requests.limits import NotAskableReason
from tests.fakes.delegations import FakeDelegations
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    GUEST,
    NEWCOMER,
    TEAM,
    TECH,
    Harness,
)
from tests.flows.requested import leave, under
from tests.flows.test_delegates_votes import disable, write_as

APPOINT = f"delegate @{BILLING.user_id}"
RULES = """
@id("look") permit (principal, action in [Action::"requests", Action::"claim"], resource);
"""
TOLD = (
    "Billing (U0BILLING) decides in the place of Admin until 3 March 2026 12:00 UTC.",
    (
        "Colleague (U0COLLEAGUE) decides in the place of Admin until 8 March 2026 12:00 UTC."
        " Billing (U0BILLING) no longer decides in the place of Admin."
    ),
    "Colleague (U0COLLEAGUE) no longer decides in the place of Admin.",
)


async def test_security_and_the_record_know_each_change(harness: Harness) -> None:
    """Who, for whom, until when, and who it was before"""
    for text in (f"{APPOINT} --expires 2d", f"delegate @{COLLEAGUE.user_id}", "delegate"):
        assert isinstance(await harness.run(ADMIN, text), Delegated)
    assert [*TOLD] == harness.delegations.notices
    entries = harness.delegations.entries
    assert {(AuditEvent.DONE, "decide", ADMIN, f"u-{ADMIN.user_id}")} == {
        (it.event, it.action, it.actor, it.cloudinary_id) for it in entries
    }
    now = harness.clock.now()
    assert [
        (str(BILLING), f"u-{BILLING.user_id}", (now + timedelta(days=2)).isoformat(), ""),
        (str(COLLEAGUE), f"u-{COLLEAGUE.user_id}", (now + USUAL).isoformat(), str(BILLING)),
        ("", "", now.isoformat(), str(COLLEAGUE)),
    ] == [
        tuple(it.target[name] for name in ("to", "to_cloudinary", "until", "before"))
        for it in entries
    ]


async def test_another_end_names_no_former_delegate_to_security(harness: Harness) -> None:
    """It is the same person"""
    await harness.run(ADMIN, APPOINT)
    await harness.run(ADMIN, f"{APPOINT} --expires 2d")
    assert TOLD[0] == harness.delegations.notices[-1]


async def test_the_end_is_at_most_thirty_days_away(harness: Harness) -> None:
    """Counted from the command, however late its job runs"""
    job = await harness.job(ADMIN, f"{APPOINT} --expires 300d")
    harness.clock.go_on(hours=5)
    outcome = await harness.flows.dispatcher.run(job)
    assert outcome == Delegated(BILLING, job.accepted_at + LONGEST)


async def test_nothing_to_end_tells_security_nothing(harness: Harness) -> None:
    """Neither where there was none, nor where it is over"""
    assert Delegated(None, None) == await harness.run(ADMIN, "delegate")
    await harness.run(ADMIN, f"{APPOINT} --expires 1h")
    harness.clock.go_on(hours=1)
    assert Delegated(None, None) == await harness.run(ADMIN, "delegate")
    assert 1 == len(harness.delegations.notices)
    assert "" == harness.delegations.entries[-1].target["before"]


async def test_a_late_job_undoes_no_later_one(harness: Harness) -> None:
    """And one that runs again after a crash appoints once; the answer tells what is stored"""
    late = await harness.job(ADMIN, APPOINT)
    harness.clock.go_on(minutes=1)
    ending = await harness.job(ADMIN, "delegate")
    for _ in range(2):
        assert Delegated(None, None) == await harness.flows.dispatcher.run(ending)
    assert Delegated(None, None) == await harness.again(late.id)
    assert not harness.delegations.notices
    again = await harness.job(ADMIN, APPOINT)
    for _ in range(2):
        appointed = await harness.flows.dispatcher.run(again)
        assert Delegated(BILLING, again.accepted_at + USUAL) == appointed
    assert 1 == len(harness.delegations.notices)


async def nothing(_: Harness) -> None:
    """Change nothing."""


async def tagged(harness: Harness) -> None:
    """Give the colleague another address of the admin's mailbox."""
    await write_as(harness, BILLING, Role.BILLING, "admin+bills@lumen.example")


async def second_account(harness: Harness) -> None:
    """Give the newcomer the admin's own address."""
    harness.directory.add(Profile(NEWCOMER.user_id, TEAM, "New", "admin@lumen.example"))


REFUSED: dict[str, tuple[Actor, Callable[[Harness], Awaitable[None]]]] = {
    "themself": (ADMIN, nothing),
    "unknown to Cloudinary": (NEWCOMER, nothing),
    "a guest": (GUEST, nothing),
    "left": (BILLING, lambda it: leave(it, BILLING)),
    "disabled": (BILLING, lambda it: disable(it, BILLING, Role.BILLING)),
    "one mailbox": (BILLING, tagged),
    "a second account": (NEWCOMER, second_account),
}


@pytest.mark.parametrize(("to", "change"), REFUSED.values(), ids=REFUSED)
async def test_only_another_person_whom_keysmith_knows_is_appointed(
    harness: Harness, to: Actor, change: Callable[[Harness], Awaitable[None]]
) -> None:
    """A delegation that there was stays"""
    await harness.run(ADMIN, f"delegate @{CHIEF.user_id}")
    before = dict(harness.delegations.kept)
    await change(harness)
    outcome = await harness.run(ADMIN, f"delegate @{to.user_id}")
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.DELEGATE is outcome.reason
    assert before == harness.delegations.kept


async def test_a_person_without_a_cloudinary_user_appoints_none(harness: Harness) -> None:
    """They decide nothing; what they end is their own"""
    outcome = await harness.run(NEWCOMER, APPOINT)
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.NO_VOTE is outcome.reason
    assert not harness.delegations.kept


async def test_a_person_who_may_not_decide_appoints_none(harness: Harness, tmp_path: Path) -> None:
    """The authority is asked about appointments too"""
    under(harness, tmp_path, RULES)
    assert isinstance(await harness.run(TECH, APPOINT), Denied)
    assert not harness.delegations.kept


async def test_each_person_appoints_for_themself_alone(harness: Harness) -> None:
    """Another person's delegation is not theirs to end"""
    await harness.run(ADMIN, APPOINT)
    await harness.run(TECH, "delegate")
    assert [ADMIN] == await harness.delegations.delegators(BILLING, harness.clock.now())


class Racing(FakeDelegations):
    """Stores another process's record just before the first one that it is given."""

    def __init__(self, other: Delegation) -> None:
        super().__init__()
        self.other = other

    async def replace(
        self, before: Delegation | None, after: Delegation, entry: Entry, notice: str
    ) -> bool:
        """Lose the first race."""
        self.kept.setdefault(after.by, self.other)
        return await super().replace(before, after, entry, notice)


@pytest.mark.parametrize(("minutes", "to"), [(-1, BILLING), (1, COLLEAGUE)], ids=["older", "newer"])
async def test_of_two_commands_at_the_same_time_the_later_one_counts(
    harness: Harness, minutes: int, to: Actor
) -> None:
    """Whichever is stored first"""
    at = harness.clock.now()
    other = Delegation(
        ADMIN, COLLEAGUE, at + USUAL, "Colleague", "other", at + timedelta(minutes=minutes)
    )
    harness.delegations = Racing(other)
    harness.rebuild()
    assert Delegated(to, at + USUAL) == await harness.run(ADMIN, APPOINT)
