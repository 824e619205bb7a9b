"""The rotation of a key, as a part of its request: its phases, and the one table of their steps.

A rotation gives a key a successor with the same roles, and then retires the key. The request goes
its usual way until the successor is collected; the phases go on from there. A phase in `ACTING` is
an intent: it is stored first, its effect follows, and each effect is safe to repeat.
docs/rotation.md has the picture of the table; a test draws it from the table and compares.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

PATIENCE: Final = timedelta(minutes=2)
"""How long Cloudinary may refuse a key that was enabled a moment ago, until its test has failed."""
LONGEST_GRACE: Final = timedelta(days=30)
GRACE: Final = timedelta(hours=24)
SOAK: Final = timedelta(days=14)


class Phase(StrEnum):
    """Where a rotation is; stored words."""

    PLANNED = "planned"
    CREATED = "created"
    TESTING = "testing"
    UNTESTED = "untested"
    OVERLAP = "overlap"
    RETIRING = "retiring"
    SIGNING = "signing"
    MOVING = "moving"
    SOAKING = "soaking"
    REVIVING = "reviving"
    RIPE = "ripe"
    DELETING = "deleting"
    NAMING = "naming"
    DONE = "done"
    KEPT = "kept"
    ABORTING = "aborting"
    ABORTED = "aborted"


class Step(StrEnum):
    """What happens to a rotation; the values are stored words, and those of a person are typed."""

    CREATE = "create"
    COLLECT = "collect"
    TEST = "test"
    PROVE = "prove"
    FLUNK = "flunk"
    EXTEND = "extend"
    DEPLOYED = "deployed"
    HOLD = "hold"
    SIGNER = "signer"
    MOVED = "moved"
    RETIRED = "retired"
    RIPEN = "ripen"
    ROLL_BACK = "rollback"
    REVIVED = "revived"
    DELETE = "delete"
    GONE = "gone"
    NAMED = "named"
    KEEP = "keep"
    ABORT = "abort"
    CLEARED = "cleared"


class By(StrEnum):
    """Who takes a step."""

    PERSON = "person"
    OWNER = "owner"
    CLOCK = "clock"
    ENGINE = "engine"


class Way(NamedTuple):
    """The phase after a step, and who may take the step."""

    to: Phase
    by: frozenset[By]


def _way(to: Phase, *by: By) -> Way:
    return Way(to, frozenset(by))


STEPS: Final = {
    # 1. Creating is an effect: approval comes first, and the successor is disabled until it is
    #    collected.
    (Phase.PLANNED, Step.CREATE): _way(Phase.CREATED, By.ENGINE),
    (Phase.CREATED, Step.COLLECT): _way(Phase.TESTING, By.OWNER),
    # 2. The old key stays as it is until Cloudinary accepted the new pair.
    (Phase.TESTING, Step.PROVE): _way(Phase.OVERLAP, By.ENGINE),
    (Phase.TESTING, Step.FLUNK): _way(Phase.UNTESTED, By.ENGINE),
    (Phase.UNTESTED, Step.TEST): _way(Phase.TESTING, By.PERSON),
    # 3. Both work: people press Deployed, or more time; else the grace ends.
    (Phase.OVERLAP, Step.EXTEND): _way(Phase.OVERLAP, By.PERSON),
    (Phase.OVERLAP, Step.DEPLOYED): _way(Phase.RETIRING, By.PERSON, By.CLOCK),
    # 4. Everything is read again before the old key is disabled; the signer moves by a person.
    (Phase.RETIRING, Step.FLUNK): _way(Phase.UNTESTED, By.ENGINE),
    (Phase.RETIRING, Step.HOLD): _way(Phase.SIGNING, By.ENGINE),
    (Phase.RETIRING, Step.RETIRED): _way(Phase.SOAKING, By.ENGINE),
    (Phase.SIGNING, Step.SIGNER): _way(Phase.MOVING, By.PERSON),
    (Phase.SIGNING, Step.DEPLOYED): _way(Phase.RETIRING, By.CLOCK),
    (Phase.MOVING, Step.MOVED): _way(Phase.RETIRING, By.ENGINE),
    # 5. Disabled, and one press from working again, until a person confirms the deletion.
    (Phase.SOAKING, Step.RIPEN): _way(Phase.RIPE, By.CLOCK),
    (Phase.SOAKING, Step.ROLL_BACK): _way(Phase.REVIVING, By.PERSON),
    (Phase.RIPE, Step.ROLL_BACK): _way(Phase.REVIVING, By.PERSON),
    (Phase.REVIVING, Step.REVIVED): _way(Phase.OVERLAP, By.ENGINE),
    (Phase.REVIVING, Step.HOLD): _way(Phase.SOAKING, By.ENGINE),
    (Phase.RIPE, Step.DELETE): _way(Phase.DELETING, By.PERSON),
    (Phase.DELETING, Step.HOLD): _way(Phase.RIPE, By.ENGINE),
    (Phase.NAMING, Step.NAMED): _way(Phase.DONE, By.ENGINE),
    # 6. The old key is gone, by us or in the Console: its name is free.
    **{
        (phase, Step.GONE): _way(Phase.NAMING, By.ENGINE)
        for phase in (Phase.RETIRING, Phase.SOAKING, Phase.REVIVING, Phase.RIPE, Phase.DELETING)
    },
    # 7. A person enabled the old key by another way: that is never undone, and both stay.
    **{
        (phase, Step.KEEP): _way(Phase.KEPT, By.ENGINE)
        for phase in (Phase.SOAKING, Phase.RIPE, Phase.DELETING, Phase.ABORTING)
    },
    # 8. Until the deletion everything can be taken back; the engine does for a successor that is
    #    gone, was not collected in time, or could not be created.
    **{
        (phase, Step.ABORT): _way(Phase.ABORTING, By.PERSON, By.ENGINE)
        for phase in (
            *(Phase.PLANNED, Phase.CREATED, Phase.TESTING, Phase.UNTESTED, Phase.OVERLAP),
            *(Phase.RETIRING, Phase.SIGNING, Phase.MOVING, Phase.SOAKING, Phase.REVIVING),
            Phase.RIPE,
        )
    },
    (Phase.ABORTING, Step.CLEARED): _way(Phase.ABORTED, By.ENGINE),
}

FINAL: Final = frozenset(Phase) - {phase for phase, _ in STEPS}
"""Phases that no step leads out of."""
ACTING: Final = frozenset(
    {
        *(Phase.TESTING, Phase.RETIRING, Phase.MOVING, Phase.REVIVING),
        *(Phase.DELETING, Phase.NAMING, Phase.ABORTING),
    }
)
"""Phases whose effect is due at once."""
WORKING: Final = frozenset(
    {Phase.PLANNED, Phase.CREATED, Phase.TESTING, Phase.UNTESTED, Phase.OVERLAP}
)
"""Phases in which Keysmith has not begun to disable the old key."""


class Trouble(StrEnum):
    """Why a rotation waits, or ended otherwise than planned; stored words."""

    REFUSED = "refused"
    WITHHELD = "withheld"
    NEW_DISABLED = "new_disabled"
    NEW_GONE = "new_gone"
    OLD_GONE = "old_gone"
    OLD_ENABLED = "old_enabled"
    OLD_STOPPED = "old_stopped"
    NAME_TAKEN = "name_taken"
    RENAMED = "renamed"
    UNCOLLECTED = "uncollected"
    FAILED = "failed"


@dataclass(frozen=True)
class Rotation:
    """Where the rotation of a request is; `since` is when this phase began.

    `until` is the end of the overlap or of the soak. `tested_at` is when Cloudinary accepted the
    new pair last. `stops` is whether Keysmith may have disabled the old key, `moved` whether it
    may have pinned the successor. `nudged` counts the reminders of the phase.
    """

    since: datetime
    phase: Phase = Phase.PLANNED
    grace: timedelta = GRACE
    soak: timedelta = SOAK
    compromised: bool = False
    until: datetime | None = None
    tested_at: datetime | None = None
    nudged: int = 0
    stops: bool = False
    moved: bool = False
    trouble: Trouble | None = None

    @property
    def over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.phase in FINAL


def allows(rotation: Rotation, taken: Step, by: By) -> bool:
    """Whether the table has the step; what leaked is never enabled again by a press."""
    way = STEPS.get((rotation.phase, taken))
    revives = taken is Step.ROLL_BACK and rotation.compromised
    return way is not None and by in way.by and not revives


def step(
    rotation: Rotation,
    taken: Step,
    by: By,
    now: datetime,
    *,
    trouble: Trouble | None = None,
    grace: timedelta | None = None,
) -> Rotation | None:
    """Take a step; None where the table has none for the phase, or not by this one."""
    if not allows(rotation, taken, by):
        return None
    to, lasts = STEPS[rotation.phase, taken].to, rotation.grace if grace is None else grace
    after = replace(rotation, phase=to, since=now, nudged=0, trouble=trouble)
    match to:
        case Phase.OVERLAP:
            tested = now if taken is Step.PROVE and trouble is None else rotation.tested_at
            stops = rotation.stops and taken is not Step.REVIVED
            until = now + (timedelta() if rotation.compromised else lasts)
            return replace(after, until=until, tested_at=tested, stops=stops)
        case Phase.UNTESTED:
            return replace(after, tested_at=None, stops=False)
        case Phase.SIGNING:  # the old key still works: who disables it from here on is another
            return replace(after, stops=False)
        case Phase.RETIRING:
            return replace(after, stops=True)
        case Phase.MOVING:
            return replace(after, moved=True)
        case Phase.SOAKING if taken is Step.RETIRED:
            return replace(after, until=now + rotation.soak)
        case _:
            return after
