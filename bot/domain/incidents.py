"""Incidents: one for each leaked key, from the first report until the key is disabled.

Whether a pair works is known by comparing its mark with the secret that Cloudinary lists. A report
of a pair that does not work, or of another account, stays in the record, and tells no person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.keys import ProtectionReason

LOOK: Final = timedelta(seconds=1)
"""Between two looks at whether a person disabled the key with Keysmith."""
ASKED_EVERY: Final = timedelta(seconds=15)
"""Between two questions to Cloudinary whether a person did it there."""
ESCALATED_AFTER: Final = timedelta(minutes=5)
"""How long the first people have before more of them are asked."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""Between two reminders of a key that still works, or of a review."""
REVIEWED_WITHIN: Final = timedelta(days=1)
STANDS_FOR: Final = timedelta(days=1)
"""How long a dismissal covers further reports of the same key."""
MOST_REPORTS: Final = 10
"""Reports of which the place is kept; the rest is counted."""
MOST_MARKS: Final = 100
SECONDS: Final = "seconds"
"""In the target of an audit entry: how long a leaked key worked after its report."""


class IncidentState(StrEnum):
    """Where an incident stands; the values are stored words."""

    REPORTED = "reported"
    ASKED = "asked"
    ESCALATED = "escalated"
    DISABLING = "disabling"
    DISABLED = "disabled"
    HARMLESS = "harmless"
    DISMISSED = "dismissed"
    FOREIGN = "foreign"


class Turn(StrEnum):
    """What moves an incident; the values are stored words."""

    REPORT = "report"
    ASK = "ask"
    ESCALATE = "escalate"
    BEGIN = "begin"
    DISABLE = "disable"
    CLEAR = "clear"
    EXCLUDE = "exclude"
    DISMISS = "dismiss"


_S = IncidentState
OPEN: Final = frozenset({_S.ASKED, _S.ESCALATED, _S.DISABLING})
"""States in which the key works, and people are to stop it."""
TURNS: Final[Mapping[tuple[IncidentState, Turn], IncidentState]] = {
    **{
        (state, turn): to
        for state in (_S.REPORTED, _S.ASKED, _S.ESCALATED)
        for turn, to in (
            (Turn.BEGIN, _S.DISABLING),
            (Turn.DISABLE, _S.DISABLED),
            (Turn.CLEAR, _S.HARMLESS),
            (Turn.EXCLUDE, _S.FOREIGN),
            (Turn.DISMISS, _S.DISMISSED),
        )
    },
    (_S.REPORTED, Turn.ASK): _S.ASKED,
    (_S.ASKED, Turn.ESCALATE): _S.ESCALATED,
    (_S.DISABLING, Turn.ASK): _S.ASKED,
    (_S.DISABLING, Turn.DISABLE): _S.DISABLED,
    (_S.DISABLING, Turn.EXCLUDE): _S.FOREIGN,
    **{
        (state, Turn.REPORT): _S.REPORTED
        for state in (_S.DISABLED, _S.HARMLESS, _S.DISMISSED, _S.FOREIGN)
    },
}
"""The one table of states. A report of an open incident moves nothing: it is added."""


class Source(StrEnum):
    """Where a report comes from; the values are stored words."""

    COMMAND = "command"
    SHORTCUT = "shortcut"
    CHANNEL = "channel"
    WEBHOOK = "webhook"
    RECEIPT = "receipt"


class News(StrEnum):
    """What security or a person is told of; the values are stored words."""

    ASKED = "asked"
    AGAIN = "again"
    ESCALATED = "escalated"
    REMINDER = "reminder"
    UNCHECKED = "unchecked"
    DISABLED = "disabled"
    HARMLESS = "harmless"
    DISMISSED = "dismissed"
    REVIEW = "review"
    REVIEWED = "reviewed"
    POSTED = "posted"
    DISOWNED = "disowned"


@dataclass(frozen=True)
class Sighting:
    """A pair that was seen, without its secret: what leaves the process that saw it."""

    api_key: str
    mark: str
    cloud: str = ""


@dataclass(frozen=True)
class Report:
    """One report: `by` is a Slack user or the name of a webhook's source, `place` a link or a file.

    `channel`, `ts` and `author` are those of a message; nothing else of it is kept.
    """

    source: Source
    at: datetime
    by: str = ""
    place: str = ""
    channel: str = ""
    ts: str = ""
    author: str = ""

    def is_same(self, other: "Report") -> bool:
        """Whether both are about the same place."""
        return replace(self, at=other.at, by=other.by) == other and bool(self.place or self.ts)


