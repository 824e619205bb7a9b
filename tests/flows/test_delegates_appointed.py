"""Who appoints whom, until when, and who is told: the security channel and the audit log."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.cards.kit import plain, render
from bot.cards.outcomes import card_of
from bot.cards.requested import request_card
from bot.domain.audit import AuditEvent, Entry
from bot.domain.delegations import BURST, INTERVAL, LONGEST, MOST_PRINCIPALS, USUAL, Delegation
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.delegations import Delegated, DelegateInPlace, DelegatesShown
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Actor, KeyRight, Profile, Role
from bot.domain.requests.limits import NotAskableReason
from tests.fakes.delegations import FakeDelegations
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import leave, rule, under
from tests.flows.test_delegates_votes import disable, write_as

APPOINT = f"delegate @{BILLING.user_id}"
RULES = """
@id("look") permit (principal, action in [Action::"requests", Action::"claim"], resource);
"""
TOLD = (
    "Billing (U0BILLING) decides for Admin until 3 March 2026 12:00 UTC.",
    (
        "Colleague (U0COLLEAGUE) decides for Admin until 8 March 2026 12:00 UTC."
        " Billing (U0BILLING) no longer decides for Admin."
    ),
    "Colleague (U0COLLEAGUE) no longer decides for Admin.",
)


async def test_security_and_the_record_know_each_change(harness: Harness) -> None:
    """Who, for whom, until when, and who it was before"""
    replacing = f"delegate @{COLLEAGUE.user_id} --instead @{BILLING.user_id}"
    for text in (f"{APPOINT} --expires 2d", replacing, "delegate --end"):
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


@pytest.mark.parametrize("expires", ["31d", "90d", "300d"])
async def test_a_longer_time_is_refused(harness: Harness, expires: str) -> None:
    """Not shortened unnoticed; the answer says what is possible"""
    outcome = await harness.run(ADMIN, f"{APPOINT} --expires {expires}")
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.TOO_LONG is outcome.reason
    assert "at most 30 days" in render(request_card(outcome)).text
    assert not harness.delegations.kept


async def test_five_appointments_of_a_person_are_possible_at_once(harness: Harness) -> None:
    """Security reads a few notices, not a flood; the answer says when the next one is possible"""
    people = [BILLING, COLLEAGUE]
    for number in range(BURST):
        to = people[number % 2]
        text = f"delegate @{to.user_id} --instead @{BILLING.user_id}"
        assert isinstance(await harness.run(ADMIN, text), Delegated)
        if number % 2:
            assert Delegated(None, None) == await harness.run(ADMIN, "delegate --end")
    kept, told = harness.delegations.kept[ADMIN], len(harness.delegations.notices)
    refused = await harness.run(ADMIN, f"delegate @{kept.to.user_id if kept.to else ''}")
    assert isinstance(refused, NotAskable)
    assert NotAskableReason.TOO_OFTEN is refused.reason
    assert harness.clock.now() + INTERVAL == refused.again_at
    assert "12:12" in render(request_card(refused)).text
    assert (kept, told) == (harness.delegations.kept[ADMIN], len(harness.delegations.notices))
    assert Delegated(None, None) == await harness.run(
        ADMIN, "delegate --end"
    )  # an end is always possible
    assert isinstance(await harness.run(ADMIN, APPOINT), NotAskable)
    assert isinstance(await harness.run(CHIEF, APPOINT), Delegated)
    harness.clock.at += INTERVAL
    assert isinstance(await harness.run(ADMIN, APPOINT), Delegated)
    assert isinstance(await harness.run(ADMIN, APPOINT), NotAskable)


async def test_a_job_that_runs_again_is_no_further_appointment(harness: Harness) -> None:
    """After a crash before the job was finished"""
    jobs = [await harness.job(ADMIN, APPOINT) for _ in range(BURST)]
    for job in jobs:
        for _ in range(2):
            harness.jobs.put(job)
            assert isinstance(await harness.again(job.id), Delegated)


async def crowd(harness: Harness, role: Role) -> list[Actor]:
    """As many people of one role as may have the same delegate appoint BILLING."""
    people = [Actor(TEAM, f"U0{role.upper()}{number}") for number in range(MOST_PRINCIPALS)]
    for each in people:
        harness.add_member(each, role)
        assert isinstance(await harness.run(each, APPOINT), Delegated)
    return people


@pytest.mark.parametrize("role", [Role.TECHNICAL_ADMIN, Role.REPORTS], ids=["role", "no role"])
async def test_ten_people_at_most_appoint_one_delegate(harness: Harness, role: Role) -> None:
    """The eleventh reads what to do; the ten may change the end, and one who ends makes room"""
    people, late = await crowd(harness, role), Actor(TEAM, "U0LATE")
    harness.add_member(late, role)
    refused = await harness.run(late, APPOINT)
    assert isinstance(refused, NotAskable)
    assert NotAskableReason.DELEGATE_TAKEN is refused.reason
    assert late not in harness.delegations.kept
    assert isinstance(await harness.run(people[0], f"{APPOINT} --expires 1d"), Delegated)
    await harness.run(people[0], "delegate --end")
    assert isinstance(await harness.run(late, APPOINT), Delegated)


@pytest.mark.parametrize("by", [ADMIN, TECH], ids=["role", "right"])
async def test_people_without_a_role_keep_no_approver_from_a_delegate(
    harness: Harness, by: Actor
) -> None:
    """They have places of their own; with Cloudinary's own policies the right is what counts"""
    if by == TECH:
        harness = staffed(permissions=True)
        user = harness.add_member(TECH, Role.REPORTS)
        harness.account.add_user(user, rights={DEV.id: KeyRight.MANAGE})
    await crowd(harness, Role.REPORTS)
    assert isinstance(await harness.run(by, APPOINT), Delegated)


