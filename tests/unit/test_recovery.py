"""What a recovery concludes: what it can't prove ends, and what was lost is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from bot.adapters.redis.key_survey import Survey as Keys
from bot.adapters.redis.key_survey import Use
from bot.adapters.redis.presence import Running
from bot.cards.recovery import notice, report
from bot.cli.keys import as_text, refusals
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.environments import Environment
from bot.domain.export import against
from bot.domain.keys import Key, Located
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.recovery import (
    Became,
    Ending,
    Lost,
    Survey,
    lost_between,
    orphans,
    touched_since,
    what_became,
)
from bot.domain.verification import RECOVERY, Intact, Rewound
from tests.unit.requests_made import PENDING

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY: Final = ChainKey(b"k" * 32)
MADE: Final = Key("814", "ci-bot", enabled=False, root=False, created_at=AT, updated_at=AT)
WAITING: Final = PendingCredentials("p", Actor("T", "U"), "e", "Shop", "shop", "814", "ci-bot", AT)
LATER: Final = AT + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("key", "became"),
    [
        (MADE, Became.WAITS),
        (replace(MADE, updated_at=AT + timedelta(seconds=2)), Became.WAITS),
        (replace(MADE, enabled=True), Became.OPENED),
        (replace(MADE, updated_at=LATER), Became.CHANGED),
        (replace(MADE, updated_at=None), Became.CHANGED),
        (replace(MADE, created_at=None), Became.CHANGED),
        (None, Became.GONE),
    ],
)
def test_credentials_wait_only_if_their_key_was_never_touched(
    key: Key | None, became: Became
) -> None:
    """A key without times may have been; an export that knows of the opening decides"""
    assert what_became(WAITING, key, None) is became
    known = what_became(WAITING, key, Lost(opened=frozenset({"814"})))
    assert known is (Became.CHANGED if became is Became.WAITS else became)


def test_a_key_without_times_may_have_been_touched() -> None:
    """And one whose time is near, since the clocks differ"""
    assert touched_since(replace(MADE, updated_at=None), LATER)
    assert touched_since(MADE, AT + timedelta(seconds=29))
    assert not touched_since(MADE, LATER)


def records(*entries: Entry, after: tuple[Record, ...] = ()) -> list[Record]:
    """Chain entries behind records."""
    found = list(after)
    for each in entries:
        last = Head(found[-1].seq, found[-1].mac) if found else Head()
        found.append(chain(last.seq + 1, last.mac, each.body(), KEY))
    return found


def entry(event: AuditEvent, action: str = "key:create", **target: str) -> Entry:
    """An entry about something."""
    return Entry(AT, event, action, target=target)


def test_what_an_export_has_and_the_log_lacks_is_lost() -> None:
    """Also where other entries took the places; the kinds are counted"""
    kept = records(entry(AuditEvent.ASKED))
    exported = records(
        entry(AuditEvent.DONE, key="814", fingerprint="x"),
        entry(AuditEvent.REVEALED, "link:open", key="814", fingerprint="x"),
        entry(AuditEvent.MOVED, "key:request", request="c1r"),
        after=tuple(kept),
    )
    lost = lost_between(records(entry(AuditEvent.FAILED), after=tuple(kept)), exported)
    assert lost.kinds["revealed link:open"] == 1
    assert lost == Lost(3, lost.kinds, frozenset({"c1r"}), frozenset({"814"}), frozenset({"814"}))
    assert not lost_between(exported, exported).entries


def test_orphans_are_unknown_keys_that_are_named_or_recent() -> None:
    """Neither root keys, nor known ones, nor those from before the last entry that is left"""
    here = Located(MADE, Environment("e", "Shop", "shop"))
    none = frozenset[str]()
    assert orphans([here], none, AT, None) == (here,)
    assert orphans([here], none, None, Lost(created=frozenset({"814"}))) == (here,)
    assert orphans([here], frozenset({"814"}), AT, None) == ()
    assert orphans([here], none, LATER, None) == ()
    assert orphans([replace(here, key=replace(MADE, root=True))], none, AT, None) == ()


def test_a_recovery_explains_what_an_earlier_head_lacks() -> None:
    """Only up to the head that it names, and from the one that it kept"""
    before = records(*(entry(AuditEvent.ASKED, n=str(n)) for n in range(5)))
    kept, heads = before[:2], [Head(each.seq, each.mac) for each in before]
    place = {"kept": f"2:{heads[1].mac}", "seen": f"4:{heads[3].mac}"}
    after = records(entry(AuditEvent.RECOVERED, RECOVERY, **place), after=tuple(kept))
    verdict = Intact(Head(3, after[2].mac))
    at = (AT - timedelta(seconds=1)).isoformat()
    found = replace(verdict, recovered=AT.isoformat())
    assert against(verdict, after, heads[3], at=at) == found
    assert against(verdict, after, heads[1], at=at) == verdict
    assert isinstance(against(verdict, after, heads[4], at=at), Rewound)
    assert isinstance(against(verdict, after, Head(2, "other"), at=at), Rewound)


@pytest.mark.parametrize("seen", [4, 10**9])
def test_a_recovery_explains_nothing_that_was_proven_after_it(seen: int) -> None:
    """Also where the head that it names is one that a person wrote into Redis"""
    kept = records(*(entry(AuditEvent.ASKED, n=str(n)) for n in range(2)))
    place = {"kept": f"2:{kept[1].mac}", "seen": f"{seen}:mac"}
    after = records(entry(AuditEvent.RECOVERED, RECOVERY, **place), after=tuple(kept))
    newer = records(entry(AuditEvent.ASKED), after=tuple(after))
    verdict = Intact(Head(3, after[2].mac))  # the newest entry was cut off
    proven = Head(4, newer[3].mac)
    for at in (AT, LATER):
        assert isinstance(against(verdict, after, proven, at=at.isoformat()), Rewound)


def test_the_report_names_everything_that_it_ends() -> None:
    """And what a person has to look at"""
    here = Located(MADE, Environment("e", "Shop", "shop"))
    survey = Survey(
        *("Redis is empty", Head(9, "m"), Head(4, "n"), AT, None, 2),
        credentials=tuple((WAITING, each) for each in Became if each is not Became.WAITS),
        requests=tuple((PENDING, each) for each in Ending),
        jobs=(),
        orphans=(here,),
        unknown_cards=("c9r",),
    )
    text = report(survey)
    for words in ("Redis is empty", "5 entries", "it was opened", "is gone", "c1r", "c9r", "814"):
        assert words in text
    assert "ada has recovered" in notice(survey, "ada")
    assert "1: 1" in report(replace(survey, lost=Lost(1, {"asked 1": 1})))


def test_the_report_writes_hidden_characters_out() -> None:
    """The reason is what Redis holds, and names are what a person typed in the Console"""
    escape = "on\x1b[2K\x1b[1Fone\nOrphaned keys: none\u202e"
    here = Located(replace(MADE, name=escape), Environment("e", escape, "shop"))
    survey = Survey(
        *(escape, Head(9, "m"), Head(4, "n"), AT, Lost(1, {escape: 1}), 0),
        credentials=((replace(WAITING, name=escape), Became.GONE),),
        requests=(),
        jobs=(),
        orphans=(here,),
        unknown_cards=(escape,),
    )
    lines = report(survey).splitlines()
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("Orphaned keys: none")]
    assert "U+001B" in "".join(lines)


def test_the_status_of_keys_writes_hidden_characters_out() -> None:
    """A process announces itself in Redis, where another program may write"""
    escape = "web\x1b[2K\nSigning key: none"
    process = Running(escape, escape, 1, escape, (escape,), "")
    found = Keys(
        ("a",), None, {"a": Use()}, {escape: {"job": 1}}, [process], 0, [("q", escape)], whole=True
    )
    refused = refusals(found, "a", missing=False, lost=False)
    for text in (as_text(found), *refused):
        assert all(line.isprintable() for line in text.splitlines())
        assert "\nSigning key: none" not in text
