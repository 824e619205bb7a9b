"""The names of all steps from a request to an enabled key, and the crash points around them."""

from typing import Final

from tests.faults.watch import Point, When

STEPS: Final = (
    # Mia's command is accepted, her request opened, its card posted.
    "asked key:request",
    "bound identify",
    "requested key:request",
    "answered key:request",
    "answer",
    "post card",
    "place card",
    # A worker acknowledges a queue entry; all such steps are alike and share one name.
    "forget errands",
    "forget outbox",
    # Tom's vote is accepted and counted.
    "asked decide",
    "bound identify 2",
    "decided decide",
    "answered decide",
    "answer 2",
    "draw card",
    "post in thread",
    "post to requester",
    # The approved request is executed.
    "moved begin",
    "begun key:request",
    "make key",
    "done key:request",
    "moved hand over",
    "answered key:request 2",
    "post in thread 2",
    "post to requester 2",
    # Mia collects a link and opens it.
    "asked claim",
    "linked link:make",
    "answered claim",
    "answer 3",
    "begun link:open",
    "enable key",
    "revealed link:open",
    "post to requester 3",
    # The request and its card follow.
    "moved claim",
    "draw collected card",
    "post in thread 3",
    "post to requester 4",
)
POINTS: Final = tuple(str(Point(when, step)) for step in STEPS for when in When)
SHORT: Final = (
    "after decided decide",
    "after make key",
    "after post card",
)
"""The points of every test run; `make faults` tests all."""
REAL_LEASES: Final = "after make key"
"""At this point the test waits until leases expire; elsewhere it deletes them."""
