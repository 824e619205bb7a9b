"""`/cld audit`: what is shown of the log to whom, page by page, and that this is on the record."""

from dataclasses import replace

import pytest

from bot.cards.audit_words import ACTIONS
from bot.cards.kit import plain, render
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.oversight import ShowAudit
from bot.domain.log_search import Sight
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.oversight import AuditExported, AuditNotExported, AuditShown, ExportStop
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.policy import Action
from bot.errors import SlackAway, SlackError
from bot.flows.log_search import MOST, PAGE, STRETCH
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    DEV,
    NEWCOMER,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Harness,
    staffed,
)

LIMITED = Actor(TEAM, "U0LIMITED")
"""An admin who reaches DEV alone."""


def note(
    harness: Harness,
    target: dict[str, str] | None = None,
    action: str = "key:disable",
    by: Actor = TECH,
) -> None:
    """Put an entry on the record."""
    entry = Entry(harness.clock.now(), AuditEvent.DONE, action, by, "j", target or {}, "a-rule")
    harness.jobs.entries.append(entry)


def about(place: str, name: str = "ci-bot", key: str = "814") -> dict[str, str]:
    """The target of a change of a key."""
    return {"key": key, "name": name, "environment": place, "environment_name": f"Env {place}"}


async def shown(
    harness: Harness, text: str = "audit", by: Actor = ADMIN, page: int = 0
) -> AuditShown:
    """Read a page."""
    job = replace(await harness.job(by, text), page=page)
    answer = await harness.flows.dispatcher.run(job)
    assert isinstance(answer, AuditShown), answer
    return answer


async def test_the_newest_entries_come_first_in_words() -> None:
    """Who, what, target, when, result and rule; no JSON"""
    harness = staffed()
    note(harness, about(DEV.id))
    answer = await shown(harness)
    assert [each.seq for each in answer.entries] == [2, 1]
    text = plain(card_of(answer))
    assert "Disable a key: ci-bot in Env e-dev. Done by @U0TECH, " in text
    assert "Detail: a-rule. Entry 1." in text
    assert "Read the audit log. Asked by @U0ADMIN" in text
    assert "{" not in text


async def test_what_was_shown_is_on_the_record() -> None:
    """With the filters and the entries"""
    harness = staffed()
    note(harness, about(DEV.id))
    await shown(harness, "audit --who @U0TECH --key ci-bot --since 7d")
    last = harness.jobs.entries[-1]
    assert (last.event, last.action, last.detail) == (AuditEvent.ANSWERED, "audit", "audit_shown")
    assert last.actor == ADMIN
    seen = {"who": "U0TECH", "key": "ci-bot", "since": "7d"}
    assert last.target == seen | {"entries": "1", "first": "1", "last": "1"}
    again = await shown(harness, "audit --who @U0TECH")
    assert "1 entry shown, from 1 to 1." in plain(card_of(again))


@pytest.mark.parametrize("actor", [TECH, BILLING, NEWCOMER])
async def test_no_one_else_reads_it(actor: Actor) -> None:
    """Neither a page nor the file; nothing is read for them"""
    harness = staffed()
    for text in ("audit", "audit --export"):
        assert isinstance(await harness.run(actor, text), Denied | Unknown)
    assert (harness.log.reads, harness.exporter.sends) == ([], 0)


async def test_an_admin_who_lost_the_role_reads_nothing() -> None:
    """The next page is decided again"""
    harness = staffed()
    for _ in range(PAGE * 2):
        note(harness)
    page = await shown(harness)
    harness.account.remove_user(f"u-{ADMIN.user_id}")
    job = replace(await harness.job(ADMIN, "audit"), page=page.older)
    assert isinstance(await harness.flows.dispatcher.run(job), TurnedAway)


