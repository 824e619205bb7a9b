"""Every name under which Redis keeps something: keys, streams, groups, and fields with old words.

Stored names outlive the code. A rename of Python names must leave this module alone: what is
stored in a running system is found again only under the name that stands here, and a change of
one is a migration. `tests/contracts/test_stored_words.py` holds a second copy of all of them.

Hash and JSON fields whose name is the plain word of today stand where they are read and written;
only those that are spelled in a word that the code no longer uses are named here.
"""

from typing import Final

from bot.domain.people import Actor

PREFIX: Final = "{keysmith}:"
"""The braces keep every key in one hash slot, where a script may touch them together."""

# The audit log: the stream, where it ends, and which process may extend it alone for a moment.
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
"""A hash: who lets decide -> whom, and until when in seconds of the epoch."""
POLICY_FINDINGS: Final = PREFIX + "policy-findings"
"""The digest of the findings that were told last."""

# Fields of hashes.
CHANGE_JOB: Final = "errand"
"""Of a key's last change: the job that made it."""
PENDING_FINGERPRINT: Final = "agreed"
"""Of pending credentials: the fingerprint of the approved terms."""
LINK_PENDING: Final = "claim"
"""Of a link: the pending credentials that it leads to."""

# Fields of a request's JSON document.
VOTE_APPROVES: Final = "agrees"
VOTE_ON_BEHALF_OF: Final = "stands_for"
REVIEW_REMINDERS: Final = "nagged"
REVIEW_REMINDED_AT: Final = "nagged_at"


def seen(delivery: str) -> str:
    """A delivery of Slack's that was taken: the id of its job, or `answered`."""
    return f"{PREFIX}seen:{delivery}"


def job(job_id: str) -> str:
    """A job: a hash."""
    return f"{PREFIX}errand:{job_id}"


def last_change(api_key: str) -> str:
    """What was done to a key last: a hash."""
    return f"{PREFIX}change:{api_key}"


def request(request_id: str) -> str:
    """A request: a hash of its JSON document, its version, and where its card is."""
    return f"{PREFIX}request:{request_id}"


def card(place: str) -> str:
    """The id of the request whose card is at this place, written `channel:ts`."""
    return f"{PREFIX}card:{place}"


def requests_by(actor: Actor) -> str:
    """The ids of a person's own requests: a sorted set by time."""
    return f"{PREFIX}requests-by:{actor}"


def link(link_id: str) -> str:
    """A one-time link: a hash."""
    return f"{PREFIX}link:{link_id}"


def sealed(link_id: str) -> str:
    """What a link gives away, encrypted under a key that is in the link alone."""
    return f"{PREFIX}sealed:{link_id}"


def pending_credentials(pending_id: str) -> str:
    """Credentials that wait for their owner: a hash."""
    return f"{PREFIX}claim:{pending_id}"


def pending_of(actor: Actor) -> str:
    """The ids of the credentials that wait for a person: a sorted set by time."""
    return f"{PREFIX}claims:{actor}"


def pending_for_key(api_key: str) -> str:
    """The id of the pending credentials that a key was made for."""
    return f"{PREFIX}claim-of:{api_key}"


def alive(worker: str) -> str:
    """A worker's sign of life; it expires."""
    return f"{PREFIX}alive:{worker}"


def reclaim(worker: str, item_id: str) -> str:
    """Which living worker reclaims an item of a dead one; it expires."""
    return f"{PREFIX}heir:{worker}:{item_id}"


def lock(name: str) -> str:
    """A lock; it expires."""
    return f"{PREFIX}lock:{name}"


def offer(offer_id: str) -> str:
    """What a button asks for: a hash; it expires."""
    return f"{PREFIX}offer:{offer_id}"


def pace(channel: str) -> str:
    """Present while a channel must wait for its next message."""
    return f"{PREFIX}pace:{channel}"
