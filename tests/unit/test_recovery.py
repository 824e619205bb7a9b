"""What a recovery concludes: what it can't prove ends, and what was lost is named."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bot.adapters.redis.key_survey import Survey as Keys
from bot.adapters.redis.key_survey import Use
from bot.adapters.redis.presence import Running
from bot.cards.recovery import NAMED, advice, nothing_missing, notice, report, summary
from bot.cli.exports import older_export
from bot.cli.keys import as_text, refusals
from bot.domain.archives import against
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record, chain
from bot.domain.environments import Environment
from bot.domain.export import closing_line, record_line
from bot.domain.given_up import ROLLED_LOST, ROLLED_OVER
from bot.domain.keys import Key, Located
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.recovery import (
    Became,
    Ending,
    Lost,
    LostRequest,
    Survey,
    behind,
    lost_between,
    orphans,
    touched_since,
    what_became,
)
from bot.domain.verification import RECOVERY, Intact, Rewound, Seen
from bot.settings import StoreSettings, read_settings
from tests.unit.requests_made import PENDING
from tests.variables import variables

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
    made = frozenset({"814"})
    assert lost == Lost(3, lost.kinds, frozenset({"c1r"}), made, made, AT, told=lost.told)
    assert not lost_between(exported, exported).entries


def test_of_a_lost_request_the_newest_entry_and_its_requester_are_known() -> None:
    """From the entries that are missing; a refused vote is none of them"""
    about = {"request": "c1r", "what": "key:request", "name": "ci-bot", "owner": "-:T1:U0OWNER"}
    asked = replace(entry(AuditEvent.REQUESTED, **about), actor=Actor("T1", "U0ASKER"))
    voted = replace(
        entry(AuditEvent.DECIDED, "request:approve", **about),
        actor=Actor("T1", "U0VOTER"),
        detail="approve: 1 of 1 by rule-1",
    )
    refused = entry(AuditEvent.REFUSED, "request:approve", **about)
    begun = entry(AuditEvent.MOVED, request="c2r")
    told = lost_between([], records(asked, voted, refused, begun)).told
    assert told == (LostRequest("c2r", begun), LostRequest("c1r", voted, "U0ASKER"))
    assert lost_between(records(asked), records(asked, voted)).told == (LostRequest("c1r", voted),)


def test_the_report_says_whom_to_tell_of_lost_requests() -> None:
    """Who asked, for whom, for what and how far it was, by the export; others stay ids"""
    about = {"what": "key:request", "name": "ci-bot", "environment_name": "Shop"}
    last = replace(
        entry(AuditEvent.DECIDED, request="c1r", owner="-:T1:U0OWNER", **about),
        detail="approve: 1 of 1 by rule-1",
    )
    own = replace(last, target={**last.target, "owner": "-:T1:U0ASKER"})
    told = Lost(3, requests=frozenset({"c1r", "c5r"}))
    lost = (LostRequest("c1r", last, "U0ASKER"), LostRequest("c3r", own, "U0ASKER"))
    survey = replace(SET_BACK, lost=told, lost_requests=(*lost, LostRequest("c4r", last)))
    lines = report(survey).splitlines()
    what, ends = "key:request ci-bot in Shop", "decided approve: 1 of 1 by rule-1"
    at = f"last entry at {AT.isoformat()}"
    assert f"  c1r ({what}): asked by U0ASKER, for U0OWNER; {at}: {ends}" in lines
    assert f"  c3r ({what}): asked by U0ASKER; {at}: {ends}" in lines
    assert f"  c4r ({what}): for U0OWNER; {at}: {ends}" in lines
    assert [each for each in lines if "about request" in each] == ["  about request c5r"]


def test_an_entry_that_lacks_what_others_tell_is_listed_as_far_as_it_is_known() -> None:
    """Without the id of a request, it is about none"""
    odd = (entry(AuditEvent.REQUESTED), entry(AuditEvent.DECIDED, request="c9r"))
    told = lost_between([], records(*odd)).told
    text = report(replace(SET_BACK, lost=Lost(2), lost_requests=told))
    assert [each.id for each in told] == ["c9r"]
    assert "  c9r (? ? in ?): asked by ?; last entry" in text


def test_what_was_archived_is_not_lost() -> None:
    """Where an export leads up to the start of a trimmed log; any other is compared whole"""
    exported = records(*(entry(AuditEvent.DONE) for _ in range(4)))
    start, trimmed = Head(2, exported[1].mac), exported[2:]
    assert not lost_between(trimmed, behind(exported, start)).entries
    assert lost_between(trimmed[:1], behind(exported, start)).entries == 1
    assert exported == behind(exported, Head(2, "of another log")) == behind(exported, Head())
    assert trimmed == behind(trimmed, start)


def test_orphans_are_unknown_keys_that_are_named_or_recent() -> None:
    """Neither root keys, nor known ones, nor those from before the last entry that is left"""
    here = Located(MADE, Environment("e", "Shop", "shop"))
    none = frozenset[str]()
    assert orphans([here], none, AT, None) == (here,)
    assert orphans([here], none, None, Lost(created=frozenset({"814"}))) == (here,)
    assert orphans([here], none, None, Lost()) == ()
    assert orphans([here], none, None, Lost(until=AT)) == (here,)  # an emptied log, an old export
    assert orphans([here], none, None, Lost(until=LATER)) == ()
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
    assert against(verdict, after, Seen(heads[3], at)) == found
    assert against(verdict, after, Seen(heads[1], at)) == verdict
    assert isinstance(against(verdict, after, Seen(heads[4], at)), Rewound)
    assert isinstance(against(verdict, after, Seen(Head(2, "other"), at)), Rewound)


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
        assert isinstance(against(verdict, after, Seen(proven, at.isoformat())), Rewound)


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
    assert f"Orphaned, {NAMED} at most: {MADE.label} (814) in Shop, " in notice(survey, "ada")
    many = notice(replace(survey, orphans=(here,) * (NAMED + 3)), "ada")
    assert many.count("(814)") == NAMED
    assert "Orphaned" not in notice(replace(survey, orphans=()), "ada")
    assert "since the last entry that is left" in notice(survey, "ada")
    empty = notice(replace(survey, kept=Head(0, "")), "ada")
    assert empty.count("check all access that people were given.") == 1
    assert "that is left" not in empty
    assert "1: 1" in report(replace(survey, lost=Lost(1, {"asked 1": 1})))


def test_orphaned_keys_that_were_not_looked_for_are_not_counted_as_none() -> None:
    """Of an emptied log without an export, and of entries that only archives have"""
    empty = Survey(
        *("Redis is empty", Head(9, "m"), Head(), None, None, 0),
        credentials=(),
        requests=(),
        jobs=(),
        orphans=(),
        unknown_cards=(),
    )
    for told in (summary(empty), notice(empty, "ada")):
        assert "orphaned keys were not looked for" in told
        assert "0 orphaned" not in told
    assert "are not listed" in report(empty)
    part = replace(empty, lost=Lost(3, unread=6))
    assert "0 orphaned keys found, without those that only entries 1 to 6 name" in summary(part)
    assert "Entries 1 to 6 are in archives, and were not read" in report(part)
    whole = replace(empty, lost=Lost(9))
    assert summary(whole).endswith("0 orphaned keys found")
    assert "archives" not in report(whole)


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


def test_where_nothing_is_missing_one_sentence_says_what_was_compared() -> None:
    """No heading stands over nothing"""
    same = Survey("", Head(4, "n"), Head(4, "n"), AT, None, 2, (), (), (), (), ())
    assert not same.found
    text = nothing_missing(same)
    assert text.startswith("Nothing is missing: the audit log (4 entries) was compared with")
    assert "the cards at Slack" in text
    away = nothing_missing(replace(same, unknown_cards=None))
    assert "Slack did not answer, so cards were not compared." in away
    assert not [each for each in report(same).splitlines() if each.endswith(":")]


SAME: Final = Survey("", Head(4, "n"), Head(4, "n"), AT, None, 2, (), (), (), (), ())
SET_BACK: Final = replace(SAME, reason="set back", seen=Head(73, "o"), kept=Head(60, "n"))


@pytest.mark.parametrize(
    ("survey", "told"),
    [
        (SET_BACK, "13 entries are missing. An export (`--against EXPORT`) shows"),
        (replace(SET_BACK, lost=Lost()), "13 entries are missing. The export has none of them."),
        (replace(SET_BACK, lost=Lost(13)), "13 entries are missing. The export has all of them:"),
        (replace(SET_BACK, lost=Lost(9)), "13 entries are missing. The export has 9 of them:"),
        (replace(SET_BACK, seen=Head(61, "o")), "1 entry is missing."),
        (replace(SAME, lost=Lost(1)), "1 entry is missing, with others in their place."),
        (replace(SET_BACK, lost=Lost(20)), "20 entries are missing, some with others in place."),
        (SAME, "The audit log ends at entry 4"),
        (replace(SAME, reason="entry 3 is another"), "none is missing by its number."),
        (replace(SAME, kept=Head(), seen=Head(), kept_at=None), "it is new, or was emptied."),
    ],
)
def test_one_sentence_says_what_was_seen_what_is_there_and_what_is_missing(
    survey: Survey, told: str
) -> None:
    """And how many of the missing entries the export has; no other line counts them"""
    lines = report(survey).splitlines()
    (line,) = [each for each in lines if told in each]
    for number in (survey.seen.seq, survey.kept.seq):
        assert not number or f"entry {number}" in line.lower()
    assert [] == [each for each in lines if each is not line and "missing" in each]


def test_a_backup_comes_first_and_apply_only_where_it_is_needed() -> None:
    """Keys and cards that a person looks at need no recovery; running work looks like lost work"""
    here = Located(MADE, Environment("e", "Shop", "shop"))
    emptied = replace(SAME, kept=Head(), kept_at=None)
    for survey in (SET_BACK, emptied, replace(SAME, reason="halted"), replace(SAME, lost=Lost(1))):
        assert survey.open
        told = advice(survey)
        assert 0 < told.index("restore the newest one first") < told.index("recover --apply")
    for survey in (replace(SAME, orphans=(here,)), replace(SAME, unknown_cards=("c9r",))):
        assert survey.found
        assert not survey.open
        assert "There is nothing left to recover" in advice(survey)
        assert "--apply" not in advice(survey)
    running = replace(SAME, requests=((PENDING, Ending.DONE),))
    assert (running.found, running.open) == (True, False)
    assert "Only if this Redis was restored" in advice(running)


def test_an_emptied_log_says_why_no_orphaned_keys_are_listed() -> None:
    """And where an export may be; with one, they are listed"""
    emptied = replace(SET_BACK, kept=Head(), kept_at=None)
    for words in ("Orphaned keys are not listed: the log is empty", "--against", "AUDIT_ARCHIVE"):
        assert words in report(emptied)
    for survey in (replace(emptied, lost=Lost(3)), SET_BACK, SAME):
        assert "not listed" not in report(survey)


def test_after_a_recovery_nothing_is_left_to_recover() -> None:
    """What was lost is explained, and the text says so"""
    after = replace(SAME, recovered=True)
    assert not after.found
    assert "A recovery has recorded the loss" in nothing_missing(after)
    assert "A recovery has recorded" not in report(replace(SET_BACK, recovered=True))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_counts_have_the_right_number(number: int) -> None:
    """In everything that counts: one request, two requests"""
    some = replace(
        SAME,
        seen=Head(4 + number, "o"),
        credentials=((WAITING, Became.GONE),) * number,
        requests=((PENDING, Ending.DONE),) * number,
        orphans=(Located(MADE, Environment("e", "Shop", "shop")),) * number,
    )
    told = f"{summary(some)} {notice(some, 'ada')} {nothing_missing(some)}"
    nouns = ("request", "job", "entry", "orphaned key", "link or pending credential")
    many = ("requests", "entries", "orphaned keys", "links or pending credentials")
    wrong = many if number == 1 else nouns
    assert [] == [each for each in wrong if f" {number} {each} " in f" {told} "]
    assert f"{number} {'request' if number == 1 else 'requests'}" in told


@pytest.mark.parametrize(
    "different",
    [
        {"seen": Head(5, "o")},
        {"lost": Lost(1)},
        {"credentials": ((WAITING, Became.GONE),)},
        {"requests": ((PENDING, Ending.DONE),)},
        {"unknown_cards": ("c9r",)},
    ],
)
def test_each_difference_is_found(different: dict[str, Any]) -> None:
    """Then the report names it"""
    same = Survey("", Head(4, "n"), Head(4, "n"), AT, None, 2, (), (), (), (), ())
    assert replace(same, **different).found


def test_an_export_to_compare_with_has_no_entry_of_a_key_that_was_given_up(tmp_path: Path) -> None:
    """Anyone may have written it: it would name keys, and requests that were decided"""
    lost = ChainKey(b"l" * 32)
    forged = chain(1, Head().mac, entry(AuditEvent.REVEALED, key="814").body(), lost)
    rollover = entry(AuditEvent.ROLLED_OVER, ROLLED_OVER, **{ROLLED_LOST: lost.id})
    second = chain(2, forged.mac, rollover.body(), KEY)
    head = Head(2, second.mac)
    closing = closing_line([forged, second], head, AT.isoformat(), KEY, None)
    path = tmp_path / "lost.jsonl"
    path.write_text("\n".join([record_line(forged), record_line(second), closing]))
    with variables() as values:
        values["KEYSMITH_KEYS"] = base64.b64encode(KEY.secret).decode()
        found = older_export(path, read_settings(StoreSettings))
    assert ([second], head) == (found.records, found.head)
