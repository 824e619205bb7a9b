"""What entries of the audit log and messages about keys say, and where their buttons stand."""

import re
from datetime import UTC, datetime

import pytest

from bot.cards.audit_words import sentences
from bot.cards.kit import plain, render
from bot.cards.leaks import leak_card
from bot.cards.orphans import orphaned
from bot.cards.report_words import ended_of
from bot.domain.audit import AuditEvent
from bot.domain.drift_reports import Orphan, OrphanReport
from bot.domain.incidents import IncidentState
from bot.domain.outcomes.leaks import LeakSettled
from bot.domain.report_schedules import ReportEnd
from bot.flows.leaks.report import entry_of
from tests.unit.leaks_made import incident_of

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("detail", [*IncidentState, "told: review", "disabled Ann", "odd"])
def test_the_log_tells_an_incident_in_its_own_words(detail: str) -> None:
    """It is no request"""
    incident = incident_of("ci-bot", IncidentState.ASKED)
    (_, said) = map(str, sentences(entry_of(incident, AT, detail)))
    assert "Request" not in said
    assert ("Incident changed" in said) == (detail == "odd")


def test_the_log_says_who_reviewed_an_incident() -> None:
    """A decision"""
    incident = incident_of("ci-bot", IncidentState.DISABLED)
    entry = entry_of(incident, AT, "reviewed")
    reviewed = type(entry)(AT, AuditEvent.DECIDED, entry.action, detail=entry.detail)
    assert "Reviewed by" in " ".join(map(str, sentences(reviewed)))


def test_a_review_that_changes_nothing_says_why() -> None:
    """A person disabled the key, or another one has reviewed it"""
    by_hand = incident_of("ci-bot", IncidentState.DISABLED, by="Ann")
    reviewed = incident_of("ci-bot", IncidentState.DISABLED, automatic=True, reviewed_by="Bob")
    for incident, why in ((by_hand, "only a key that"), (reviewed, "Bob has reviewed it")):
        assert why in plain(leak_card(LeakSettled(incident, changed=False, review=True)))
        assert why not in plain(leak_card(LeakSettled(incident, changed=False)))


@pytest.mark.parametrize("reason", ReportEnd)
def test_the_end_of_a_weekly_report_names_its_channel(reason: ReportEnd) -> None:
    """Not by its id"""
    assert "'channel'" in str(render(ended_of("C1", reason)).blocks)


def test_the_buttons_of_an_orphaned_key_stand_in_one_row() -> None:
    """Whose owner is chosen, and which is disabled, is told by the row"""
    keys = tuple(Orphan(f"81{it}", f"k{it}", "Shop") for it in range(3))
    rows = [it for it in render(orphaned(OrphanReport(keys, 3))).blocks if it["type"] == "actions"]
    ids = [re.findall(r"'request:\w+:(?:key:)?(\w+)'", str(row)) for row in rows]
    assert ids == [["810", "810"], ["811", "811"], ["812", "812"], ["all"]]
