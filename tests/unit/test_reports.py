"""The numbers of a report, and its spreadsheet."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.environments import Environment, Tier
from bot.domain.key_records import KeyRecord
from bot.domain.key_roles import KeyRole
from bot.domain.keys import Key, Located
from bot.domain.people import Actor
from bot.domain.reports import (
    FORMULA,
    LARGEST,
    Age,
    Concern,
    ReportedKey,
    age_of,
    as_csv,
    figure_rows,
    figures,
    key_rows,
    reported,
    safe,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANN = Actor("T1", "U0ANN")
KEY = Key("814", "ci-bot", enabled=True, root=False, created_at=NOW - 40 * DAY, updated_at=NOW)
HERE = Located(KEY, Environment("e1", "Shop dev", "shop-dev"))
RECORD = KeyRecord("814", "e1", "ci-bot", enabled=True, first_seen_at=NOW, seen_at=NOW)


def one(record: KeyRecord | None = RECORD, owner: Actor | None = ANN, **more: bool) -> ReportedKey:
    """Judge the key."""
    return reported(HERE, record, owner, NOW, **more)


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, Age.MONTH), (29, Age.MONTH), (30, Age.QUARTER), (90, Age.HALF), (365, Age.OLDER)],
)
def test_ages(days: int, age: Age) -> None:
    """Each key has one"""
    assert age_of(NOW - days * DAY, NOW) is age
    assert age_of(None, NOW) is Age.UNKNOWN


def test_what_needs_a_look() -> None:
    """Its end, its owner, whether it was collected; a root key is no one's, rightly"""
    assert one().concerns == ()
    assert one(None).concerns == ()
    assert one(owner=None).concerns == (Concern.ORPHANED,)
    assert one(left=True).concerns == (Concern.ORPHANED,)
    assert one(replace(RECORD, claimed=False)).concerns == (Concern.UNCLAIMED,)
    assert one(replace(RECORD, expires_at=NOW + 14 * DAY)).concerns == (Concern.EXPIRING,)
    assert one(replace(RECORD, expires_at=NOW + 15 * DAY)).concerns == ()
    assert one(replace(RECORD, expires_at=NOW)).concerns == (Concern.EXPIRED,)
    root = replace(HERE, key=replace(KEY, root=True))
    assert reported(root, None, None, NOW).concerns == ()


def test_the_numbers_add_up() -> None:
    """Each key counts once by age, tier and owner; the smallest owners together"""
    role = KeyRole("r1", "Uploader")
    held = replace(one(), here=replace(HERE, roles=(role,)))
    people = [replace(one(), owner=f"U0{number}") for number in range(LARGEST + 3)]
    found = figures([*people, held, held, one(owner=None)])
    keys = LARGEST + 6
    for counts in (found.ages, found.tiers):
        assert sum(count for _, count in counts) == keys == found.keys
    assert dict(found.tiers)[Tier.DEVELOPMENT] == keys
    assert found.owners[0] == ("U0ANN", 2)
    assert found.owners[-1] == ("", 4)
    assert sum(count for _, count in found.owners) + found.unowned == keys
    assert found.roles == (("Uploader", 2),)
    assert figures([one()]).roles is None
    assert figures([]).keys == 0


@pytest.mark.parametrize("first", FORMULA)
def test_no_name_becomes_a_formula(first: str) -> None:
    """Whatever a person named a key, an environment or themselves"""
    name = f"{first}HYPERLINK(1)"
    here = Located(replace(KEY, name=name), Environment("e1", f" {name}", "x"))
    rows = key_rows([replace(one(), here=here)], {ANN.user_id: name})
    read = list(csv.reader(io.StringIO(as_csv(rows), newline="")))
    assert not [cell for row in read for cell in row if cell.lstrip(" ").startswith(FORMULA)]
    assert read[1][2] == f"'{name}"


def test_the_spreadsheet_is_read_as_it_was_written() -> None:
    """Commas, quotes and lines are inside their cells"""
    name = 'a, "b"\nc'
    here = Located(replace(KEY, name=name), HERE.environment)
    read = list(
        csv.reader(io.StringIO(as_csv(key_rows([replace(one(), here=here)], {})), newline=""))
    )
    assert dict(zip(*read, strict=True))["key"] == name
    assert dict(zip(*read, strict=True))["api_key"] == "814"
    assert safe("ci-bot") == "ci-bot"


def test_the_numbers_alone_name_no_key_and_no_person() -> None:
    """For a channel"""
    text = as_csv(figure_rows(figures([one()])))
    assert "ci-bot" not in text
    assert "U0ANN" not in text
    assert "owner,with,1" in text
