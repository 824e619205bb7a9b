"""A delegate's vote says for whom it was given: on the card, in the thread, in the audit log."""

from dataclasses import replace

import pytest

from bot.adapters.redis.request_json import VOTE
from bot.cards.decisions import decision_card
from bot.cards.kit import render
from bot.cards.notifications import notification_card
from bot.cards.requests import posted
from bot.domain.audit import AuditEvent, Entry
from bot.domain.outcomes.decisions import TooLate
from bot.domain.requests.changes import changed_vote
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Audience, Notification
from tests.flows.harness import ADMIN, BILLING, TECH, Harness
from tests.flows.requested import DELETE, WISH_IN_PRODUCTION, asked, carried_out, kept
from tests.flows.test_delegates_votes import appoint

DECISIONS = {
    "approve {}": "Approved by Billing, for Admin",
    "deny {} --reason no": "Denied by Billing, for Admin",
}
IDS = {"principal": str(ADMIN), "principal_cloudinary": f"u-{ADMIN.user_id}"}


def notified(harness: Harness, audience: Audience) -> Notification:
    """Return the last notification to this audience."""
    return [it for it in harness.requests.notifications if it.audience is audience][-1]


def decided(harness: Harness) -> Entry:
    """Return the audit entry of the last decision."""
    return [it for it in harness.jobs.entries if it.event is AuditEvent.DECIDED][-1]


async def opened(harness: Harness, text: str = WISH_IN_PRODUCTION) -> Request:
    """Appoint a delegate, and open a request."""
    await appoint(harness)
    return await asked(harness, text, TECH)


@pytest.mark.parametrize(("text", "shown"), DECISIONS.items())
async def test_a_vote_names_the_principal_too(harness: Harness, text: str, shown: str) -> None:
    """On the card, in the thread, to the requester, to who comes too late, and in the audit log"""
    request = await opened(harness)
    await harness.run(BILLING, text.format(request.id))
    request = await kept(harness, request)
    assert shown in render(posted(request)).text
    assert shown in render(decision_card(TooLate(request))).text
    for audience in (Audience.THREAD, Audience.PERSON):
        message = render(notification_card(notified(harness, audience), request)).text
        assert f"@{BILLING.user_id}, for @{ADMIN.user_id}" in message
    entry = decided(harness)
    assert IDS.items() <= entry.target.items()
    assert (BILLING, f"u-{BILLING.user_id}") == (entry.actor, entry.cloudinary_id)


async def test_a_withdrawal_names_the_principal_too(harness: Harness) -> None:
    """And has no comment of the vote that is gone"""
    request = await opened(harness, DELETE)
    for verb in ("approve", "withdraw"):
        await harness.run(BILLING, f"{verb} {request.id}")
    last = notified(harness, Audience.THREAD)
    assert (BILLING.user_id, ADMIN.user_id, "") == (last.by, last.on_behalf_of, last.text)
    assert IDS.items() <= decided(harness).target.items()


async def test_a_review_names_the_principal_too(harness: Harness) -> None:
    """To the security channel"""
    emergency = f"{WISH_IN_PRODUCTION} --emergency"
    request = await opened(harness, emergency)
    await carried_out(harness, request)
    await harness.run(BILLING, f"review {request.id} --comment fine")
    request = await kept(harness, request)
    assert "Billing, for Admin reviewed it" in render(posted(request)).text
    told = render(notification_card(notified(harness, Audience.SECURITY), request)).text
    assert f"@{BILLING.user_id}, for @{ADMIN.user_id} reviewed" in told
    assert IDS.items() <= decided(harness).target.items()


async def test_a_vote_in_ones_own_name_names_no_other(harness: Harness) -> None:
    """Although the voter is a delegate too"""
    await appoint(harness, BILLING, ADMIN)
    request = await asked(harness, DELETE, TECH)
    await harness.run(ADMIN, f"approve {request.id}")
    assert ", for" not in render(posted(await kept(harness, request))).text.partition("Admin")[2]
    assert not notified(harness, Audience.THREAD).on_behalf_of
    assert decided(harness).target.keys().isdisjoint(IDS)


async def test_a_vote_of_the_former_version_shows_the_cloudinary_user(harness: Harness) -> None:
    """It has neither the name nor the Slack user"""
    request = await opened(harness, DELETE)
    await harness.run(BILLING, f"approve {request.id}")
    request = await kept(harness, request)
    written = VOTE.write(request.votes[0])
    del written["principal"], written["principal_name"]
    former = replace(request, votes=(VOTE.read(written),))
    assert f"Approved by Billing, for u-{ADMIN.user_id}" in render(posted(former)).text


async def test_only_a_changed_vote_is_on_the_record(harness: Harness) -> None:
    """A later event of the same person is not the principal's"""
    request = await opened(harness, DELETE)
    await harness.run(BILLING, f"approve {request.id}")
    after = await kept(harness, request)
    assert changed_vote(request, after, BILLING)
    assert changed_vote(after, replace(after, noticed=1), BILLING) is None
    assert changed_vote(request, after, ADMIN) is None
