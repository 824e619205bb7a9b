"""Archives of the audit log: each goes on from the one before, and the log from the last one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.domain.audit import Head, Record
from bot.domain.export import Export
from bot.domain.verification import (
    WHOLE,
    Absent,
    Archived,
    Broken,
    GivenUp,
    Intact,
    Retired,
    Rewound,
    Seen,
    Start,
    Verdict,
    continues,
    recovered_at,
)

Prove = Callable[[Export, Start], Verdict]
"""Proves one export behind what came before it, with secret keys or with public ones."""


def with_archives(
    verdict: Verdict | None,
    archives: Iterable[tuple[object, Export | Broken]],
    end: Start | None,
    prove: Prove,
    seen: Sequence[Seen] = (),
) -> Verdict:
    """Add to a verdict what came before its log: archives up to `end`, without gap and overlap.

    `archives` come with their names, in order. Without a log, `verdict` and `end` are None. Heads
    that were seen before must be among the records too.
    """
    if not isinstance(verdict, Intact | Archived | None):
        return verdict
    before, recovered = WHOLE, dict[Seen, str]()
    for name, export in archives:
        if end and before.fits(end):
            break  # what comes now is still in the log
        found = export if isinstance(export, Broken) else prove(export, before)
        if isinstance(export, Broken) or not isinstance(found, Intact | Retired):
            reason = found.reason if isinstance(found, Broken) else "it holds no entry"
            return Broken(before.head.seq + 1, f"{name} is not proven: {reason}")
        recovered |= {each: at for each in seen if (at := recovered_at(export.records, each))}
        left = [each.head for each in seen if each not in recovered]
        if fault := misfit(export, before) or _missed(export, left):
            return fault
        before = export.end
    lost = next(iter(recovered.values()), "")
    if end is None:
        heads = [each.head for each in seen]
        later = (Rewound(before.head, head) for head in heads if head.seq > before.head.seq)
        return next(later, Intact(before.head, recovered=lost))
    if not end.fits(before):
        if before.head.seq < end.head.seq:
            return _absent(before.head.seq, end.head.seq)
        return Broken(before.head.seq + 1, "the archives do not lead up to where the log begins")
    if isinstance(verdict, Intact):
        return replace(verdict, after=0, recovered=verdict.recovered or lost)
    return Intact(verdict.head if verdict else before.head, recovered=lost)


def _missed(export: Export, seen: Sequence[Head]) -> Rewound | Archived | None:
    start, last = export.closing.start.head, export.head
    inside = [head for head in seen if start.seq < head.seq <= last.seq]
    missed = (continues(export.records, last, head, start) for head in inside)
    return next((fault for fault in missed if fault), None)


def misfit(export: Export, before: Start) -> Broken | None:
    """Say how an archive does not go on from what came before it: a gap, an overlap, a fork."""
    start, last = export.closing.start, before.head.seq
    if start.fits(before):
        return None
    if start.head.seq > last:
        return _absent(last, start.head.seq)
    if start.head.seq < last:
        return Broken(start.head.seq + 1, f"two archives have entries from {start.head.seq + 1} on")
    return Broken(last + 1, "the archive goes on from another log than the one before it")


def _absent(before: int, last: int) -> Absent:
    first = before + 1
    what = f"entry {last}" if first == last else f"entries {first} to {last}"
    return Absent(first, f"no archive has {what}")


def against(
    verdict: Verdict, records: Sequence[Record], earlier: Seen, start: Head | None = None
) -> Verdict:
    """Add to a verdict that a proven log, which goes on from `start`, continues an earlier head.

    A recovery that recorded the loss of that head is told in the verdict. It explains only the loss
    of what was there before it.
    """
    if isinstance(verdict, GivenUp):
        rest = against(verdict.rest, records, earlier, start)
        if isinstance(rest, Intact | Retired):
            return replace(verdict, rest=rest)
        return rest if isinstance(rest, Rewound) else verdict
    if not isinstance(verdict, Intact | Archived):
        return verdict
    found = continues(records, verdict.head, earlier.head, start)
    proven = [each for each in records if each.seq > verdict.after]
    if isinstance(found, Rewound) and (at := recovered_at(proven, earlier)):
        return replace(verdict, recovered=at) if isinstance(verdict, Intact) else verdict
    return verdict if found is None or isinstance(verdict, type(found)) else found