async def test_pages_do_not_move_while_the_log_grows() -> None:
    """Each entry is on one page; the looks themselves are new entries"""
    harness = staffed()
    for number in range(40):
        note(harness, about(DEV.id, f"key-{number}", str(number)))
    seen, page = list[int](), 0
    while True:
        answer = await shown(harness, "audit --who @U0TECH", page=page)
        seen += [each.seq for each in answer.entries]
        if not answer.older:
            break
        page = answer.older
    assert seen == list(range(40, 0, -1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("audit --who @U0TECH", [3, 1]),
        ("audit --who @U0BILLING", [5, 4]),
        ("audit --key ci-bot", [3, 1]),
        ("audit --key 999", [4, 3]),
        ("audit --key key:ci-bot", []),
        ("audit --key name:999", []),
        ("audit --since 2d", [6, 5, 4]),
        ("audit --who @U0TECH --key 999", [3]),
    ],
)
async def test_filters(text: str, found: list[int]) -> None:
    """By actor, owner and principal; by the name then or the API key, also of a key that is gone"""
    harness = staffed()
    note(harness, about(DEV.id))
    note(harness, None, "env:list", CHIEF)
    note(harness, about(PROD.id, key="999"))
    harness.clock.go_on(days=5)
    owned = about(PROD.id, "deploy", "999") | {"owner": str(BILLING)}
    note(harness, owned, "key:rename", ADMIN)
    note(harness, {"principal": str(BILLING)}, "decide", COLLEAGUE_)
    answer = await shown(harness, text)
    assert [each.seq for each in answer.entries] == found


COLLEAGUE_ = Actor(TEAM, "U0COLLEAGUE", "E1")


async def test_an_entry_tells_no_more_than_its_environment_would() -> None:
    """An admin with access to one environment reads of that one; the others are counted"""
    harness = staffed()
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    for place in (DEV.id, PROD.id, STAGING.id, "e-gone"):
        note(harness, about(place, f"in-{place}"))
    answer = await shown(harness, by=LIMITED)
    text = plain(card_of(answer))
    assert "in-e-dev" in text
    assert "in-e-prod" not in text
    assert "in-e-gone" not in text
    assert answer.hidden == 3
    assert "3 entries are left out: they are about things that you can't see." in text
    assert "in-e-gone" in plain(card_of(await shown(harness)))


@pytest.mark.parametrize(("action", "hides"), [("user:role", "users"), ("group:add", "groups")])
def test_users_and_groups_are_for_those_who_may_list_them(action: str, hides: str) -> None:
    """And an export, which has all of them, for those who may list both"""
    whole = Sight({}, frozenset(), everywhere=True, users=True, groups=True)
    entry = Entry(staffed().clock.now(), AuditEvent.DONE, action)
    assert (whole.of(entry), whole.whole) == (True, True)
    less = replace(whole, users=hides != "users", groups=hides != "groups")
    assert (less.of(entry), less.whole) == (False, False)


@pytest.mark.parametrize("key", ["814", "key:814", "ci-bot", "name:ci-bot"])
async def test_a_key_that_the_reader_may_not_see_is_like_none(harness: Harness, key: str) -> None:
    """Not even a count tells whether there is one"""
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    note(harness, about(PROD.id))
    answer = await shown(harness, f"audit --key {key}", by=LIMITED)
    assert ((), 0) == (answer.entries, answer.hidden)
    assert PROD.id in repr((await shown(harness, f"audit --key {key}")).entries)


async def test_a_leak_without_a_place_is_for_who_sees_every_environment(harness: Harness) -> None:
    """Else "no key of this account" would tell, of the others, which keys are"""
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    note(harness, {"key": "814"}, Action.REPORT_LEAK)
    assert not (await shown(harness, "audit --key 814", by=LIMITED)).entries
    assert (await shown(harness, "audit --key 814")).entries


