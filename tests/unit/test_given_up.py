"""A key that was given up as lost: what it signed is not proven, and the log goes on behind it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.checkpoints import CheckpointSigner
from bot.cards.verification import describe
from bot.domain.archives import against
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.export import closing_line, record_line
from bot.domain.given_up import ROLLED_LOST, ROLLED_OVER, Gap
from bot.domain.verification import (
    RECOVERY,
    Broken,
    GivenUp,
    Intact,
    OtherKey,
    Retired,
    Rewound,
    Seen,
    Verdict,
    verify,
)
from tests.unit.test_export import AT, ENTRY, KEY, NEWER, audited, verified

LOST: Final = ChainKey(b"l" * 32)
ROLLOVER: Final = Entry(AT, AuditEvent.ROLLED_OVER, ROLLED_OVER, target={ROLLED_LOST: LOST.id})


def signed(*entries: tuple[ChainKey, Entry]) -> list[Record]:
    """Chain entries, each under its key."""
    log, last = list[Record](), Head()
    for key, entry in entries:
        log.append(chain(last.seq + 1, last.mac, entry.body(), key))
        last = Head(log[-1].seq, log[-1].mac)
    return log


def proven(log: Sequence[Record], *keys: ChainKey) -> Verdict:
    """Verify a log up to its last record."""
    return verify(log, Head(log[-1].seq, log[-1].mac), keys)


def given_up_log(rollover: Entry = ROLLOVER) -> list[Record]:
    """Two entries under a lost key, the rollover, and one more."""
    return signed((LOST, ENTRY), (LOST, ENTRY), (NEWER, rollover), (NEWER, ENTRY))


def test_entries_under_a_given_up_key_are_not_proven_and_break_nothing() -> None:
    """The log is intact behind them; the words say so, with the date"""
    log = given_up_log()
    head, gap = Head(4, log[3].mac), Gap(1, 2, AT.isoformat())
    verdict = proven(log, NEWER)
    assert GivenUp(head, (gap,), Intact(head, after=2)) == verdict
    told = describe(verdict, signed=False)
    assert "Entries 1 to 2 are under a key that was given up" in told
    assert AT.isoformat() in told
    assert "intact from entry 3 to 4" in told
    assert "archived" not in told


def test_an_export_of_such_a_log_proves_no_more_than_the_log() -> None:
    """With the secret keys; it gets no checkpoint, so the public key alone proves nothing"""
    log = given_up_log()
    head = Head(4, log[3].mac)
    lines = [*map(record_line, log), closing_line(log, head, AT.isoformat(), NEWER, None)]
    assert isinstance(verified(lines, [NEWER]), GivenUp)
    assert isinstance(audited(lines, CheckpointSigner(NEWER.secret).public), Broken)


def test_a_key_that_an_entry_under_a_later_lost_key_gave_up_is_given_up_too() -> None:
    """Two keys are lost one after the other; and keys on both sides may be there still"""
    later = ChainKey(b"m" * 32)
    second = replace(ROLLOVER, target={ROLLED_LOST: later.id})
    log = signed((LOST, ENTRY), (later, ROLLOVER), (later, ENTRY), (NEWER, second))
    found = proven(log, NEWER)
    assert isinstance(found, GivenUp)
    assert (Gap(1, 3, AT.isoformat()),) == found.gaps
    log = signed((KEY, ENTRY), (LOST, ENTRY), (NEWER, ROLLOVER))
    found = proven(log, NEWER, KEY)
    assert isinstance(found, GivenUp)
    assert (Gap(2, 2, AT.isoformat()),) == found.gaps


def test_a_retired_end_is_told_of_such_a_log_too() -> None:
    """It is no reason to call the entries before it proven"""
    found = proven(given_up_log(), ChainKey(b"z" * 32), NEWER)
    assert isinstance(found, GivenUp)
    assert isinstance(found.rest, Retired)
    assert "NOT verified" in describe(found, signed=False)


UNKNOWN: Final = ChainKey(b"u" * 32)
OTHER_KEY: Final = {
    "no rollover": (signed((LOST, ENTRY), (NEWER, ENTRY)), 1),
    "a rollover that gives nothing up": (given_up_log(replace(ROLLOVER, target={})), 1),
    "another key": (signed((UNKNOWN, ENTRY), (NEWER, ROLLOVER)), 1),
    "another key before it": (signed((UNKNOWN, ENTRY), (LOST, ENTRY), (NEWER, ROLLOVER)), 1),
    "another action": (given_up_log(replace(ROLLOVER, action="key:list")), 1),
    "not at once": (signed((LOST, ENTRY), (NEWER, ENTRY), (NEWER, ROLLOVER)), 1),
    "behind": (signed((LOST, ENTRY), (NEWER, ROLLOVER), (LOST, ENTRY)), 3),
    "between": (signed((LOST, ENTRY), (NEWER, ROLLOVER), (LOST, ENTRY), (NEWER, ENTRY)), 3),
    "given up again": (
        signed((LOST, ENTRY), (NEWER, ROLLOVER), (LOST, ENTRY), (NEWER, ROLLOVER)),
        3,
    ),
    "the rollover is under it": (signed((LOST, ENTRY), (LOST, ROLLOVER)), 1),
}


@pytest.mark.parametrize("name", OTHER_KEY)
def test_no_other_entry_under_an_unknown_key_is_given_up(name: str) -> None:
    """Where no proven entry gives up its key right behind it, the log is not proven from it on"""
    log, place = OTHER_KEY[name]
    verdict = proven(log, NEWER)
    assert isinstance(verdict, OtherKey)
    assert place == verdict.seq


def test_an_older_key_gives_up_no_newer_one() -> None:
    """The holder of a retired key can't go on with the log by calling the newer key lost"""
    log = signed((KEY, ENTRY), (LOST, ENTRY), (KEY, ROLLOVER), (NEWER, ENTRY))
    assert isinstance(proven(log, NEWER, KEY), OtherKey)


@given(st.integers(0, 3), st.data())
def test_what_follows_a_given_up_key_holds_to_the_last_entry_before_it(
    at: int, data: st.DataObject
) -> None:
    """A change of a record is found, except in what was given up, and there its MAC is covered"""
    log = given_up_log()
    name = data.draw(st.sampled_from(["seq", "body", "key_id", "mac"]))
    value = data.draw(st.integers() if name == "seq" else st.text())
    was = log[at]
    changed = Record(**(vars(was) | {name: value}))
    forged = [*log[:at], changed, *log[at + 1 :]]
    verdict = verify(forged, Head(4, log[3].mac), [NEWER])
    unproven = at < 2 and (name == "body" or (name == "mac" and at == 0))
    if changed != was and not unproven:
        assert isinstance(verdict, Broken)
    else:
        assert isinstance(verdict, GivenUp)


def test_an_earlier_head_is_compared_behind_a_given_up_key() -> None:
    """A recovery in the entries that can't be proven explains no loss: anyone could write it"""
    forged = Entry(AT, AuditEvent.RECOVERED, RECOVERY, target={"kept": "1:x", "seen": "99:x"})
    early = Seen(Head(9, "m"), "2026-01-01T00:00:00+00:00")
    log = signed((LOST, ENTRY), (LOST, forged), (NEWER, ROLLOVER))
    assert isinstance(against(proven(log, NEWER), log, early), Rewound)
    log = signed((LOST, ENTRY), (NEWER, ROLLOVER), (NEWER, forged))
    found = against(proven(log, NEWER), log, early)
    assert isinstance(found, GivenUp)
    assert isinstance(found.rest, Intact)
    assert AT.isoformat() == found.rest.recovered
    assert log[1:] == found.proven(log)
