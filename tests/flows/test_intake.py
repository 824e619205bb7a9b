from dataclasses import replace

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.commands.fields import MAX_PROSE
from bot.domain.commands.grammar import (
    MAX_TEXT,
    TOO_LONG,
    Incomplete,
    Misunderstood,
    read,
    write,
)
from bot.domain.outcomes.access import Denied, Explained, Unknown
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.keys import KeyChanged, KeyCreated
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role, TurnedAway
from bot.errors import StoreError
from bot.flows.intake import Accepted, Repeated
from tests.flows.harness import BILLING, GUEST, NEWCOMER, TECH, Harness


async def test_a_command_is_kept_before_any_service_is_called(harness: Harness) -> None:
    """In the audit log and in the queue, before any call of Slack or Cloudinary"""
    assert Accepted() == await harness.flows.intake.accept(
        harness.asked(TECH, "key disable ci-bot")
    )
    assert ["c0"] == harness.jobs.queue
    (entry,) = harness.jobs.entries
    assert (AuditEvent.ASKED, "key:disable", TECH, "c0") == (
        entry.event,
        entry.action,
        entry.actor,
        entry.job,
    )
    assert not harness.directory.calls
    assert not harness.account.calls


async def test_what_is_kept_is_what_is_carried_out(harness: Harness) -> None:
    """The job has the reply address and the page"""
    asked = replace(harness.asked(TECH, "key disable ci-bot"), page=2)
    await harness.flows.intake.accept(asked)
    job = await harness.jobs.load("c0")
    assert job
    assert (asked.reply, 2) == (job.reply, job.page)
    assert read("key disable ci-bot") == read(job.text)
    assert isinstance(await harness.flows.dispatcher.run(job), KeyChanged)


REASON = '"' * MAX_PROSE
"""Typed in single quotes; every character becomes two in the canonical text."""


async def carried_on(harness: Harness, by: Actor, text: str, *, canonical: bool = False) -> Outcome:
    """Accept a text, and run the stored job."""
    asked = replace(harness.asked(by, text, text), canonical=canonical)
    assert Accepted() == await harness.flows.intake.accept(asked)
    job = await harness.jobs.load(harness.jobs.queue[-1])
    assert job
    return await harness.flows.dispatcher.run(job)


async def test_a_text_that_grows_when_it_is_written_is_carried_out(harness: Harness) -> None:
    """When requested, when voted on and when executed"""
    wish = f"request shop-dev deploy --expires 7d --reason '{REASON}'"
    outcome = await carried_on(harness, NEWCOMER, wish)
    assert isinstance(outcome, Requested)
    assert outcome.request.terms.reason == REASON
    assert len(outcome.request.terms.command) > MAX_TEXT
    approve = f"approve {outcome.request.id} --comment '{REASON}'"
    assert isinstance(await carried_on(harness, TECH, approve), Voted)
    execution = await harness.jobs.load(outcome.request.id)
    assert execution
    assert isinstance(await harness.flows.dispatcher.run(execution), KeyCreated)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"explain request shop-dev deploy --reason '{REASON}'", Explained),
        (f"request --reason '{REASON}'", Incomplete),
        (f"key disable ci-bot --reason '{REASON}'", KeyChanged),
    ],
)
async def test_no_command_is_refused_for_its_canonical_text(
    text: str, kind: type[Outcome], harness: Harness
) -> None:
    """Explained, incomplete, about a key"""
    assert isinstance(await carried_on(harness, TECH, text), kind)


async def test_what_keysmith_wrote_has_no_limit(harness: Harness) -> None:
    """The text of an offer or a submitted form is canonical"""
    text = write(read(f"key disable ci-bot --env shop-dev --reason '{REASON}'"))
    assert len(text) > MAX_TEXT
    assert isinstance(await carried_on(harness, TECH, text, canonical=True), KeyChanged)
    typed = await harness.flows.intake.accept(harness.asked(TECH, text, "d2"))
    assert Misunderstood(TOO_LONG) == typed


