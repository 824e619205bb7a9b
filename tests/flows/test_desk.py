from dataclasses import replace

import pytest

from bot.domain.audit import Deed
from bot.domain.commands.fields import MAX_PROSE
from bot.domain.commands.grammar import (
    MAX_TEXT,
    Incomplete,
    Misunderstood,
    Planned,
    read,
    write,
)
from bot.domain.decided import Requested, Voted
from bot.domain.outcomes import (
    Denied,
    Explained,
    KeyChanged,
    MadeToClaim,
    Outcome,
    Unknown,
)
from bot.domain.people import Actor, Role, TurnedAway
from bot.errors import StoreError
from bot.flows.intake import Accepted, Repeated
from tests.flows.office import BILLING, GUEST, NEWCOMER, TECH, Office


async def test_a_command_is_kept_before_anybody_is_asked_anything(office: Office) -> None:
    """On the record and in the queue, with neither Slack nor Cloudinary having been called"""
    assert Accepted() == await office.flows.desk.ask(office.asked(TECH, "key disable ci-bot"))
    assert ["c0"] == office.errands.queue
    (entry,) = office.errands.entries
    assert (Deed.ASKED, "key:disable", TECH, "c0") == (
        entry.deed,
        entry.action,
        entry.actor,
        entry.errand,
    )
    assert not office.directory.calls
    assert not office.account.calls


async def test_what_is_kept_is_what_is_carried_out(office: Office) -> None:
    """Where the answer goes and which page is wanted are kept with it"""
    asked = replace(office.asked(TECH, "key disable ci-bot"), page=2)
    await office.flows.desk.ask(asked)
    errand = await office.errands.load("c0")
    assert errand
    assert (asked.reply, 2) == (errand.reply, errand.page)
    assert read("key disable ci-bot") == read(errand.text)
    assert isinstance(await office.flows.dispatcher.run(errand), KeyChanged)


REASON = '"' * MAX_PROSE
"""Typed in single quotes; every character becomes two when it is written."""


async def carried_on(office: Office, by: Actor, text: str, *, canonical: bool = False) -> Outcome:
    """Take a text in, and carry out what was kept of it."""
    asked = replace(office.asked(by, text, text), canonical=canonical)
    assert Accepted() == await office.flows.desk.ask(asked)
    errand = await office.errands.load(office.errands.queue[-1])
    assert errand
    return await office.flows.dispatcher.run(errand)


async def test_a_text_that_grows_when_it_is_written_is_carried_out(office: Office) -> None:
    """As it was asked for, voted on, and done"""
    wish = f"request shop-dev deploy --expires 7d --reason '{REASON}'"
    outcome = await carried_on(office, NEWCOMER, wish)
    assert isinstance(outcome, Requested)
    assert outcome.request.terms.reason == REASON
    assert len(outcome.request.terms.command) > MAX_TEXT
    approve = f"approve {outcome.request.id} --comment '{REASON}'"
    assert isinstance(await carried_on(office, TECH, approve), Voted)
    execution = await office.errands.load(outcome.request.id)
    assert execution
    assert isinstance(await office.flows.dispatcher.run(execution), MadeToClaim)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"explain request shop-dev deploy --reason '{REASON}'", Explained),
        (f"request --reason '{REASON}'", Incomplete),
        (f"key disable ci-bot --reason '{REASON}'", KeyChanged),
    ],
)
async def test_no_command_is_refused_for_its_canonical_text(
    text: str, kind: type[Outcome], office: Office
) -> None:
    """Explained, unfinished, about a key"""
    assert isinstance(await carried_on(office, TECH, text), kind)


async def test_what_keysmith_wrote_has_no_limit(office: Office) -> None:
    """A button's offer and a form that was filled in are canonical already"""
    text = write(read(f"key disable ci-bot --env shop-dev --reason '{REASON}'"))
    assert len(text) > MAX_TEXT
    assert isinstance(await carried_on(office, TECH, text, canonical=True), KeyChanged)
    typed = await office.flows.desk.ask(office.asked(TECH, text, "d2"))
    assert Misunderstood(f"That is longer than {MAX_TEXT} characters.") == typed


