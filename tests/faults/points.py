"""Every step from a wish to a key that works, by name, and both sides of each."""

from typing import Final

from tests.faults.watch import Point, When

STEPS: Final = (
    # Mia's wish is taken in, and the request opened; its card is posted.
    "asked key:request",
    "requested key:request",
    "answered key:request",
    "answer",
    "post card",
    "place card",
    # Redis forgets what a worker has carried out; each time alike, so the first stands for all.
    "forget errands",
    "forget outbox",
    # Tom's word is taken in, and counted.
    "asked decide",
    "decided decide",
    "answered decide",
    "answer 2",
    "draw card",
    "say in thread",
    "say to requester",
    # What was agreed to is carried out.
    "moved begin",
    "begun key:request",
    "make key",
    "done key:request",
    "moved hand over",
    "answered key:request 2",
    "say in thread 2",
    "say to requester 2",
    # Mia asks for a link, and opens it.
    "asked claim",
    "linked link:make",
    "answered claim",
    "answer 3",
    "begun link:open",
    "enable key",
    "revealed link:open",
    # The request follows.
    "moved claim",
    "draw collected card",
    "say in thread 3",
    "say to requester 3",
)
POINTS: Final = tuple(str(Point(when, step)) for step in STEPS for when in When)
SHORT: Final = (
    "after decided decide",
    "after make key",
    "after post card",
)
"""Those that every run looks at; the others are `make faults`."""
PATIENT: Final = "after make key"
"""Here the dead process's leases are waited for; elsewhere they are made to run out."""
