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
    """The lines of an export, and the head of the chain."""
    head, records = Head(), list[Record]()
    for entry in entries:
        records.append(chain(head.seq + 1, head.mac, entry.body(), key))
        head = Head(records[-1].seq, records[-1].mac)
    return [*map(record_line, records), closing_line(head, AT.isoformat(), key)], head


LINES, HEAD = exported(ENTRY, replace(ENTRY, job="c2"), replace(ENTRY, job="c3"))


def test_an_export_proves_itself() -> None:
    """From its lines and the keys alone; blank lines are skipped"""
    assert Intact(HEAD) == verify_lines(LINES, [KEY])
    assert Intact(HEAD) == verify_lines([f"{line}\n\n" for line in LINES], [NEWER, KEY])


def test_an_empty_log_can_be_exported() -> None:
    """Its closing line has the empty head"""
    assert Intact(Head()) == verify_lines(exported()[0], [KEY])


def test_an_export_is_read_by_other_programs() -> None:
    """An entry is JSON, not a string of JSON"""
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
def test_a_missing_or_extra_line_is_found(lines: list[str], place: int) -> None:
    """And so does a line that no export has"""
    verdict = verify_lines(lines, [KEY])
    assert isinstance(verdict, Broken)
    assert place == verdict.seq


def test_an_older_export_is_no_newer_one() -> None:
    """Its closing line is valid for its own head only"""
    shorter, _ = exported(ENTRY)
    assert isinstance(verify_lines([*LINES[:-1], shorter[-1]], [KEY]), Broken)


def test_an_export_is_not_proven_under_foreign_keys() -> None:
    """Other keys prove nothing"""
    assert isinstance(verify_lines(LINES, [NEWER]), Broken)


@given(st.integers(0, len(LINES) - 1), st.data())
def test_any_change_of_a_value_in_an_export_is_found(at: int, data: st.DataObject) -> None:
    """In any line, in any value of any type"""
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
def test_an_ambiguous_line_is_found(genuine: str, forged: str) -> None:
    """Duplicate or unknown names: Keysmith would ignore them, other parsers might not"""
    line = LINES[0].replace(genuine, forged)
    assert line != LINES[0]
    assert Broken(1, "the line is not as it was exported") == verify_lines([line], [KEY])


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_entry_survives_its_export(action: str, detail: str, target: dict[str, str]) -> None:
    """With any name of a key"""
    lines, head = exported(replace(ENTRY, action=action, detail=detail, target=target))
    assert Intact(head) == verify_lines(lines, [KEY])
