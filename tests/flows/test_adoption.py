"""Many keys of before get an owner: a list to confirm, then each key by its own `key owner`."""

import pytest

from bot.cards.kit import offering, plain
from bot.cards.outcomes import card_of
from bot.domain.adoptions import waiting
from bot.domain.bulk import Bulk, OutReason
from bot.domain.commands.completing import completing
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.key_records import OwnerAssigned
from bot.domain.outcomes.keys import NoSuchKey, WhichKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role
from bot.domain.phrases import worded
from bot.errors import Unavailable
from handlers.key_messages import KeyMessages
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.offers import FakeOffers
from tests.flows.failing_fakes import Crash, Failing, FailurePoint
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    GUEST,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import carried_out, give_role, leave


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


def adopt(keys: str, to: Actor = BILLING, env: str = "shop-dev", more: str = "") -> str:
    """A command that gives keys an owner."""
    return f'key adopt "{keys}" --owner @{to.user_id} --env {env}{more}'


def listed(outcome: Outcome) -> Bulk:
    """The list that a person is to confirm."""
    assert isinstance(outcome, BulkPreviewed), outcome
    return outcome.bulk


async def confirmed(harness: Harness, bulk: Bulk, actor: Actor = TECH) -> Bulk:
    """Confirm the list, or resume it."""
    outcome = await harness.run(actor, f"key adopt --resume {bulk.id}")
    assert isinstance(outcome, BulkReported), outcome
    return outcome.bulk


async def owner_of(harness: Harness, name: str) -> Actor | None:
    """Whose key of DEV it is."""
    own = await harness.pending.owner_of((await harness.key(DEV, name)).api_key)
    return own.owner if own else None


async def test_keys_get_an_owner_and_a_note_once_the_list_is_confirmed(harness: Harness) -> None:
    """Nothing changes before; the owner is told once, of both keys"""
    bulk = listed(await harness.run(TECH, adopt("ci-bot, uploader", more=" --note builds")))
    card = card_of(BulkPreviewed(bulk))
    assert "of 2 keys? Nothing changed yet." in plain(card)
    assert "The note of each key: builds" in plain(card)
    assert [f"key adopt --resume {bulk.id}"] == [each.command for each in offering([card])]
    assert await owner_of(harness, "ci-bot") is None
    bulk = await confirmed(harness, bulk)
    assert "of 2 of 2 keys." in plain(card_of(BulkReported(bulk)))
    for name in ("ci-bot", "uploader"):
        assert BILLING == await owner_of(harness, name)
        record = await harness.records.find((await harness.key(DEV, name)).api_key)
        assert record
        assert ("builds", {"owner", "note"}) == (
            record.purpose,
            {line.what for line in record.history},
        )
    assert [] == harness.records.told
    (told,) = harness.bulks.also
    assert (BILLING.user_id, TECH.user_id) == (told.to, told.by)
    messages = KeyMessages(harness.records, harness.pending, FakeOffers(), lambda _: ENGLISH)
    drawn = await messages.draw(told)
    assert drawn
    assert "made you the owner of 2 keys." in drawn.text
    assert "/cld key list --mine" in drawn.text
    assert bulk.complete


async def test_a_key_is_ones_own_without_an_owner(harness: Harness) -> None:
    """And an API key is a name, too"""
    key = await harness.key(DEV, "ci-bot")
    bulk = listed(await harness.run(TECH, f"key adopt key:{key.api_key}"))
    await confirmed(harness, bulk)
    assert TECH == await owner_of(harness, "ci-bot")
    assert not harness.bulks.also


async def test_what_can_get_no_owner_this_way_is_left_out(harness: Harness) -> None:
    """A root key, one that has an owner, and one that waits to be collected, each with why"""
    await harness.run(TECH, f"key owner uploader @{COLLEAGUE.user_id}")
    await harness.run(TECH, "key create fresh --env shop-dev")
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    bulk = listed(await harness.run(TECH, adopt(f"ci-bot,uploader,{root.api_key},fresh")))
    assert ["ci-bot"] == [part.name for part in bulk.parts]
    reasons = [each.reason for each in bulk.left_out]
    assert [OutReason.OWNED, OutReason.ROOT, OutReason.OWNED] == reasons
    none = listed(await harness.run(TECH, adopt("uploader")))
    assert "None of these keys" in plain(card_of(BulkPreviewed(none)))
    assert isinstance(await harness.run(TECH, f"key adopt --resume {none.id}"), NoSuchBulk)


async def test_a_key_whose_owner_has_left_gets_another(harness: Harness) -> None:
    """The key is an orphan by the same rule as in the list of keys"""
    bulk = listed(await harness.run(TECH, adopt("ci-bot", COLLEAGUE)))
    await confirmed(harness, bulk)
    await leave(harness, COLLEAGUE)
    harness.clock.go_on(days=2)
    bulk = listed(await harness.run(TECH, adopt("ci-bot", BILLING)))
    assert [str(COLLEAGUE)] == [part.seen for part in bulk.parts]
    await confirmed(harness, bulk)
    assert BILLING == await owner_of(harness, "ci-bot")