async def test_a_rare_entry_is_searched_for_in_bounded_steps() -> None:
    """Never more than a stretch at once, nor more than the most for one press"""
    harness = staffed()
    note(harness, about(DEV.id, "rare"))
    filler = Entry(harness.clock.now(), AuditEvent.ANSWERED, "help", TECH)
    harness.jobs.entries += [filler] * (MOST + 10)
    answer = await shown(harness, "audit --key rare")
    assert (answer.entries, sum(harness.log.reads) <= MOST + MOST // STRETCH) == ((), True)
    assert max(harness.log.reads) == STRETCH + 1
    assert "Searched back to" in plain(card_of(answer))
    assert "Search further back" in str(render(card_of(answer), ["o"]).blocks)
    further = await shown(harness, "audit --key rare", page=answer.older)
    assert [each.seq for each in further.entries] == [1]
    assert "To include other names that the key had: /cld audit --key 814" in plain(
        card_of(further)
    )


async def test_what_is_too_old_ends_the_search() -> None:
    """The rest of the log is not read"""
    harness = staffed()
    for _ in range(5 * STRETCH):
        note(harness)
    harness.clock.go_on(days=5)
    await shown(harness, "audit --since 1d")
    assert sum(harness.log.reads) <= STRETCH + 1


async def test_archived_entries_are_named_at_the_end_alone() -> None:
    """Not where the time asked for begins behind them"""
    harness = staffed()
    for _ in range(30):
        note(harness)
    harness.log.trimmed, harness.log.files = 20, ["audit-000000000001-000000000020.jsonl"]
    answer = await shown(harness)
    assert (answer.entries[-1].seq, answer.archived) == (21, 20)
    text = plain(card_of(answer))
    assert "up to 20 are in archives: audit-000000000001-000000000020.jsonl." in text
    harness.clock.go_on(days=5)
    for _ in range(3):
        note(harness)
    assert (await shown(harness, "audit --since 1d")).archived == 0


async def test_an_entry_that_does_not_fit_the_chain_is_marked() -> None:
    """And how to find out why"""
    harness = staffed()
    for _ in range(3):
        note(harness)
    harness.log.forged = {2}
    answer = await shown(harness)
    assert [each.seq for each in answer.entries if not each.proven] == [2]
    assert "audit verify" in plain(card_of(answer))


async def test_a_finished_look_is_not_repeated() -> None:
    """A worker that takes the job over says so"""
    harness = staffed()
    job = await harness.job(ADMIN, "audit")
    await harness.flows.dispatcher.run(job)
    assert isinstance(await harness.again(job.id), Repeated)


async def test_an_export_goes_to_the_person_alone() -> None:
    """It is on the record before they have it, and after"""
    harness = staffed()
    answer = await harness.run(ADMIN, "audit --export")
    assert isinstance(answer, AuditExported)
    assert [*harness.exporter.sent.values()] == [ADMIN.user_id]
    begun, done = harness.jobs.entries[-2:]
    assert (begun.event, begun.target) == (AuditEvent.BEGUN, {"first": "1", "last": "1"})
    assert (done.detail, done.target["last"]) == ("audit_exported", "2")
    assert "entries 1 to 2" in plain(card_of(answer))


async def test_an_export_is_sent_once_by_a_job_that_runs_again() -> None:
    """Its process died after the file was sent"""
    harness = staffed()
    job = await harness.job(ADMIN, "audit --export")
    who = await harness.who(ADMIN)
    await harness.flows.dispatcher.log.run(job, who.person, ShowAudit(export=True), 0)
    assert isinstance(await harness.again(job.id), AuditExported)
    assert harness.exporter.sends == 1


async def test_who_does_not_see_all_gets_no_export() -> None:
    """A chain with gaps would prove nothing"""
    harness = staffed()
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    answer = await harness.run(LIMITED, "audit --export")
    assert answer == AuditNotExported(ExportStop.NOT_ALL)
    assert harness.exporter.sends == 0
    assert harness.told()[-1] == ("refused", "not_all")
    filtered = await harness.run(ADMIN, "audit --export --since 7d")
    assert filtered == AuditNotExported(ExportStop.FILTERED)


@pytest.mark.parametrize(
    ("code", "stop"),
    [("missing_scope", ExportStop.NO_SCOPE), ("file_upload_size_restricted", ExportStop.TOO_LARGE)],
)
async def test_a_file_that_slack_never_takes(code: str, stop: ExportStop) -> None:
    """Says what to do instead; an outage is a failure like any other"""
    harness = staffed()
    harness.exporter.fails = SlackError(code)
    answer = await harness.run(ADMIN, "audit --export")
    assert answer == AuditNotExported(stop)
    assert "python -m bot audit export" in plain(card_of(answer))
    harness.exporter.fails = SlackAway("timeout")
    with pytest.raises(SlackAway):
        await harness.run(ADMIN, "audit --export")


def test_every_action_has_words() -> None:
    """No entry of a command shows a raw action"""
    assert not set(Action) - ACTIONS.keys() - {Action.KEY_MASTER_ADMIN}
