"""Every name under which Redis keeps something: keys, streams, groups, and fields with old names.

Stored names outlive the code. A rename of Python names must leave this module alone: what a running
system has stored is found again only under these names, and a change of one is a migration.
`tests/contracts/test_stored_words.py` holds a second copy of all of them.

Hash and JSON fields whose name is today's term are written where they are used; only those whose
name the code no longer uses are listed here.
"""

from collections.abc import Callable, Mapping
from typing import Final

from bot.domain import given_up
from bot.domain.people import Actor

PREFIX: Final = "{keysmith}:"
"""The braces keep every key in one hash slot, where a script may touch them together."""

# The audit log: the stream, its head, and which process alone may extend it for a short time.
AUDIT: Final = PREFIX + "audit"
AUDIT_HEAD: Final = PREFIX + "audit-head"
AUDIT_TURN: Final = PREFIX + "audit-turn"
# What a trimmed log goes on from: a hash with a proof, and the newest MACs that the log lost.
AUDIT_BASE: Final = PREFIX + "audit-base"
# The key that signs: its generation and its id, `2:1f0c9a7e`.
SIGNING: Final = PREFIX + "signing"

# Which line of history this is, why no change begins, and which process has told security so.
EPOCH: Final = PREFIX + "epoch"
HALTED: Final = PREFIX + "halted"
HALT_TOLD: Final = PREFIX + "halt-told"

# Streams that workers read, and the one consumer group of each.
JOBS: Final = PREFIX + "errands"
JOBS_RESERVED: Final = PREFIX + "jobs-reserved"  # of the lane that passes all others
NOTICES: Final = PREFIX + "notices"
ANSWERS: Final = PREFIX + "answers"
HOMES: Final = PREFIX + "homes"  # App Homes to be drawn, of people at such processes
PRESSES: Final = PREFIX + "presses"  # of links, in processes without the account key
OUTBOX: Final = PREFIX + "outbox"
OUTBOX_SECURITY: Final = PREFIX + "outbox-security"
WORKERS: Final = "workers"
UNREAD: Final = "unread:"  # begins the name of a consumer that holds an item which was handed over

# Indexes: sorted sets by time.
JOBS_ASIDE: Final = PREFIX + "errands-aside"
JOBS_RESERVED_ASIDE: Final = PREFIX + "jobs-reserved-aside"
REQUESTS_DUE: Final = PREFIX + "requests-due"
REQUESTS_PENDING: Final = PREFIX + "requests-pending"
REQUESTS_CLOSED: Final = PREFIX + "requests-closed"  # all others, by when they were opened
INCIDENTS_DUE: Final = PREFIX + "incidents-due"
LINKS_OPENING: Final = PREFIX + "opening"
LINKS_WAITING: Final = PREFIX + "links-waiting"  # credentials to be collected, by their link's end
DELEGATIONS: Final = PREFIX + "delegations"  # people who have a delegate, by its end

REVIEWS: Final = PREFIX + "reviews"  # access reviews that wait for answers, by their next look
REPORTS_DUE: Final = PREFIX + "reports-due"  # channels with a weekly report, by the next one
ROTATIONS_DUE: Final = PREFIX + "rotations-due"  # API keys with a schedule, by the next look
KEYS_NEXT: Final = PREFIX + "keys-next"  # when keys are compared next, in seconds
LINKS_NEXT: Final = PREFIX + "links-next"  # when live links are looked at next, in seconds
KEY_RECORDS: Final = PREFIX + "key-records"  # API keys that have a record, by when first seen

# A hash of the former version, which is no longer read: a person -> their delegate.
DELEGATES: Final = PREFIX + "delegates"
# Set once the account is known to have the Permissions API.
PERMISSIONS: Final = PREFIX + "permissions-api"
# The digest of the findings that were reported last.
POLICY_FINDINGS: Final = PREFIX + "policy-findings"

# What readiness writes, so that a Redis that takes no writes is noticed; it expires.
HEARTBEAT: Final = PREFIX + "heartbeat"
# That any process runs jobs; each that does writes it again, and it expires.
WORKING: Final = PREFIX + "working"

# Fields of hashes.
CHANGE_JOB: Final = "errand"  # of a key's last change: the job that made it
PENDING_FINGERPRINT: Final = "agreed"  # of pending credentials: of their approved terms
BINDING_CLOUDINARY: Final = "cloudinary"  # of a binding: the Cloudinary user's id
LINK_PENDING: Final = "claim"  # of a link: the pending credentials that it leads to
LINK_BUNDLE: Final = "bundle"  # of a link: the hash of its ciphertext
MAC: Final = "mac"  # of a record: the proof that Keysmith wrote all of it
CARD_MAC: Final = "card_mac"  # of a request: the same for where its card is
TALLY_LOST: Final = "lost"  # of a tally, in the place of an id: what was there is not known
# In the target of an audit entry: the MACs of the records that its step wrote, by key.
MARKS: Final = "records"
ROLLED_OVER: Final = given_up.ROLLED_OVER  # the action of the entry by which another key signs
ROLLED_TO: Final = "generation"  # in its target: `2:1f0c9a7e`, as under `signing`
ROLLED_LOST: Final = given_up.ROLLED_LOST  # in its target: the id of the key that was given up
LOG_CUT: Final = "audit:cut"  # the action of the entry about a chain whose start is gone
LOG_CUT_FIRST: Final = "first"  # in its target: the number of the first entry that is left
LOG_TRIMMED: Final = "audit:trim"  # the action of the entry about entries that were archived
LOG_TRIMMED_BASE: Final = "base"  # in its target: the proof of what the log goes on from
FORGOTTEN: Final = "requests:forget"  # the action of the entry about requests that were removed
TIMER_RESTORED: Final = "timer:restore"  # the action of the entry about a timer that was gone
# Kinds of records with a MAC, as in their keys, and what people call them.
KINDS: Final[Mapping[str, str]] = {
    "errand": "job",
    "change": "last change of a key",
    "request": "request",
    "claim": "record of pending credentials",
    "link": "link",
    "delegation": "delegation",
    "offer": "command behind a button",
    "bulk": "list of a bulk act",
    "incident": "incident of a leaked key",
    "binding": "binding of a Slack user",
    "tier": "tier of an environment",
    "binding-of": "binding of a Cloudinary user",
    "owner": "owner of a key",
    "key-record": "record of a key",
    "report": "weekly report",
    "review": "access review",
    "rotation-schedule": "schedule of rotation",
    "own-act": "mark of a change that Keysmith makes",
    "reconciled": "time of a comparison of keys",
    "requests-waiting": "count of a person's open requests",
    "budget": "count of a person's automatic approvals",
    "vote-sign-in": "sign-in of an approver",
}

