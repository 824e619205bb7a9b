"""What the ledger takes and answers: guards, writes, entries; applied, or lost."""

from dataclasses import dataclass

from bot.domain.audit import Entry


@dataclass(frozen=True)
class Guard:
    """What must hold: the answer of a reading command; None for nothing there."""

    ask: tuple[str, ...]
    expect: str | None


@dataclass(frozen=True)
class Step:
    """If every guard holds, every write happens and every entry is appended; else nothing."""

    entries: tuple[Entry, ...]
    writes: tuple[tuple[str, ...], ...] = ()
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class Applied:
    """The step happened; `results` are the answers of its writes."""

    results: tuple[object, ...]


@dataclass(frozen=True)
class Lost:
    """The guard at `place` did not hold, so nothing happened."""

    place: int
