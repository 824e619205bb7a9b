"""Tags of keys: added and removed by who may write a note, searched, and counted."""

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.key_records import MOST_TAGS
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.key_records import KeyTagged, RecordUnchanged, TooManyTags
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.reports import key_rows
from tests.flows.harness import ADMIN, BILLING, DEV, TECH, Harness, staffed


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


async def tags(harness: Harness) -> tuple[str, ...]:
    """The tags of a key of DEV."""
    record = await harness.records.find((await harness.key(DEV, "ci-bot")).api_key)
    return record.tags if record else ()


async def test_a_tag_is_added_found_and_removed(harness: Harness) -> None:
    """In lower case, whatever was typed; with its history and its audit entry"""
    assert isinstance(await harness.run(TECH, "key tag ci-bot add Shop"), KeyTagged)
    assert isinstance(await harness.run(TECH, "key tag ci-bot add ci"), KeyTagged)
    assert ("ci", "shop") == await tags(harness)
    assert {"tag": "ci", "change": "add"}.items() <= harness.records.entries[-1].target.items()
    listed = await harness.run(ADMIN, "key list --tag ci")
    assert isinstance(listed, KeysListed)
    assert ["ci-bot"] == [here.key.name for here in listed.keys]
    shown = await harness.run(TECH, "key show ci-bot")
    assert isinstance(shown, KeyShown)
    assert "Tags: ci, shop" in plain(card_of(shown))
    assert "added the tag ci" in plain(card_of(shown))
    assert isinstance(await harness.run(ADMIN, "key tag ci-bot remove ci"), KeyTagged)
    assert ("shop",) == await tags(harness)
    none = await harness.run(TECH, "key list --tag ci")
    assert isinstance(none, KeysListed)
    assert 0 == none.total


async def test_what_is_so_already_and_what_is_too_much_change_nothing(harness: Harness) -> None:
    """A tag that is there, one that is not, and one beyond the most"""
    assert isinstance(await harness.run(TECH, "key tag ci-bot remove ci"), RecordUnchanged)
    for number in range(MOST_TAGS):
        await harness.run(TECH, f"key tag ci-bot add t{number}")
    assert isinstance(await harness.run(TECH, "key tag ci-bot add t0"), RecordUnchanged)
    many = await harness.run(TECH, "key tag ci-bot add more")
    assert isinstance(many, TooManyTags)
    assert "has 10 tags" in plain(card_of(many))
    assert MOST_TAGS == len(await tags(harness))


async def test_it_needs_what_a_note_needs(harness: Harness) -> None:
    """Read when it is typed"""
    assert isinstance(await harness.run(BILLING, "key tag ci-bot add ci"), Denied)
    assert () == await tags(harness)


async def test_a_report_has_the_tags_of_each_key(harness: Harness) -> None:
    """In the last column of its file"""
    await harness.run(TECH, "key tag ci-bot add ci")
    reporter = harness.flows.dispatcher.reports.reporter
    person = (await harness.who(ADMIN)).person
    found = await reporter.read(person, harness.clock.now())
    assert isinstance(found, tuple)
    heads, *rows = key_rows(found[0], {})
    assert "tags" == heads[-1]
    assert ["ci"] == [row[-1] for row in rows if row[2] == "ci-bot" and row[-1]]
