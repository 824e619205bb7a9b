import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.checkpoints import CheckpointSigner, CheckpointVerifier
from bot.domain.archives import against
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.export import (
    Export,
    closing_line,
    read_export,
    record_line,
    verify_export,
    verify_older,
    verify_signed,
)
from bot.domain.people import Actor
from bot.domain.verification import (
    WHOLE,
    Archived,
    Broken,
    Empty,
    Intact,
    Retired,
    Rewound,
    Seen,
    Start,
    Verdict,
    digest,
)

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
    closing = closing_line(records, head, AT.isoformat(), key, CheckpointSigner(key.secret))
    return [*map(record_line, records), closing], head


def verified(lines: Iterable[str], keys: Sequence[ChainKey]) -> Verdict:
    """Verify lines with the secret keys."""
    export = read_export(lines)
    verifier = CheckpointVerifier.of_keys([key.secret for key in keys])
    return verify_export(export, keys, verifier) if isinstance(export, Export) else export


def audited(lines: Iterable[str], *public: str) -> Verdict:
    """Verify lines with public keys alone."""
    export = read_export(lines)
    verifier = CheckpointVerifier(public)
    return verify_signed(export, verifier) if isinstance(export, Export) else export


PUBLIC = CheckpointSigner(KEY.secret).public
LINES, HEAD = exported(ENTRY, replace(ENTRY, job="c2"), replace(ENTRY, job="c3"))
FOUND: Final = read_export(LINES)
RECORDS: Final = FOUND.records if isinstance(FOUND, Export) else []


def test_an_export_proves_itself() -> None:
    """From its lines and the keys alone; blank lines are skipped"""
    assert Intact(HEAD) == verified(LINES, [KEY])
    assert Intact(HEAD) == verified([f"{line}\n\n" for line in LINES], [KEY, NEWER])


def test_an_empty_log_can_be_exported() -> None:
    """Its closing line has the empty head, and proves nothing"""
    assert Empty() == verified(exported()[0], [KEY])
    assert Empty() == audited(exported()[0], PUBLIC)


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
    for verdict in (verified(lines, [KEY]), audited(lines, PUBLIC)):
        assert isinstance(verdict, Broken)
    verdict = verified(lines, [KEY])
    assert isinstance(verdict, Broken)
    assert place == verdict.seq


def test_an_older_export_is_no_newer_one() -> None:
    """Its closing line is valid for its own head only"""
    shorter, _ = exported(ENTRY)
    assert isinstance(verified([*LINES[:-1], shorter[-1]], [KEY]), Broken)


def test_an_export_is_not_proven_under_foreign_keys() -> None:
    """Other keys prove nothing"""
    assert isinstance(verified(LINES, [NEWER]), Broken)


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
        assert isinstance(verified(lines, [KEY]), Broken)
        if inner is not document.get("export") or name not in {"key", "mac"}:
            assert isinstance(audited(lines, PUBLIC), Broken)


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
    assert Broken(1, "the line is not as it was exported") == verified([line], [KEY])


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_entry_survives_its_export(action: str, detail: str, target: dict[str, str]) -> None:
    """With any name of a key"""
    lines, head = exported(replace(ENTRY, action=action, detail=detail, target=target))
    assert Intact(head) == verified(lines, [KEY])


def test_an_auditor_verifies_an_export_with_the_public_key_alone() -> None:
    """The checkpoint signs every record and the head"""
    assert Intact(HEAD) == audited(LINES, CheckpointSigner(b"x" * 32).public, PUBLIC)


def test_an_auditor_trusts_no_other_key() -> None:
    """Not even one whose public key the export itself names"""
    assert isinstance(audited(LINES, CheckpointSigner(NEWER.secret).public), Broken)
    assert isinstance(audited(LINES), Broken)


def test_a_checkpoint_is_of_its_own_records() -> None:
    """The closing line of one export closes no other one of the same length"""
    other, _ = exported(ENTRY, replace(ENTRY, job="c2"), replace(ENTRY, job="c4"))
    assert isinstance(audited([*other[:-1], LINES[-1]], PUBLIC), Broken)


def test_an_export_of_a_former_version_is_verified_with_the_keys_alone() -> None:
    """It has no checkpoint, so it proves nothing to an auditor without the keys"""
    closing = json.loads(LINES[-1])["export"]
    for name in ("digest", "public", "signature"):
        del closing[name]
    lines = [*LINES[:-1], json.dumps({"export": closing})]
    assert Intact(HEAD) == verified(lines, [KEY])
    assert isinstance(audited(lines, PUBLIC), Broken)


def test_an_export_under_a_retired_key_is_not_proven() -> None:
    """The holder of that key could write one today"""
    assert Retired(HEAD, KEY.id) == verified(LINES, [NEWER, KEY])


@given(st.binary(min_size=32, max_size=32))
def test_a_public_key_is_no_option_of_a_command_line(key: bytes) -> None:
    """Base64 for URLs may begin with a dash"""
    assert CheckpointSigner(key).public.startswith("ed25519:")