# The kinds that the version without MACs wrote: no other kind is adopted at an upgrade.
FORMER_KINDS: Final = ("errand", "change", "request", "claim", "link", "offer")

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
binding: Final[ById] = _keys("binding")  # by Slack user: the Cloudinary user; kept for good
binding_of: Final[ById] = _keys("binding-of")  # by Cloudinary user: the same record
owner: Final[ById] = _keys("owner")  # by API key: for whom the key was created; kept for good
report_schedule: Final[ById] = _keys("report")  # by channel: its weekly report
access_review: Final[ById] = _keys("review")  # its JSON document and its version; it expires
rotation_schedule: Final[ById] = _keys("rotation-schedule")  # by API key: how often it is rotated
key_record: Final[ById] = _keys("key-record")  # by API key: its JSON document; kept for good
own_act: Final[ById] = _keys(
    "own-act"
)  # by its hash: a change that is about to be made; it expires
reconciled: Final[ById] = _keys("reconciled")  # by what is compared: when, for good
bulk: Final[ById] = _keys("bulk")  # a bulk act: its JSON document and its version; it expires
incident: Final[ById] = _keys("incident")  # by API key: its JSON document, and its version
leak_seen: Final[ById] = _keys("leak-seen")  # by a webhook's signature; it expires
offer: Final[ById] = _keys("offer")  # the command behind a button; it expires

delegation: Final[ByActor] = _keys("delegation")  # by person: their delegate; it expires

# Ids of a person's own, as sorted sets by time.
requests_by: Final[ByActor] = _keys("requests-by")
pending_of: Final[ByActor] = _keys("claims")

keys_of: Final[ByActor] = _keys("keys-of")  # API keys that were created for them, for good
waiting_of: Final[ByActor] = _keys("requests-waiting")  # a person's open requests, by id
tier: Final[ById] = _keys("tier")  # by environment: the tier that a person fixed, for good

# Strings.
answered: Final[ById] = _keys("answered")  # by an answer's mark: who sends it; it expires
seen: Final[ById] = _keys("seen")  # by delivery from Slack: the id of its job, or `answered`
card: Final[ById] = _keys("card")  # by place, `channel:ts`: the request whose card is there
pending_for_key: Final[ById] = _keys("claim-of")  # by API key: the credentials it was created for
rotation: Final[ById] = _keys("rotation")  # by API key, old or new: the request that rotates it
review_in: Final[ById] = _keys("review-in")  # by environment: the access review that runs there
sealed: Final[ById] = _keys("sealed")  # by link: its ciphertext; the link alone holds the key
identity_told: Final[ById] = _keys("identity-told")  # by Slack user: the problem told; it expires
alive: Final[ById] = _keys("alive")  # by worker: its sign of life; it expires
process: Final[ById] = _keys("process")  # a running process: what it can read; it expires
unread_told: Final[ById] = _keys("unread-told")  # by what is lacking: told lately; it expires
lock: Final[ById] = _keys("lock")  # it expires
too_fast: Final[ByActor] = _keys("too-fast")  # present while refusals are on the record already
lock_line: Final[ById] = _keys("lock-line")  # by lock, a sorted set: who waits, in order
lock_seen: Final[ById] = _keys("lock-seen")  # by lock, a sorted set: when each last asked
user_changed: Final[ById] = _keys("user-changed")  # by Slack user: when, in seconds; it expires
link_stranger: Final[ById] = _keys("stranger")  # by link and person: told; it expires
link_strangers: Final[ById] = _keys("strangers")  # by link: how many were told of; it expires
visits: Final[ById] = _keys("visits")  # by what `limits` calls it: a count; it expires
visits_in: Final[ById] = _keys("visits-in")  # by hour, a hash: visits that opened nothing
visits_told: Final[ById] = _keys("visits-told")  # by hour: that security was told; it expires
departed: Final[ById] = _keys("departed")  # by Slack user: offboarding was proposed; it expires
pace: Final[ById] = _keys("pace")  # by channel: present while its next message must wait


def vote_sign_in(request_id: str, actor: Actor) -> str:
    """Name the sign-in of an approver, a hash; it expires."""
    return f"{PREFIX}vote-sign-in:{request_id}:{actor}"


def budget(actor: Actor, rule: str) -> str:
    """Name the automatic approvals that a person had by a rule, by request."""
    return f"{PREFIX}budget:{actor}:{rule}"


def bucket(actor: Actor, lane: str) -> str:
    """Name a person's token bucket: when it is full, in milliseconds; it expires then."""
    return f"{PREFIX}bucket:{actor}:{lane}"


def reclaim(worker: str, item_id: str) -> str:
    """Name the mark of the living worker that reclaims an item of a dead one; it expires."""
    return f"{PREFIX}heir:{worker}:{item_id}"
