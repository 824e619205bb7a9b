"""Commands about leaked keys. No person types a report: its marks come from what Keysmith saw."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import REFERENCE, Ask, Field, KeyEnv, KeyName, Kind, matching
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
from bot.domain.policy import Action

_ONE: Final = r"[0-9]{12,20}:[0-9a-f]{8}\.[0-9a-f]{32}:[A-Za-z0-9_-]{0,128}"
SIGHTINGS: Final = Kind(matching(f"{_ONE}(?:,{_ONE})*"), limit=2_500, ask=Ask.NOTHING)
"""Pairs that were seen: API key, mark and cloud name of each."""


@dataclass(frozen=True)
class ReportLeak:
    """Report pairs that Keysmith saw in a command, or in a message."""

    seen: Annotated[str, Field("seen", SIGHTINGS, positional=True, offered=True)]
    channel: Annotated[str | None, Field("channel", REFERENCE, offered=True)] = None
    ts: Annotated[str | None, Field("ts", REFERENCE, offered=True)] = None
    author: Annotated[str | None, Field("author", REFERENCE, offered=True)] = None


@dataclass(frozen=True)
class DismissLeak:
    """Say that a key did not leak: no one else is asked about it."""

    name: KeyName
    env: KeyEnv = None


@dataclass(frozen=True)
class ReviewLeak:
    """Mark as reviewed that Keysmith disabled a leaked key by itself."""

    name: KeyName
    env: KeyEnv = None


@dataclass(frozen=True)
class DisownOpening:
    """Say that another person opened the link of a key: it is disabled at once."""

    name: KeyName
    env: KeyEnv = None


SettleLeak = DismissLeak | ReviewLeak
LeakCommand = ReportLeak | DismissLeak | ReviewLeak | DisownOpening

SPECS: Final[tuple[CommandSpec[SettleLeak | DisownOpening], ...]] = (
    CommandSpec(
        "leak dismiss", DismissLeak, Action.LEAK_SETTLE, msg("Say that a reported key did not leak")
    ),
    CommandSpec(
        "leak review", ReviewLeak, Action.LEAK_SETTLE, msg("Mark a disabled leaked key as reviewed")
    ),
    CommandSpec(
        "leak disown",
        DisownOpening,
        Action.KEY_DISABLE,
        msg("Say that another person opened the link to a key"),
    ),
)
REPORT: Final = CommandSpec[ReportLeak](
    "leak report", ReportLeak, Action.REPORT_LEAK, msg("Report a leaked key")
)
"""Written by Keysmith alone."""