async def test_the_end_is_counted_from_the_command(harness: Harness) -> None:
    """However late its job runs; thirty days are possible"""
    job = await harness.job(ADMIN, f"{APPOINT} --expires 30d")
    harness.clock.go_on(hours=5)
    outcome = await harness.flows.dispatcher.run(job)
    assert outcome == Delegated(BILLING, job.accepted_at + LONGEST)


async def test_nothing_to_end_tells_security_nothing(harness: Harness) -> None:
    """Neither where there was none, nor where it is over"""
    assert Delegated(None, None) == await harness.run(ADMIN, "delegate --end")
    await harness.run(ADMIN, f"{APPOINT} --expires 1h")
    harness.clock.go_on(hours=1)
    assert Delegated(None, None) == await harness.run(ADMIN, "delegate --end")
    assert 1 == len(harness.delegations.notices)
    assert "" == harness.delegations.entries[-1].target["before"]


async def test_a_late_job_undoes_no_later_one(harness: Harness) -> None:
    """And one that runs again after a crash appoints once; the answer tells what is stored"""
    late = await harness.job(ADMIN, APPOINT)
    harness.clock.go_on(minutes=1)
    ending = await harness.job(ADMIN, "delegate --end")
    for _ in range(2):
        assert Delegated(None, None) == await harness.flows.dispatcher.run(ending)
    assert Delegated(None, None) == await harness.again(late.id)
    assert not harness.delegations.notices
    again = await harness.job(ADMIN, APPOINT)
    for _ in range(2):
        appointed = await harness.flows.dispatcher.run(again)
        assert Delegated(BILLING, again.accepted_at + USUAL) == appointed
    assert 1 == len(harness.delegations.notices)