async def test_names_that_are_unclear_or_unknown_change_nothing(harness: Harness) -> None:
    """An ambiguous one is asked about, with the others kept"""
    harness.account.add_key(DEV.id, "twin")
    harness.account.add_key(PROD.id, "twin")
    asked = await harness.run(TECH, f"key adopt ci-bot,twin --owner @{BILLING.user_id}")
    assert isinstance(asked, WhichKey), asked
    assert 2 == len(asked.choices)
    texts = [each.command for each in offering([card_of(asked)])]
    listed(await harness.run(TECH, texts[0]))
    unknown = await harness.run(TECH, adopt("ci-bot,ci-bta"))
    assert isinstance(unknown, NoSuchKey)
    assert isinstance(await harness.run(TECH, adopt("ci-bot", GUEST)), NotAskable)


async def test_in_production_each_key_waits_for_its_approval(harness: Harness) -> None:
    """The same request as by `key owner`; running it again opens no second one"""
    bulk = listed(await harness.run(TECH, adopt("shop-web", COLLEAGUE, "shop")))
    bulk = await confirmed(harness, bulk)
    assert 1 == len(waiting(bulk))
    assert "1 key waits for an approval." in plain(card_of(BulkReported(bulk)))
    (request,) = await harness.requests.opened_by(TECH, 10)
    again = listed(await harness.run(TECH, adopt("shop-web", COLLEAGUE, "shop")))
    again = await confirmed(harness, again)
    assert 1 == len(waiting(again))
    assert 1 == len(await harness.requests.opened_by(TECH, 10))
    assert isinstance(await harness.run(ADMIN, f"approve {request.id}"), Voted)
    assert not harness.bulks.also
    assert isinstance(await carried_out(harness, request), OwnerAssigned)
    assert COLLEAGUE.user_id in {told.to for told in harness.records.told}


async def test_an_owner_who_was_chosen_meanwhile_stays(harness: Harness) -> None:
    """The others of the list get theirs"""
    bulk = listed(await harness.run(TECH, adopt("ci-bot,uploader")))
    await harness.run(ADMIN, f"key owner ci-bot @{COLLEAGUE.user_id}")
    bulk = await confirmed(harness, bulk)
    assert (COLLEAGUE, BILLING) == (
        await owner_of(harness, "ci-bot"),
        await owner_of(harness, "uploader"),
    )
    assert "ci-bot in Shop dev got another owner" in plain(card_of(BulkReported(bulk)))


async def test_only_who_was_shown_a_list_runs_it_and_only_by_their_right(harness: Harness) -> None:
    """The right is read again for each key; a list of another command is none"""
    bulk = listed(await harness.run(TECH, adopt("ci-bot")))
    for text in (f"key adopt --resume {bulk.id}", f"key disable --resume {bulk.id}"):
        assert isinstance(await harness.run(ADMIN, text), NoSuchBulk)
    assert isinstance(await harness.run(TECH, f"key disable --resume {bulk.id}"), NoSuchBulk)
    give_role(harness, TECH, Role.BILLING)
    assert isinstance(await harness.run(TECH, f"key adopt --resume {bulk.id}"), Denied)
    assert await owner_of(harness, "ci-bot") is None
    assert isinstance(await harness.run(BILLING, adopt("ci-bot")), Denied)


class FailingRecords(Failing, FakeKeyRecords):
    """Records behind a failure point."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_list_goes_on_after_a_crash(harness: Harness, *, after: bool) -> None:
    """Each key gets its owner once, and each person is told once"""
    records = FailingRecords()
    harness.jobs.records = records
    harness.rebuild()
    bulk = listed(await harness.run(TECH, adopt("ci-bot,uploader")))
    records.failure_point = FailurePoint(at=1, after=after, method="replace")
    job = await harness.job(TECH, f"key adopt --resume {bulk.id}")
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    records.failure_point = None
    harness.clock.go_on(minutes=1)
    outcome = await harness.again(job.id)
    assert isinstance(outcome, BulkReported)
    assert outcome.bulk.complete
    assert [] == records.told
    assert ["many 2"] == [told.text for told in harness.bulks.also]
    assert BILLING == await owner_of(harness, "uploader")


async def test_a_resumed_list_tells_of_the_keys_that_it_adds(harness: Harness) -> None:
    """A run that halts tells of those before it; one that adds none tells nothing"""
    records = FailingRecords()
    harness.jobs.records = records
    harness.rebuild()
    bulk = listed(await harness.run(TECH, adopt("ci-bot,uploader")))
    away = Unavailable("503", maybe_done=False)
    for at, told in ((2, ["many 1"]), (1, ["many 1"]), (0, ["many 1", "many 1"])):
        records.failure_point = FailurePoint(at=at, method="replace", error=away)
        bulk = await confirmed(harness, bulk)
        assert told == [each.text for each in harness.bulks.also]
    assert bulk.complete


async def test_the_menu_offers_keys_without_an_owner(harness: Harness) -> None:
    """In the chosen environment; root keys have none, and what has one is not offered"""
    await harness.run(TECH, f"key owner uploader @{COLLEAGUE.user_id}")
    form = completing("key adopt --env shop-dev")
    assert form
    field = form.spec.fields["keys"]
    found = await harness.flows.forms.choices.choices(TECH, form, field, "", ENGLISH)
    labels = [worded(each.label, ENGLISH) for each in found.choices]
    assert any("ci-bot" in label for label in labels)
    assert not [label for label in labels if "uploader" in label or "Shop dev" not in label]
    none = await harness.flows.forms.choices.choices(BILLING, form, field, "", ENGLISH)
    assert () == none.choices