AFTER: Final = Start(Head(2, json.loads(LINES[1])["mac"]), digest(RECORDS[:2]))


def behind(start: Start = AFTER) -> list[str]:
    """The lines of an export whose first two records were archived."""
    closing = closing_line(
        RECORDS[2:], HEAD, AT.isoformat(), KEY, CheckpointSigner(KEY.secret), start
    )
    return [LINES[2], closing]


def test_an_export_of_a_trimmed_log_proves_itself_from_its_start() -> None:
    """With the keys, and with the public key; its digest is the one of the whole log"""
    assert Intact(HEAD, after=2) == verified(behind(), [KEY]) == audited(behind(), PUBLIC)
    digests = [json.loads(lines[-1])["export"]["digest"] for lines in (LINES, behind())]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "start", [WHOLE, replace(AFTER, head=HEAD), Start(Head(2, "0" * 64), AFTER.digest)]
)
def test_an_export_from_another_start_is_found(start: Start) -> None:
    """It lacks entries, or goes on from none of its own"""
    assert isinstance(verified(behind(start), [KEY]), Broken)


@pytest.mark.parametrize("name", ["after", "after_head", "after_digest", "after_key"])
def test_a_start_is_altered_only_with_the_keys(name: str) -> None:
    """The checkpoint signs it, and so does the closing line's MAC"""
    closing = json.loads(behind(replace(AFTER, key_id=KEY.id))[-1])
    closing["export"][name] = 1 if name == "after" else "0" * 64
    lines = [LINES[2], json.dumps(closing)]
    assert isinstance(verified(lines, [KEY]), Broken)
    assert isinstance(audited(lines, PUBLIC), Broken)


def archive(keys: Sequence[ChainKey], after: str) -> Export:
    """Two records under these keys behind a start under that one, closed by the last key."""
    records, last = list[Record](), AFTER.head
    for key in keys:
        records.append(chain(last.seq + 1, last.mac, ENTRY.body(), key))
        last = Head(records[-1].seq, records[-1].mac)
    signer, start = CheckpointSigner(keys[-1].secret), replace(AFTER, key_id=after)
    closing = closing_line(records, last, AT.isoformat(), keys[-1], signer, start)
    found = read_export([*map(record_line, records), closing])
    assert isinstance(found, Export)
    return found


KEYS: Final = [NEWER, KEY]
VERIFIER: Final = CheckpointVerifier.of_keys([key.secret for key in KEYS])


@pytest.mark.parametrize("signers", [*product(KEYS, repeat=1), *product(KEYS, repeat=2)])
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("after", [NEWER.id, KEY.id, "dropped", ""])
def test_no_older_key_signs_behind_a_start(
    signers: tuple[ChainKey, ...],
    after: str,
    told: bool,  # noqa: FBT001
) -> None:
    """Told by the export or, where it is silent, by what came before it; a dropped key is older"""
    export = archive(signers, after if told else "")
    before = replace(AFTER, key_id=after)
    ages = [["", "dropped", KEY.id, NEWER.id].index(each) for each in (after, *map(_id, signers))]
    proven = isinstance(verify_older(export, KEYS, VERIFIER, before), Intact)
    assert proven == (ages == sorted(ages))
    if told:
        proven = isinstance(verify_export(export, KEYS, VERIFIER), Intact | Retired)
        assert proven == (ages == sorted(ages))
        assert proven == isinstance(verify_older(export, KEYS, VERIFIER), Intact)


def _id(key: ChainKey) -> str:
    return key.id


def test_a_start_is_the_same_one_where_its_key_is_not_known() -> None:
    """An export of before does not tell it; another key is another log"""
    known = replace(AFTER, key_id=KEY.id)
    assert known.fits(AFTER)
    assert AFTER.fits(known)
    assert not known.fits(replace(AFTER, key_id=NEWER.id))
    assert not known.fits(replace(known, digest="x"))
    assert not known.fits(replace(known, head=HEAD))
    assert KEY.id == archive([KEY], "").end.key_id


@pytest.mark.parametrize("order", [1, -1])
def test_the_worse_of_two_comparisons_counts(order: int) -> None:
    """A head in an archive, which is not compared, hides none that is missing"""
    heads = [Head(1, json.loads(LINES[0])["mac"]), Head(3, "0" * 64)][::order]
    seen = [Seen(head, AT.isoformat()) for head in heads]
    verdict: Verdict = Intact(HEAD, after=2)
    for each in seen:
        verdict = against(verdict, RECORDS[2:], each, AFTER.head)
    assert isinstance(verdict, Rewound)
    assert Archived(HEAD, seen[::order][0].head, 2) == against(
        Intact(HEAD, after=2), RECORDS[2:], seen[::order][0], AFTER.head
    )
    assert Intact(HEAD, after=2) == against(
        Intact(HEAD, after=2), RECORDS[2:], Seen(AFTER.head, AT.isoformat()), AFTER.head
    )