@pytest.mark.parametrize("text", ["key disable ci-bot", "kye", "key rotate ci-bot"])
async def test_one_delivery_is_taken_once(text: str, office: Office) -> None:
    """Slack delivers again when it did not hear the ack"""
    first = await office.flows.desk.ask(office.asked(TECH, text))
    assert not isinstance(first, Repeated)
    assert Repeated() == await office.flows.desk.ask(office.asked(TECH, text))
    assert len(office.errands.entries) == 1
    assert not isinstance(await office.flows.desk.ask(office.asked(TECH, text, "d2")), Repeated)


async def test_a_text_that_is_no_command_is_answered_at_once(office: Office) -> None:
    """Nothing is queued, and nothing of what was typed is on the record"""
    answer = await office.flows.desk.ask(office.asked(TECH, "kye zq9"))
    assert isinstance(answer, Misunderstood)
    (entry,) = office.errands.entries
    assert ("answered", "misunderstood", "misunderstood") == (
        entry.deed,
        entry.action,
        entry.detail,
    )
    assert not office.errands.queue


async def test_a_planned_command_is_answered_at_once(office: Office) -> None:
    """By its name"""
    answer = await office.flows.desk.ask(office.asked(TECH, "key rotate ci-bot"))
    assert Planned("key rotate") == answer
    assert not office.errands.queue


async def test_who_was_refused_within_the_minute_is_refused_at_once(office: Office) -> None:
    """Somebody unknown to Cloudinary, somebody without the role"""
    refused = {NEWCOMER: Unknown, BILLING: Denied}
    for delivery, (actor, kind) in enumerate(refused.items()):
        await office.flows.people.identify(actor, fresh=True)
        asked = office.asked(actor, "key disable ci-bot", f"d{delivery}")
        assert isinstance(await office.flows.desk.ask(asked), kind)
    assert ["refused"] * 2 == [deed for deed, _ in office.told()]
    assert not office.errands.queue


async def test_who_was_turned_away_is_looked_at_anew(office: Office) -> None:
    """Whoever is let in again need not wait"""
    await office.flows.people.identify(GUEST, fresh=True)
    assert office.flows.people.remembered(GUEST) is None
    assert Accepted() == await office.flows.desk.ask(office.asked(GUEST, "key disable ci-bot"))
    errand = await office.errands.load("c0")
    assert errand
    assert isinstance(await office.flows.dispatcher.run(errand), TurnedAway)


async def test_who_was_refused_longer_ago_is_looked_at_anew(office: Office) -> None:
    """They may have got the role since"""
    await office.flows.people.identify(BILLING, fresh=True)
    office.add_member(BILLING, Role.ADMIN)
    office.clock.go_on(seconds=61)
    assert Accepted() == await office.flows.desk.ask(office.asked(BILLING, "key disable ci-bot"))


async def test_who_may_is_never_answered_from_memory(office: Office) -> None:
    """What would be allowed is kept, and decided anew when it is carried out"""
    await office.flows.people.identify(TECH, fresh=True)
    office.add_member(TECH, Role.BILLING)
    assert Accepted() == await office.flows.desk.ask(office.asked(TECH, "key disable ci-bot"))
    errand = await office.errands.load("c0")
    assert errand
    assert isinstance(await office.flows.dispatcher.run(errand), Denied)


@pytest.mark.parametrize("text", ["key disable ci-bot", "kye"])
async def test_what_cannot_be_kept_is_not_promised(text: str, office: Office) -> None:
    """Not even an answer that needs no errand"""
    office.errands.away = True
    with pytest.raises(StoreError):
        await office.flows.desk.ask(office.asked(TECH, text))


async def test_a_pasted_secret_is_kept_nowhere(office: Office) -> None:
    """Neither in the record nor in the errand"""
    secret = "cloudinary://814:s3cr3t@lumen"
    await office.flows.desk.ask(office.asked(TECH, f"key show {secret}"))
    assert secret not in repr(vars(office.errands))
    assert secret not in repr(office.asked(TECH, secret))
