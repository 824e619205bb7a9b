"""Incidents, and the outcomes of commands about them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.incidents import Incident, IncidentState, Report, Source
from bot.domain.keys import Located
from bot.domain.outcomes.leaks import (
    LeakOutcome,
    LeakReported,
    LeakSettled,
    NoPairFound,
    NoSuchLeak,
    SeenLeak,
)

AT: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def incident_of(name: str, state: IncidentState, **more: Any) -> Incident:
    """An incident with every field."""
    sources = [Report(source, AT, "U1", name, "C1", "1.2", "U2") for source in Source]
    told = Incident(
        "814", AT, AT, state, ("m",), tuple(sources), 2, "x", "e1", name, "x", name, "U1"
    )
    return replace(told, **more)


def leaks(name: str, here: Located) -> Iterable[LeakOutcome]:
    """Every outcome of a command about leaks."""
    seen = SeenLeak("814", here, "U1", disable="key disable x", rotate="key show x")
    off = replace(here, key=replace(here.key, enabled=False))
    several = (seen, SeenLeak("814"), SeenLeak("814", foreign=True))
    yield from (LeakReported(several, in_command=it) for it in (True, False))
    yield LeakReported((SeenLeak("814", off), SeenLeak("814", here, other_secret=True)), False)  # noqa: FBT003
    for state in IncidentState:
        incident = incident_of(name, state, by=name)
        yield from (LeakSettled(incident, changed=it) for it in (True, False))
    yield from (NoSuchLeak(name), NoPairFound())
