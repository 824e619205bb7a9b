from dataclasses import replace

import pytest

from bot.domain.audit import Deed
from bot.domain.grammar import Misunderstood, Planned, read
from bot.domain.outcomes import Denied, KeyChanged, Unknown
from bot.domain.people import Role, TurnedAway
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
