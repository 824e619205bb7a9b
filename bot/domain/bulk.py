"""A bulk act: a frozen list of parts, run one after another, that goes on where it stopped.

States of a part: waiting -> done, failed or skipped; failed -> waiting when the act is resumed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Final

from bot.domain.people import Actor


class PartState(StrEnum):
    """How far a part is; the values are stored words."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(Enum):
    """What becomes of a part: it ran, could not run, has nothing to change, or runs again."""

    DO = auto()
    FAIL = auto()
    SKIP = auto()
    RETRY = auto()


MOVES: Final = {
    (PartState.WAITING, Result.DO): PartState.DONE,
    (PartState.WAITING, Result.FAIL): PartState.FAILED,
    (PartState.WAITING, Result.SKIP): PartState.SKIPPED,
    (PartState.WAITING, Result.RETRY): PartState.WAITING,
    (PartState.FAILED, Result.RETRY): PartState.WAITING,
}
"""Every move of a part; no other is made."""
KEPT: Final = 30
"""Days that a bulk act is kept."""
MOST: Final = 200
"""Parts of one act."""
REQUESTED: Final = "requested"
"""Before the id of a request, in the outcome of a part that waits for its approval."""
STARTED: Final = "started"
"""Likewise of a request that needs none."""


class OutReason(StrEnum):
    """Why a target is left out of a list; the values are stored words."""

    ROOT = "root"
    LAST_ENABLED = "last_enabled"
    WEBHOOK_SIGNER = "webhook_signer"
    NOT_ALLOWED = "not_allowed"
    NEEDS_APPROVAL = "needs_approval"
    UNKNOWN_AGE = "unknown_age"
    NO_RIGHTS = "no_rights"
    NEEDS_REASON = "needs_reason"
    ROTATING = "rotating"
    DELETING = "deleting"
    UNCLAIMED = "unclaimed"
    ASKED = "asked"
    OWNED = "owned"


@dataclass(frozen=True)
class LeftOut:
    """A target that a person may have expected in the list; without a name, a whole environment."""

    name: str
    where: str
    reason: OutReason


@dataclass(frozen=True)
class Part:
    """One step: its canonical command names the target by id; `name` and `where` are for people.

    `seen` is the target as the list showed it. `outcome` is the kind of what the part led to, and
    `tries` counts how often it ran before.
    """

    command: str
    name: str
    where: str = ""
    seen: str = ""
    state: PartState = PartState.WAITING
    outcome: str = ""
    tries: int = 0
    owner: str = ""
    """The Slack user id of the person for whom a key was created, if that is stored."""

    @property
    def request(self) -> str:
        """The id of the request that the part opened; empty for one that opened none."""
        kind, _, id_ = self.outcome.partition(":")
        return id_ if kind in {REQUESTED, STARTED} else ""

    @property
    def changed_at(self) -> datetime | None:
        """When the target changed last, as the list showed it."""
        try:
            return datetime.fromisoformat(self.seen.rpartition(" ")[2])
        except ValueError:  # it is not known, or the part is about another target
            return None

    @property
    def frozen(self) -> tuple[str, str, str, str]:
        """What a person confirms or approves of it; its progress is none of that."""
        return self.command, self.name, self.where, self.seen


@dataclass(frozen=True)
class Bulk:
    """A frozen list of parts, of one person; `run` is the job that runs it, or ran it last.

    `command` is what the person typed. `halted` where the run stopped before its last part, and
    `over` where no other goes on: its authority ended. `more` counts what matched beyond the limit
    of one act, `told` the keys whose new owner was told of them.
    """

    id: str
    actor: Actor
    command: str
    at: datetime
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
    more: int = 0
    run: str = ""
    halted: bool = False
    version: int = 1
    over: bool = False
    told: int = 0

    def count(self, *states: PartState) -> int:
        """Count the parts in these states."""
        return sum(part.state in states for part in self.parts)

    @property
    def resumable(self) -> bool:
        """Whether it ran, and something is left that may be tried again."""
        return bool(self.run) and not self.over and not self.complete

    @property
    def complete(self) -> bool:
        """Whether nothing is left to try."""
        return not self.count(PartState.WAITING, PartState.FAILED)

    @property
    def running(self) -> bool:
        """Whether a job goes through its parts now."""
        return bool(self.run) and not self.halted and self.count(PartState.WAITING) > 0


def next_part(bulk: Bulk) -> int | None:
    """Return the place of the first part that waits."""
    waiting = PartState.WAITING
    return next((at for at, part in enumerate(bulk.parts) if part.state is waiting), None)


def begin(bulk: Bulk, job_id: str) -> Bulk:
    """Let a job run what is left; the same job again goes on, and retries nothing.

    Whatever a former run left waiting is tried under another id too: how far it came is unclear.
    """
    if bulk.run == job_id:
        return bulk
    left = {PartState.FAILED, PartState.WAITING} if bulk.run else {PartState.FAILED}
    parts = tuple(moved(part, Result.RETRY) if part.state in left else part for part in bulk.parts)
    return replace(bulk, parts=parts, run=job_id, halted=False, version=bulk.version + 1)


def settle(bulk: Bulk, at: int, result: Result, outcome: str = "", *, halted: bool = False) -> Bulk:
    """Move one part; `halted` where the run stops behind it."""
    part = moved(bulk.parts[at], result, outcome)
    parts = (*bulk.parts[:at], part, *bulk.parts[at + 1 :])
    return replace(bulk, parts=parts, halted=halted, version=bulk.version + 1)


def stopped(bulk: Bulk, *, over: bool) -> Bulk:
    """End a run that does not go on; `over` where no other goes on either."""
    if not (bulk.running or (over and bulk.resumable)):
        return bulk
    return replace(bulk, halted=True, over=over, version=bulk.version + 1)


def moved(part: Part, result: Result, outcome: str = "") -> Part:
    """Move a part by the table; raises `ValueError` for a move that is not in it."""
    to = MOVES.get((part.state, result))
    if to is None:
        raise ValueError(f"a part that is {part.state} does not {result.name}")
    again = result is Result.RETRY
    return replace(part, state=to, outcome=outcome, tries=part.tries + again)


def part_job(bulk: Bulk, at: int) -> str:
    """The id of the job that runs a part: another one for each try."""
    return f"{bulk.id}p{at}t{bulk.parts[at].tries}"