async def test_a_bare_command_shows_who_decides_for_whom_and_ends_nothing(
    harness: Harness,
) -> None:
    """Until when, with a button that ends it; the delegate sees for whom they decide"""
    now = harness.clock.now()
    assert DelegatesShown(None, None) == await harness.run(ADMIN, "delegate")
    await harness.run(ADMIN, APPOINT)
    await harness.run(CHIEF, f"{APPOINT} --expires 2d")
    own = await harness.run(ADMIN, "delegate")
    assert DelegatesShown(BILLING, now + USUAL) == own
    assert ["delegate --end"] == [each.command for each in card_of(own).buttons]
    theirs = await harness.run(BILLING, "delegate")
    assert isinstance(theirs, DelegatesShown)
    assert {(ADMIN, now + USUAL), (CHIEF, now + timedelta(days=2))} == set(theirs.principals)
    assert not card_of(theirs).buttons, "their principals end it"
    assert await harness.delegations.current(now)
    harness.clock.go_on(hours=200)
    assert DelegatesShown(None, None) == await harness.run(ADMIN, "delegate")


NAMED: Final = {
    "shipped": (None, {TECH, NARROW, COLLEAGUE, ADMIN, CHIEF}),
    "a person": (f"person:{BILLING.user_id}", {BILLING, ADMIN, CHIEF}),
    "a role": ("billing", {BILLING, ADMIN, CHIEF}),
    "an escalation": ('admins")\n@escalate("1h billing', {BILLING, ADMIN, CHIEF}),
    "on call": ("oncall:S012AB3CD", {TECH, NARROW, COLLEAGUE, ADMIN, CHIEF, BILLING}),
}
"""Whom a rule names as approvers, and who may decide then; admins always may on a link."""


@pytest.mark.parametrize("text", ["delegate", "delegate --end"])
@pytest.mark.parametrize(("approvers", "deciding"), NAMED.values(), ids=NAMED)
async def test_who_decides_on_nothing_is_told_so_and_offered_no_delegate(
    text: str, approvers: str | None, deciding: set[Actor], harness: Harness, tmp_path: Path
) -> None:
    """Without a Cloudinary user in every case; with one, by the policy that is in use"""
    if approvers:
        conditions = f'@approvals("1")\n@approvers("{approvers}")'
        under(harness, tmp_path, rule("key:create", conditions))
    for actor in (TECH, NARROW, COLLEAGUE, ADMIN, CHIEF, BILLING, NEWCOMER):
        told = plain(card_of(await harness.run(actor, text)))
        decides = actor in deciding
        assert decides == ("You decide on requests yourself." in told), actor
        assert decides == ("To choose a delegate" in told)
        assert decides != ("so there is nothing to delegate" in told)


async def test_a_delegate_who_decides_on_nothing_else_sees_for_whom(harness: Harness) -> None:
    """What they have no right to is their own"""
    await harness.run(ADMIN, APPOINT)
    told = plain(card_of(await harness.run(BILLING, "delegate")))
    assert "in your own name, so there is nothing to delegate." in told
    assert f"You decide for @{ADMIN.user_id}" in told


async def test_a_delegate_is_replaced_by_a_press_alone(harness: Harness) -> None:
    """And only the one whom the button names: one who is chosen meanwhile is asked about again"""
    await harness.run(ADMIN, APPOINT)
    before, text = dict(harness.delegations.kept), f"delegate @{COLLEAGUE.user_id} --expires 2d"
    asks = await harness.run(ADMIN, text)
    assert isinstance(asks, DelegateInPlace)
    assert before == harness.delegations.kept
    replacing, _ = card_of(asks).buttons
    assert "Replace Billing with Colleague" == str(replacing.label)
    await harness.run(ADMIN, "delegate --end")
    await harness.run(ADMIN, f"delegate @{CHIEF.user_id}")
    assert isinstance(await harness.run(ADMIN, replacing.command), DelegateInPlace)
    await harness.run(ADMIN, "delegate --end")
    replaced = await harness.run(ADMIN, replacing.command)
    assert Delegated(COLLEAGUE, harness.clock.now() + timedelta(days=2)) == replaced


async def nothing(_: Harness) -> None:
    """Change nothing."""


async def tagged(harness: Harness) -> None:
    """Give the colleague another address of the admin's mailbox."""
    await write_as(harness, BILLING, Role.BILLING, "admin+bills@lumen.example")


