"""What a soak was to do, what it found, and whether that is good."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tests.soak.tally import KINDS, READ, Sample, bytes_per_command, growth

FAULTS: Final = ("kill", "kill", "stop", "redis")
"""One of them at a time; `stop` alone is a rolling restart."""
ACKED: Final = 0.9
"""The share of what was sent that must be acknowledged; a fault costs some deliveries."""
HAPPENED: Final = 0.5
"""The share of the planned faults that must happen; one that still runs delays the next."""
LONG: Final = 300.0
"""Seconds from which on a run spares two processes, and memory is judged."""
SPARED: Final = ("web-0", "worker-2")
"""The processes that live through a long run, so that a slow leak shows."""
FLAT: Final = 1.15
"""A process may use this much of what it used in the middle third, and still be flat."""
BYTES: Final = 4_000.0
"""The most that Redis may keep for one command on its first day."""


@dataclass(frozen=True)
class Plan:
    """How long, how fast, and how often something is killed; all in seconds or per second."""

    seconds: float
    rate: float
    every: float
    seed: int
    faults: tuple[str, ...] = FAULTS

    @property
    def spared(self) -> tuple[str, ...]:
        """The processes that are left alone."""
        return SPARED if self.seconds >= LONG else ()

    @property
    def faults_due(self) -> float:
        """How many faults must happen."""
        return HAPPENED * (self.seconds // self.every) if self.faults else 0


@dataclass
class Report:
    """What a soak found; counters are by the kind of act."""

    plan: Plan
    sent: Counter[str] = field(default_factory=Counter)
    acked: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    p99: float = 0.0
    verify: str = ""
    details: list[str] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Say in words what is not as it must be."""
        found = [
            f"{count} {what}"
            for what, count in (
                ("lost", self.lost.total()),
                ("doubled", self.doubled.total()),
                ("unanswered", self.unanswered.total()),
            )
            if count
        ]
        if self.acked.total() < max(1.0, ACKED * self.sent.total()):
            found.append(f"fewer than {ACKED:.0%} of all acts acknowledged")
        if sum(self.killed.values()) < self.plan.faults_due:
            found.append(f"fewer faults than {self.plan.faults_due:.0f}")
        if "intact" not in self.verify:
            found.append("the audit log is not intact")
        return found + (self._of_a_long_run() if self.plan.seconds >= LONG else [])

    def _of_a_long_run(self) -> list[str]:
        """Say what only a long run must show: each kind of act, and memory."""
        found = [
            f"fewer than {ACKED:.0%} of kind {kind} acknowledged"
            for kind in (READ, *KINDS.values())
            if self.acked[kind] < max(1.0, ACKED * self.sent[kind])
        ]
        lived = growth(self.samples)
        for name in self.plan.spared:
            if any(name in what.split() for what in self.killed):
                found.append(f"{name} was not spared")
            if not lived.get(name):
                found.append(f"{name} was not measured")
            elif lived[name] > FLAT:
                found.append(f"{name} grows")
        kept = bytes_per_command(self.samples)
        if not kept:
            found.append("Redis was not measured")
        if kept > BYTES:
            found.append(f"Redis keeps more than {BYTES:.0f} bytes for each command")
        return found

    @property
    def passed(self) -> bool:
        """Whether there was enough to see, and nothing is wrong with it."""
        return not self.faults()

    def lines(self) -> list[str]:
        """Write the report."""
        memory = ", ".join(f"{name} {by:.2f}" for name, by in growth(self.samples).items())
        kills = ", ".join(f"{what} {count}" for what, count in sorted(self.killed.items()))
        return [
            (
                f"sent {self.sent.total()}, acknowledged {self.acked.total()}, 99 of 100 within"
                f" {self.p99 * 1000:.0f} ms; faults: {sum(self.killed.values())}"
                f" ({kills or 'none'})"
            ),
            f"{'':12}{'sent':>8}{'acked':>8}{'lost':>8}{'doubled':>9}{'unanswered':>12}",
            *(self._row(kind) for kind in (READ, *KINDS.values())),
            (
                f"lost {self.lost.total()}, doubled {self.doubled.total()},"
                f" unanswered {self.unanswered.total()}"
            ),
            (
                f"memory of each process, last third to middle third: {memory or 'too short'}"
                f" (at most {FLAT} for {', '.join(SPARED)} in a run of {LONG / 60:.0f} minutes)"
            ),
            (
                f"Redis keeps {bytes_per_command(self.samples):.0f} bytes for each command"
                f" (at most {BYTES:.0f})"
            ),
            f"audit log: {self.verify}",
            *self.details,
            *(f"FAULT: {each}" for each in self.faults()),
        ]

    def _row(self, kind: str) -> str:
        return (
            f"{kind:12}{self.sent[kind]:>8}{self.acked[kind]:>8}{self.lost[kind]:>8}"
            f"{self.doubled[kind]:>9}{self.unanswered[kind]:>12}"
        )