@pytest.mark.parametrize("text", ["key disable ci-bot", "kye"])
async def test_one_delivery_is_taken_once(text: str, harness: Harness) -> None:
    """Slack delivers again if the ack is lost"""
    first = await harness.flows.intake.accept(harness.asked(TECH, text))
    assert not isinstance(first, Repeated)
    assert Repeated() == await harness.flows.intake.accept(harness.asked(TECH, text))
    assert len(harness.jobs.entries) == 1
    assert not isinstance(
        await harness.flows.intake.accept(harness.asked(TECH, text, "d2")), Repeated
    )


async def test_a_text_that_is_no_command_is_answered_at_once(harness: Harness) -> None:
    """Nothing is queued, and the audit log has nothing of the typed text"""
    answer = await harness.flows.intake.accept(harness.asked(TECH, "kye zq9"))
    assert isinstance(answer, Misunderstood)
    (entry,) = harness.jobs.entries
    assert ("answered", "misunderstood", "misunderstood") == (
        entry.event,
        entry.action,
        entry.detail,
    )
    assert not harness.jobs.queue


async def test_who_was_refused_within_the_minute_is_refused_at_once(harness: Harness) -> None:
    """A person without a Cloudinary user, and one without the role"""
    refused = {NEWCOMER: Unknown, BILLING: Denied}
    for delivery, (actor, kind) in enumerate(refused.items()):
        await harness.flows.people.identify(actor, fresh=True)
        asked = harness.asked(actor, "key enable ci-bot", f"d{delivery}")
        assert isinstance(await harness.flows.intake.accept(asked), kind)
    assert ["refused"] * 2 == [event for event, _ in harness.told()]
    assert not harness.jobs.queue


async def test_a_person_who_was_turned_away_is_read_again(harness: Harness) -> None:
    """A person whose access is restored does not have to wait"""
    await harness.flows.people.identify(GUEST, fresh=True)
    assert harness.flows.people.remembered(GUEST) is None
    assert Accepted() == await harness.flows.intake.accept(
        harness.asked(GUEST, "key disable ci-bot")
    )
    job = await harness.jobs.load("c0")
    assert job
    assert isinstance(await harness.flows.dispatcher.run(job), TurnedAway)


async def test_a_person_who_was_refused_longer_ago_is_read_again(harness: Harness) -> None:
    """They may have the role by now"""
    await harness.flows.people.identify(BILLING, fresh=True)
    harness.add_member(BILLING, Role.ADMIN)
    harness.clock.go_on(seconds=61)
    assert Accepted() == await harness.flows.intake.accept(
        harness.asked(BILLING, "key disable ci-bot")
    )


async def test_who_may_is_never_answered_from_memory(harness: Harness) -> None:
    """A command that would be allowed is stored, and decided again when it runs"""
    await harness.flows.people.identify(TECH, fresh=True)
    harness.add_member(TECH, Role.BILLING)
    assert Accepted() == await harness.flows.intake.accept(
        harness.asked(TECH, "key disable ci-bot")
    )
    job = await harness.jobs.load("c0")
    assert job
    assert isinstance(await harness.flows.dispatcher.run(job), Denied)


@pytest.mark.parametrize("text", ["key disable ci-bot", "kye"])
async def test_what_cannot_be_kept_is_not_promised(text: str, harness: Harness) -> None:
    """Not even an answer that needs no job"""
    harness.jobs.away = True
    with pytest.raises(StoreError):
        await harness.flows.intake.accept(harness.asked(TECH, text))


async def test_a_pasted_secret_is_kept_nowhere(harness: Harness) -> None:
    """Neither in the audit log nor in the job"""
    secret = "cloudinary://814:s3cr3t@lumen"
    await harness.flows.intake.accept(harness.asked(TECH, f"key show {secret}"))
    assert secret not in repr(vars(harness.jobs))
    assert secret not in repr(harness.asked(TECH, secret))
