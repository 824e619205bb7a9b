"""What `audit verify` prints."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.cards.counts import entries
from bot.cards.invisible import shown
from bot.domain.audit import Head
from bot.domain.given_up import Gap
from bot.domain.verification import (
    Absent,
    Archived,
    Broken,
    Empty,
    GivenUp,
    Intact,
    OtherKey,
    Retired,
    Rewound,
    Verdict,
)

RECOVERED: Final = (
    "Entries that were seen before are missing: Redis went back to an earlier state, and the"
    " recovery of {at} recorded their loss. Keep the export that has them.\n"
)
PUBLIC: Final = "ed25519:"
"""In front of a public key; ids of secret keys have nothing there."""
EARLIER_PROOF: Final = (
    "An export from before, with a checkpoint, still proves them with that key's public key:"
    " `audit verify --file EXPORT --public KEY`.\n"
)
WAITING: Final = (
    "The newest key of KEYSMITH_KEYS, {key}, has signed none of them: `keys rotate` lets it sign. "
    "If that has run before, entries are missing at the end.\n"
)


def describe(verdict: Verdict, *, signed: bool) -> str:
    """Describe a verdict: what was found, what it means, what to do next."""
    match verdict:
        case Intact():
            return _intact(verdict, signed=signed)
        case GivenUp(head, gaps, rest, after):
            return _given_up(head, gaps, rest, after)
        case OtherKey():
            return _other_key(verdict)
        case Absent(_, reason):
            return (
                f"The audit log is NOT verified: {reason}. What was read before them holds.\n"
                "Copy the archives that are missing into the directory, and verify again. If they "
                "are nowhere, these entries were removed: compare with an earlier export.\n"
            )
        case Broken(seq, reason):
            return (
                f"The audit log does NOT hold at entry {seq}: {reason}.\n"
                "Keep this copy as it is, and compare it with an earlier export.\n"
            )
        case Empty():
            return (
                "The audit log is EMPTY, so nothing is verified. A new installation has no entry "
                "before its first command.\n"
                "If there were entries before, they are lost: compare with your last export, and "
                "see what is missing with `keysmith recover`.\n"
            )
        case Retired(head, key_id):
            return (
                f"The audit log is NOT verified: it is in order ({entries(head.seq)}), but its "
                f"newest entry is signed by the retired key {key_id}.\n"
                "The newest key of KEYSMITH_KEYS signs once `keys rotate` has run. If it has run, "
                "entries are missing at the end.\n"
                "To verify an export from before the change, set KEYSMITH_KEYS without the newer "
                "keys.\n"
            )
        case Rewound(head, earlier):
            return (
                f"The audit log does NOT continue what was seen before: it has {entries(head.seq)}"
                f", and entry {earlier.seq} was seen before with another content, or is missing.\n"
                "Entries were lost or replaced. Keep this copy, compare it with the earlier one, "
                "and see what is missing with `keysmith recover`.\n"
            )
        case Archived(_, earlier, after):
            return (
                f"The audit log is intact from entry {after + 1} on, but NOT compared with what "
                f"was seen before: entry {earlier.seq} is in an archive.\n"
                "Verify the archives with it: --archive DIRECTORY.\n"
            )
        case _:
            assert_never(verdict)


def _intact(found: Intact, *, signed: bool) -> str:
    how = "as they were when the checkpoint was signed" if signed else "unaltered"
    head, after = found.head, found.after
    if not after:
        told = f"The audit log is intact: {entries(head.seq)}, in order and {how}.\n"
    else:
        told = (
            f"The audit log is intact from entry {after + 1} to {head.seq}, in order and {how}.\n"
            f"Entries 1 to {after} were archived: --archive DIRECTORY verifies them too.\n"
        )
    return told + _also(found)


def _also(found: Intact) -> str:
    lost = RECOVERED.format(at=found.recovered) if found.recovered else ""
    return lost + (WAITING.format(key=found.waiting) if found.waiting else "")


def _given_up(head: Head, gaps: Sequence[Gap], rest: Intact | Retired, after: int) -> str:
    """Say what can't be proven any more, and that what is behind it holds."""
    lines = [
        f"{_span(gap)} under a key that was given up on {gap.at} by"
        " `keys rotate --lost`: this can't be proven, and may have been altered.\n"
        for gap in gaps
    ]
    first = gaps[-1].last + 1
    if isinstance(rest, Intact):
        lines.append(
            f"The log is intact from entry {first} to {head.seq}, in order and unaltered.\n"
        )
        lines.append(_also(rest))
    else:
        lines.append(describe(rest, signed=False))
    if after:
        lines.append(f"Entries 1 to {after} were archived, and were not verified.\n")
    lines.append(EARLIER_PROOF)
    return "".join(lines)


def _span(gap: Gap) -> str:
    if gap.first == gap.last:
        return f"Entry {gap.first} is"
    return f"Entries {gap.first} to {gap.last} are"


def _other_key(found: OtherKey) -> str:
    """Say which key is named and which were given; a log that was changed reads differently."""
    given = ", ".join(found.given)
    if found.named.startswith(PUBLIC):
        return (
            "The audit log is NOT verified: this key did not sign this log.\n"
            f"  The key that you gave:   {given}\n"
            f"  The key that signed it:  {shown(found.named)}\n"
            "Nothing says that the log was changed, and nothing says that it is genuine. Compare"
            " the key that signed it with what `keysmith audit key` prints on the server, over a"
            " way that you trust; never take a key from the export itself.\n"
        )
    return (
        f"The audit log is NOT verified from entry {found.seq} on: no key of KEYSMITH_KEYS signed"
        " it.\n"
        f"  The keys of KEYSMITH_KEYS here:  {given}\n"
        f"  The key that is named there:     {shown(found.named)}\n"
        "If that key is yours (`keysmith keys status` on the server lists them), add it to"
        " KEYSMITH_KEYS and verify again. If it is not, the log is another installation's or"
        " forged: keep this copy, and compare it with an earlier export.\n"
    )
