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

# A hash: a person -> their delegate, and until when in seconds of the epoch.
DELEGATES: Final = PREFIX + "delegates"
# The digest of the findings that were reported last.
POLICY_FINDINGS: Final = PREFIX + "policy-findings"

# Fields of hashes.
CHANGE_JOB: Final = "errand"  # of a key's last change: the job that made it
PENDING_FINGERPRINT: Final = "agreed"  # of pending credentials: of their approved terms
LINK_PENDING: Final = "claim"  # of a link: the pending credentials that it leads to

# Fields of a request's JSON document.
VOTE_APPROVES: Final = "agrees"
VOTE_ON_BEHALF_OF: Final = "stands_for"
REVIEW_REMINDERS: Final = "nagged"
REVIEW_REMINDED_AT: Final = "nagged_at"

ById = Callable[[str], str]
ByActor = Callable[[Actor], str]


def _keys(kind: str) -> Callable[[object], str]:
    def key(of: object) -> str:
        return f"{PREFIX}{kind}:{of}"

    return key


# Hashes, each by the id of its thing.
job: Final[ById] = _keys("errand")
last_change: Final[ById] = _keys("change")  # by API key: what was done to the key last
request: Final[ById] = _keys("request")  # its JSON document, its version, and where its card is
link: Final[ById] = _keys("link")
pending_credentials: Final[ById] = _keys("claim")
offer: Final[ById] = _keys("offer")  # the command behind a button; it expires

# Ids of a person's own, as sorted sets by time.
requests_by: Final[ByActor] = _keys("requests-by")
pending_of: Final[ByActor] = _keys("claims")

# A hash for each person: by API key, the credentials of the keys that were created for them. It is
# permanent: an owner may stop their key for as long as it exists.
keys_of: Final[ByActor] = _keys("keys-of")

# Strings.
seen: Final[ById] = _keys("seen")  # by delivery from Slack: the id of its job, or `answered`
card: Final[ById] = _keys("card")  # by place, `channel:ts`: the request whose card is there
pending_for_key: Final[ById] = _keys("claim-of")  # by API key: the credentials it was created for
sealed: Final[ById] = _keys("sealed")  # by link: its ciphertext; the link alone holds the key
alive: Final[ById] = _keys("alive")  # by worker: its sign of life; it expires
lock: Final[ById] = _keys("lock")  # it expires
pace: Final[ById] = _keys("pace")  # by channel: present while its next message must wait


def reclaim(worker: str, item_id: str) -> str:
    """Name the mark of the living worker that reclaims an item of a dead one; it expires."""
    return f"{PREFIX}heir:{worker}:{item_id}"