@dataclass(frozen=True)
class Incident:
    """One incident, as it is stored; `marks` are keyed hashes of the secrets that were seen.

    `reported_at` is when the key was first reported in this round, `since` when the state began.
    `asked` are the Slack ids of those who were asked, `owner` is among them. `by` is who ended it,
    empty for Keysmith; `automatic` is whether the policy let Keysmith disable the key, which a
    person reviews afterwards. `held` is what kept Keysmith from it.
    """

    api_key: str
    reported_at: datetime
    since: datetime
    state: IncidentState = IncidentState.REPORTED
    marks: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    more: int = 0
    cloud: str = ""
    environment_id: str = ""
    environment_name: str = ""
    cloud_name: str = ""
    name: str = ""
    owner: str = ""
    asked: tuple[str, ...] = ()
    by: str = ""
    automatic: bool = False
    held: ProtectionReason | None = None
    unproven: bool = False
    """Whether Cloudinary shows no secret to compare: the pair counts as working."""
    other_secret: bool = False
    """Whether the key is of this account, and none of the secrets is its own."""
    told: bool = False
    """Whether security was told: then it hears of everything that follows."""
    reviewed_by: str = ""
    told_at: datetime | None = None
    """When people were reminded last, or told that the pair can't be compared."""
    version: int = 0
    card: str = ""

    @property
    def first_reported_at(self) -> datetime:
        """When it was opened: the same in every round."""
        return self.reports[0].at if self.reports else self.reported_at

    @property
    def full(self) -> bool:
        """Whether one more mark fits before what was reported is compared."""
        return self.state is IncidentState.REPORTED and len(self.marks) >= MOST_MARKS - 1

    @property
    def disowned(self) -> bool:
        """Whether the key is being disabled, and its person said so already in this round."""
        said = (it for it in self.reports if it.source is Source.RECEIPT)
        return self.state is _S.DISABLING and any(it.at >= self.reported_at for it in said)

    @property
    def unreviewed(self) -> bool:
        """Whether Keysmith disabled the key by itself, and no person has looked at that."""
        ended = self.state in {_S.DISABLED, _S.HARMLESS}
        return ended and self.automatic and not self.reviewed_by

    @property
    def seconds(self) -> float:
        """From the report to the end of the key, as far as the state is that."""
        return (self.since - self.reported_at).total_seconds()


def turned(
    incident: Incident, turn: Turn, now: datetime, changed: Incident | None = None
) -> Incident | None:
    """Move an incident; None where the table does not allow it. `changed` has the other changes."""
    to = TURNS.get((incident.state, turn))
    if to is None:
        return None
    return replace(changed or incident, state=to, since=now, version=incident.version + 1)


def opened(seen: Sighting, report: Report) -> Incident:
    """Open an incident."""
    at, cloud = report.at, seen.cloud
    return Incident(seen.api_key, at, at, marks=(seen.mark,), reports=(report,), cloud=cloud)


def added(incident: Incident, mark: str, report: Report) -> Incident:
    """Add a report; the incident itself where it is known already, with the same secret."""
    known = any(each.is_same(report) for each in incident.reports)
    if known and mark in incident.marks:
        return incident
    kept = incident.reports if known else (*incident.reports, report)
    waits = incident.state is _S.REPORTED  # what is not compared yet makes no room for others
    marks = (*incident.marks, mark) if waits else (mark, *_compared(incident))
    marks = tuple(dict.fromkeys(marks))[:MOST_MARKS]
    more = incident.more + max(0, len(kept) - MOST_REPORTS)
    both = replace(incident, marks=marks, reports=kept[:MOST_REPORTS], more=more)
    after = turned(incident, Turn.REPORT, report.at, both)
    if after is None or _stands(incident, mark, report.at):
        return replace(both, version=incident.version + 1)
    fresh = replace(after, reported_at=report.at, asked=(), held=None, told_at=None)
    return fresh if incident.unreviewed else replace(fresh, by="", automatic=False, reviewed_by="")


def _compared(incident: Incident) -> tuple[str, ...]:
    """Marks that still count; those of secrets that are not the key's are done with."""
    return () if incident.state is _S.FOREIGN else incident.marks


def _stands(incident: Incident, mark: str, now: datetime) -> bool:
    """Whether a person has dismissed this very pair lately."""
    dismissed = incident.state is _S.DISMISSED and mark in incident.marks
    return dismissed and now - incident.since < STANDS_FOR


def next_look(incident: Incident) -> datetime | None:
    """Return when an incident is looked at next; None where only a report moves it."""
    match incident.state:
        case IncidentState.REPORTED | IncidentState.DISABLING:
            return incident.since
        case IncidentState.ASKED | IncidentState.ESCALATED:
            return incident.since + LOOK
        case IncidentState.DISABLED | IncidentState.HARMLESS if incident.unreviewed:
            return (incident.told_at or incident.since) + REVIEWED_WITHIN
        case _:
            return None
