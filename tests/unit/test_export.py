import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import AuditEvent, Broken, ChainKey, Entry, Head, Intact, Record, chain
from bot.domain.export import closing_line, record_line, verify_lines
from bot.domain.people import Actor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ChainKey(b"k" * 32)
NEWER = ChainKey(b"n" * 32)
ENTRY = Entry(AT, AuditEvent.DONE, "key:disable", Actor("T1", "U1"), "c1", {"key": "814"}, "rule-1")


def exported(*entries: Entry, key: ChainKey = KEY) -> tuple[list[str], Head]:
    """The lines of an export, and where the chain ends."""
    head, records = Head(), list[Record]()
    for entry in entries:
        records.append(chain(head.seq + 1, head.mac, entry.body(), key))
        head = Head(records[-1].seq, records[-1].mac)
    return [*map(record_line, records), closing_line(head, AT.isoformat(), key)], head


LINES, HEAD = exported(ENTRY, replace(ENTRY, job="c2"), replace(ENTRY, job="c3"))


def test_an_export_proves_itself() -> None:
    """From its lines and the keys alone; blank lines are passed over"""
    assert Intact(HEAD) == verify_lines(LINES, [KEY])
    assert Intact(HEAD) == verify_lines([f"{line}\n\n" for line in LINES], [NEWER, KEY])


def test_an_empty_record_can_be_exported() -> None:
    """Its closing line says that there was nothing"""
    assert Intact(Head()) == verify_lines(exported()[0], [KEY])


def test_an_export_is_read_by_other_programs() -> None:
    """An entry is written out, not packed into a string"""
    assert json.loads(LINES[0])["entry"]["target"] == {"key": "814"}


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (LINES[1:], 1),
        ([LINES[0], *LINES[2:]], 2),
        ([LINES[1], LINES[0], *LINES[2:]], 1),
        ([LINES[0], LINES[0], *LINES[1:]], 2),
        (LINES[:-1], 4),
        ([*LINES[:-2], LINES[-1]], 3),
        ([*LINES, LINES[0]], 4),
        ([], 1),
        (["[", *LINES], 1),
        (["[" * 100_000, *LINES], 1),
        (["5", *LINES], 1),
        (['"export"', *LINES], 1),
        (["null", *LINES], 1),
    ],
)
def test_a_line_too_few_or_too_many_shows(lines: list[str], place: int) -> None:
    """And so does one that is no line of an export"""
    verdict = verify_lines(lines, [KEY])
    assert isinstance(verdict, Broken)
    assert place == verdict.seq


def test_an_older_export_does_not_pass_for_a_newer_one() -> None:
    """Its closing line holds for its own end alone"""
    shorter, _ = exported(ENTRY)
    assert isinstance(verify_lines([*LINES[:-1], shorter[-1]], [KEY]), Broken)


def test_an_export_is_not_proven_under_foreign_keys() -> None:
    """Whoever holds other keys proves nothing"""
    assert isinstance(verify_lines(LINES, [NEWER]), Broken)


@given(st.integers(0, len(LINES) - 1), st.data())
def test_no_change_of_any_value_in_an_export_goes_unseen(at: int, data: st.DataObject) -> None:
    """Whichever line, whichever value in it, of whatever type"""
    document = json.loads(LINES[at])
    inner = document.get("export") or data.draw(st.sampled_from([document, document["entry"]]))
    name = data.draw(st.sampled_from(sorted(inner)))
    was = inner[name]
    inner[name] = data.draw(st.text() | st.integers() | st.none() | st.lists(st.text()))
    if inner[name] != was:
        lines = [*LINES[:at], json.dumps(document), *LINES[at + 1 :]]
        assert isinstance(verify_lines(lines, [KEY]), Broken)


@pytest.mark.parametrize(
    ("genuine", "forged"),
    [
        ('"seq": 1', '"seq": "1"'),
        ('"seq": 1', '"seq": 9, "seq": 1'),
        ('"seq": 1', '"note": "x", "seq": 1'),
        ('"814"', '"815", "key": "814"'),
    ],
)
def test_a_line_that_others_might_read_otherwise_shows(genuine: str, forged: str) -> None:
    """A name that stands twice, one that we do not write: to us the same, to others not"""
    line = LINES[0].replace(genuine, forged)
    assert line != LINES[0]
    assert Broken(1, "the line is not as it was exported") == verify_lines([line], [KEY])


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_entry_survives_its_export(action: str, detail: str, target: dict[str, str]) -> None:
    """Whatever a key was called"""
    lines, head = exported(replace(ENTRY, action=action, detail=detail, target=target))
    assert Intact(head) == verify_lines(lines, [KEY])