async def second_account(harness: Harness) -> None:
    """Give the newcomer the admin's own address."""
    harness.directory.add(Profile(NEWCOMER.user_id, TEAM, "New", "admin@lumen.example"))


BOT, STRANGER, ABSENT = Actor(TEAM, "U0BOT"), Actor(TEAM, "U0STRANGER"), Actor(TEAM, "U0ABSENT")


async def others(harness: Harness) -> None:
    """Add a bot, and a person of another workspace."""
    harness.directory.add(Profile(BOT.user_id, TEAM, "Deploy", "", bot=True))
    harness.directory.add(Profile(STRANGER.user_id, "T2", "Ina", "ina@partner.example"))


REFUSED: dict[str, tuple[Actor, Callable[[Harness], Awaitable[None]], str]] = {
    "themself": (ADMIN, nothing, "You can't delegate to yourself."),
    "unknown to Cloudinary": (NEWCOMER, nothing, "no active Cloudinary user"),
    "a guest": (GUEST, nothing, "Guests"),
    "left": (BILLING, lambda it: leave(it, BILLING), "deactivated"),
    "disabled": (BILLING, lambda it: disable(it, BILLING, Role.BILLING), "no active Cloudinary"),
    "one mailbox": (BILLING, tagged, "You can't delegate to yourself."),
    "a second account": (NEWCOMER, second_account, "can't confirm who this person is"),
    "a bot": (BOT, others, "Bots can't decide"),
    "another workspace": (STRANGER, others, "isn't a member of this workspace"),
    "unknown at Slack": (ABSENT, nothing, "can't confirm who this person is"),
}


@pytest.mark.parametrize(("to", "change", "told"), REFUSED.values(), ids=REFUSED)
async def test_only_another_person_whom_keysmith_knows_is_appointed(
    harness: Harness, to: Actor, change: Callable[[Harness], Awaitable[None]], told: str
) -> None:
    """The answer has the reason; a delegation that there was stays"""
    await harness.run(ADMIN, f"delegate @{CHIEF.user_id}")
    before = dict(harness.delegations.kept)
    await change(harness)
    outcome = await harness.run(ADMIN, f"delegate @{to.user_id}")
    assert isinstance(outcome, NotAskable)
    text = render(request_card(outcome)).text
    assert told in text
    assert text.endswith("Nothing changed.")
    assert before == harness.delegations.kept


async def test_a_person_without_a_cloudinary_user_appoints_none(harness: Harness) -> None:
    """They decide nothing; what they end is their own"""
    outcome = await harness.run(NEWCOMER, APPOINT)
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.NO_VOTE is outcome.reason
    assert "You can't decide on requests" in render(request_card(outcome)).text
    assert not harness.delegations.kept


async def test_a_person_who_may_not_decide_appoints_none(harness: Harness, tmp_path: Path) -> None:
    """The authority is asked about appointments too"""
    under(harness, tmp_path, RULES)
    assert isinstance(await harness.run(TECH, APPOINT), Denied)
    assert not harness.delegations.kept


async def test_each_person_appoints_for_themself_alone(harness: Harness) -> None:
    """Another person's delegation is not theirs to end"""
    await harness.run(ADMIN, APPOINT)
    await harness.run(TECH, "delegate --end")
    (only,) = await harness.delegations.current(harness.clock.now())
    assert ADMIN == only.by


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


@pytest.mark.parametrize("minutes", [-1, 1], ids=["older", "newer"])
async def test_of_two_commands_at_the_same_time_neither_replaces_the_other_unasked(
    harness: Harness, minutes: int
) -> None:
    """Whichever is stored first: the later one asks, and the older one is told what is stored"""
    at = harness.clock.now()
    other = Delegation(
        ADMIN, COLLEAGUE, at + USUAL, "Colleague", "other", at + timedelta(minutes=minutes)
    )
    harness.delegations = Racing(other)
    harness.rebuild()
    outcome = await harness.run(ADMIN, APPOINT)
    assert isinstance(outcome, DelegateInPlace if minutes < 0 else Delegated)
    assert COLLEAGUE == outcome.to
