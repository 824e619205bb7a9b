from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.people import Actor
from bot.domain.verification import (
    WHOLE,
    Broken,
    Empty,
    Intact,
    OtherKey,
    Retired,
    Rewound,
    continues,
    verify,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ChainKey(b"k" * 32)
NEWER = ChainKey(b"n" * 32)
FOREIGN = ChainKey(b"f" * 32)

Records = list[Record]


def chained(bodies: Sequence[str], *keys: ChainKey) -> tuple[Records, Head]:
    """Chain bodies, each with its key; the last key signs the rest."""
    records: Records = []
    head = Head()
    for at, body in enumerate(bodies):
        records.append(chain(head.seq + 1, head.mac, body, keys[min(at, len(keys) - 1)]))
        head = Head(records[-1].seq, records[-1].mac)
    return records, head


SIGNERS = [keys for n in (1, 2, 3, 4) for keys in product((NEWER, KEY), repeat=n)]


@pytest.mark.parametrize("signers", SIGNERS, ids=lambda keys: "".join(k.id[0] for k in keys))
def test_a_log_is_proven_from_each_start_as_it_is_whole(signers: tuple[ChainKey, ...]) -> None:
    """An older key behind a newer one is refused, wherever the part that is left begins"""
    records, head = chained([str(n) for n in range(len(signers))], *signers)
    whole = verify(records, head, [NEWER, KEY])
    ages = [key is NEWER for key in signers]
    assert isinstance(whole, Broken) == (ages != sorted(ages))
    for at in range(1, len(records)):
        if ages[: at + 1] != sorted(ages[: at + 1]):
            break
        rest = verify(records[at:], head, [NEWER, KEY], WHOLE.after(records[:at]))
        assert rest == (replace(whole, after=at) if isinstance(whole, Intact) else whole)
    if len(signers) > 1 and ages[:2] == [True, False]:
        rest = verify(records[1:], head, [NEWER, KEY], WHOLE.after(records[:1]))
        assert Broken(2, "an older key than the one before it signs it") == rest


RECORDS, HEAD = chained(["one", "two", "three", "four"], KEY)

ELSEWHERE, _ = chained(["uno", "dos", "tres"], KEY)

TAMPERINGS: dict[str, tuple[Callable[[Records], Records], int]] = {
    "altered": (lambda r: [r[0], replace(r[1], body="TWO"), *r[2:]], 2),
    "altered and its mac forged": (
        lambda r: [r[0], chain(2, r[0].mac, "TWO", FOREIGN), *r[2:]],
        2,
    ),
    "forged under a known key's id": (
        lambda r: [r[0], replace(chain(2, r[0].mac, "TWO", FOREIGN), key_id=KEY.id), *r[2:]],
        2,
    ),
    "a mac that is no text of ours": (lambda r: [replace(r[0], mac="\u00e9"), *r[1:]], 1),
    "swapped for one of another chain": (lambda r: [r[0], ELSEWHERE[1], *r[2:]], 2),
    "dropped": (lambda r: [r[0], *r[2:]], 2),
    "dropped and renumbered": (
        lambda r: [r[0], *(replace(each, seq=each.seq - 1) for each in r[2:])],
        2,
    ),
    "head dropped": (lambda r: r[1:], 1),
    "inserted": (lambda r: [r[0], replace(r[0], seq=2), *r[1:]], 2),
    "repeated": (lambda r: [r[0], r[0], *r[1:]], 2),
    "reordered": (lambda r: [r[0], r[2], r[1], r[3]], 2),
    "reordered and renumbered": (
        lambda r: [r[0], replace(r[2], seq=2), replace(r[1], seq=3), r[3]],
        2,
    ),
    "tail cut": (lambda r: r[:3], 4),
    "all cut": (lambda _: [], 1),
    "appended": (lambda r: [*r, replace(r[3], seq=5)], 5),
}


def test_a_chain_as_it_was_written_is_intact() -> None:
    """Up to its head"""
    assert Intact(HEAD) == verify(RECORDS, HEAD, [KEY])


def test_an_empty_chain_proves_nothing() -> None:
    """It may be new, or all of it may be gone"""
    assert Empty() == verify([], Head(), [KEY])


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_at_its_record(name: str) -> None:
    """Alter, drop, insert, reorder, cut: the answer names the first record that fails"""
    tampering, place = TAMPERINGS[name]
    verdict = verify(tampering(list(RECORDS)), HEAD, [KEY])
    assert isinstance(verdict, Broken)
    assert place == verdict.seq


def test_a_chain_continues_with_a_new_key() -> None:
    """The old key proves the records that it signed"""
    records, head = chained(["one", "two", "three"], KEY, NEWER)
    assert Intact(head) == verify(records, head, [NEWER, KEY])


def test_a_chain_under_a_retired_key_alone_is_not_proven() -> None:
    """Its holder could have cut it before the change of keys, and continued it"""
    assert Retired(HEAD, KEY.id) == verify(RECORDS, HEAD, [NEWER, KEY])


def test_a_retired_key_signs_nothing_behind_the_change() -> None:
    """The record is found, not only the head"""
    records, _ = chained(["one", "two"], KEY, NEWER)
    late = chain(3, records[-1].mac, "three", KEY)
    verdict = verify([*records, late], Head(3, late.mac), [NEWER, KEY])
    assert Broken(3, "an older key than the one before it signs it") == verdict


@given(st.integers(0, len(RECORDS)), st.integers(0, len(RECORDS)))
def test_a_chain_continues_each_of_its_own_heads_and_no_later_one(long: int, seen: int) -> None:
    """A shorter chain was cut"""
    records, head = chained(["one", "two", "three", "four"][:long], KEY)
    _, earlier = chained(["one", "two", "three", "four"][:seen], KEY)
    expected = None if seen <= long else Rewound(head, earlier)
    assert expected == continues(records, head, earlier)


@given(st.integers(1, 3), st.integers(0, 3))
def test_a_chain_that_was_rewritten_does_not_continue_the_old_one(at: int, more: int) -> None:
    """Every record behind the change differs, however long the chain has become"""
    _, earlier = chained(["one", "two", "three"], KEY)
    bodies = ["one", "two", "three", *["more"] * more]
    bodies[at - 1] = "another"
    records, head = chained(bodies, KEY)
    assert Rewound(head, earlier) == continues(records, head, earlier)


def test_a_chain_is_not_proven_without_its_keys() -> None:
    """The answer names the missing key's id"""
    records, head = chained(["one", "two"], KEY, NEWER)
    assert OtherKey(2, f"no configured key has the id {NEWER.id}", NEWER.id, (KEY.id,)) == verify(
        records, head, [KEY]
    )


@given(st.lists(st.text(), min_size=1), st.data())
def test_any_change_of_a_record_is_found(bodies: list[str], data: st.DataObject) -> None:
    """In any record, in any part of it"""
    records, head = chained(bodies, KEY)
    assert isinstance(verify(records, head, [KEY]), Intact)
    at = data.draw(st.integers(0, len(records) - 1))
    change = data.draw(
        st.builds(lambda seq: {"seq": seq}, st.integers())
        | st.builds(lambda part, text: {part: text}, st.sampled_from(PARTS), st.text())
    )
    forged = replace(records[at], **change)
    if forged != records[at]:
        assert isinstance(verify([*records[:at], forged, *records[at + 1 :]], head, [KEY]), Broken)


PARTS = ("body", "key_id", "mac")


def test_the_parts_of_a_mac_cannot_run_into_one_another() -> None:
    """The MAC covers the boundaries between parts too"""
    assert KEY.mac("ab", "c") != KEY.mac("a", "bc")


def test_a_key_of_the_chain_never_prints() -> None:
    """Only its id does, which does not reveal it"""
    assert "k" * 32 not in repr(KEY)
    assert KEY.id != NEWER.id


def test_an_entrys_body_is_canonical() -> None:
    """The same event has the same bytes, in any order of its target"""
    actor = Actor("T1", "U1")
    target = {"a": "1", "b": "\u6771"}
    entry = Entry(AT, AuditEvent.DONE, "key:disable", actor, "c1", target, "rule-1", "u1", "admin")
    same = replace(entry, target={"b": "\u6771", "a": "1"})
    assert entry.body() == same.body()
    assert entry.body() == (
        '{"action":"key:disable","actor":"-:T1:U1","at":"2026-03-01T12:00:00+00:00",'
        '"cloudinary":"u1","deed":"done","detail":"rule-1","errand":"c1","role":"admin",'
        '"target":{"a":"1","b":"\\u6771"}}'
    )
