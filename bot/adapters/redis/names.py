"""Every name under which Redis keeps something: keys, streams, groups, and fields with old names.

Stored names outlive the code. A rename of Python names must leave this module alone: what a running
system has stored is found again only under these names, and a change of one is a migration.
`tests/contracts/test_stored_words.py` holds a second copy of all of them.

Hash and JSON fields whose name is today's term are written where they are used; only those whose
name the code no longer uses are listed here.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.people import Actor

PREFIX: Final = "{keysmith}:"
"""The braces keep every key in one hash slot, where a script may touch them together."""

# The audit log: the stream, its head, and which process alone may extend it for a short time.
AUDIT: Final = PREFIX + "audit"
AUDIT_HEAD: Final = PREFIX + "audit-head"
AUDIT_TURN: Final = PREFIX + "audit-turn"

# Streams that workers read, and the one consumer group of each.
JOBS: Final = PREFIX + "errands"
NOTICES: Final = PREFIX + "notices"
OUTBOX: Final = PREFIX + "outbox"
WORKERS: Final = "workers"

# Indexes: sorted sets by time.
JOBS_ASIDE: Final = PREFIX + "errands-aside"
REQUESTS_DUE: Final = PREFIX + "requests-due"
REQUESTS_PENDING: Final = PREFIX + "requests-pending"
LINKS_OPENING: Final = PREFIX + "opening"

DELEGATES: Final = PREFIX + "delegates"
"""A hash: a person -> their delegate, and until when in seconds of the epoch."""
POLICY_FINDINGS: Final = PREFIX + "policy-findings"
"""The digest of the findings that were reported last."""

# Fields of hashes.
CHANGE_JOB: Final = "errand"
"""In a key's last change: the job that made it."""
PENDING_FINGERPRINT: Final = "agreed"
"""In pending credentials: the fingerprint of the approved terms."""
LINK_PENDING: Final = "claim"
"""In a link: the pending credentials that it leads to."""

# Fields of a request's JSON document.
VOTE_APPROVES: Final = "agrees"
VOTE_ON_BEHALF_OF: Final = "stands_for"
REVIEW_REMINDERS: Final = "nagged"
REVIEW_REMINDED_AT: Final = "nagged_at"


ById = Callable[[str], str]
ByActor = Callable[[Actor], str]


def _keys(kind: str) -> Callable[[str | Actor], str]:
    def key(of: str | Actor) -> str:
        return f"{PREFIX}{kind}:{of}"

    return key


# Keys of one thing each. The id is that of the thing, where no comment names another.
seen: Final[ById] = _keys("seen")
"""A delivery from Slack that was accepted: the id of its job, or `answered`."""
job: Final[ById] = _keys("errand")
"""A hash."""
last_change: Final[ById] = _keys("change")
"""By API key: what was done to the key last, a hash."""
request: Final[ById] = _keys("request")
"""A hash of the JSON document, its version, and where the card is."""
card: Final[ById] = _keys("card")
"""By place, written `channel:ts`: the id of the request whose card is there."""
requests_by: Final[ByActor] = _keys("requests-by")
"""The ids of a person's own requests: a sorted set by time."""
link: Final[ById] = _keys("link")
"""A one-time link: a hash."""
sealed: Final[ById] = _keys("sealed")
"""By link: its ciphertext, under a key that only the link holds."""
pending_credentials: Final[ById] = _keys("claim")
"""A hash."""
pending_of: Final[ByActor] = _keys("claims")
"""The ids of the credentials that wait for this owner: a sorted set by time."""
pending_for_key: Final[ById] = _keys("claim-of")
"""By API key: the id of the pending credentials that the key was created for."""
alive: Final[ById] = _keys("alive")
"""A worker's sign of life; it expires."""
lock: Final[ById] = _keys("lock")
"""It expires."""
offer: Final[ById] = _keys("offer")
"""The command behind a button: a hash; it expires."""
pace: Final[ById] = _keys("pace")
"""By channel: present while the channel must wait for its next message."""


def reclaim(worker: str, item_id: str) -> str:
    """Name the mark of the living worker that reclaims an item of a dead one; it expires."""
    return f"{PREFIX}heir:{worker}:{item_id}"
