"""Every stored word, in a second copy: after any rename, stored data is still found.

A word here may only change together with a migration of what running systems hold.
"""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.checkpoints import CheckpointSigner
from bot.adapters.keyring import Keyring
from bot.adapters.redis import names
from bot.adapters.redis.answers import ANSWER, RedisAnswers
from bot.adapters.redis.base import Base
from bot.adapters.redis.bindings import RedisBindings
from bot.adapters.redis.bulks import RedisBulks
from bot.adapters.redis.delegations import RedisDelegations
from bot.adapters.redis.findings import RedisFindings
from bot.adapters.redis.hints import RedisHints
from bot.adapters.redis.incidents import RedisIncidents
from bot.adapters.redis.ledger import Ledger
from bot.adapters.redis.links import RedisLinks
from bot.adapters.redis.live_links import RedisLiveLinks
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.offers import RedisOffers
from bot.adapters.redis.own_acts import RedisOwnActs
from bot.adapters.redis.permissions import RedisPermissions
from bot.adapters.redis.presence import Presence, this_process
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.requests import RedisRequests
from bot.adapters.redis.sightings import RedisSightings
from bot.adapters.redis.store import Store
from bot.adapters.redis.stores import open_signed
from bot.adapters.redis.strangers import RedisStrangers
from bot.adapters.redis.tiers import RedisTiers
from bot.adapters.redis.visits import RedisVisitLimits, RedisVisitTally
from bot.adapters.vault import FieldSealer
from bot.cards.answers import Answer
from bot.cards.kit import Message
from bot.domain.access_reviews import Answer as ReviewAnswer
from bot.domain.access_reviews import NotReviewed, ReviewNews, ReviewState
from bot.domain.answers import Mark, Sending, Way
from bot.domain.audit import AuditEvent, ChainKey, Entry, Head, Record
from bot.domain.bindings import Binding, slack_name
from bot.domain.brownouts import Ending
from bot.domain.bulk import Bulk, OutReason, PartState
from bot.domain.delegations import Delegation
from bot.domain.drift import Drifted, OwnAct
from bot.domain.environments import Environment, FixedTier, Tier
from bot.domain.export import closing_line, record_line
from bot.domain.incidents import Incident, IncidentState, News, Source, Turn
from bot.domain.jobs import Job, Reply
from bot.domain.key_records import Happened, KeyRecord, Line
from bot.domain.keys import DISABLING, Change, Key, LastChange, Located, ProtectionReason
from bot.domain.link_visits import Visit
from bot.domain.links import Ended, LinkState, SealedBundle
from bot.domain.names import NameReason
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Fault
from bot.domain.pending import PendingCredentials, PendingState
from bot.domain.people import Actor, IdentityReason, Mismatch, Role
from bot.domain.policy import Action, AutoApproval, Reach, RefusalReason
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Event, State
from bot.domain.requests.notifications import Audience, Topic, in_thread, to_security
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import IneligibleReason
from bot.domain.rotation import Phase, Step, Trouble
from bot.domain.rotation_schedules import Standstill
from bot.domain.secret import Secret
from bot.domain.verification import Start
from bot.flows.audit import about_key, about_pending, about_request
from bot.flows.ports import Done
from tests.contracts.jobs_kept import jobs_of
from tests.contracts.redis_server import redis, server
from tests.fakes.clock import FakeClock
from tests.unit.requests_made import PENDING

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN: Final = Actor("T1", "U1", "E1")
BOB: Final = Actor("T1", "U2")
JOB: Final = Job("j1", ANN, "key list", "key:list", Reply("https://x", "V1", "t", home=True), AT)
WAITING: Final = PendingCredentials(
    "p1", BOB, "e1", "Shop", "shop", "814", "ci-bot", AT, approved="ab12-cd34"
)
RECORD: Final = KeyRecord(
    *("814", "e1", "ci-bot"), enabled=False, first_seen_at=AT, seen_at=AT, history=(Line(AT, "x"),)
)
ACT: Final = OwnAct("e1", "814", Drifted.RENAMED, "ci")
SPAN: Final = timedelta(hours=1)
CHAIN: Final = ChainKey(b"k" * 32)
FORMER_MAC: Final = "532a9a0226459edbd989f37691acb33cdb6a0b0baa47d87131e25821f2752f0a"

NAMES: Final = {
    "PREFIX": "{keysmith}:",
    "AUDIT": "{keysmith}:audit",
    "AUDIT_HEAD": "{keysmith}:audit-head",
    "AUDIT_TURN": "{keysmith}:audit-turn",
    "AUDIT_BASE": "{keysmith}:audit-base",
    "EPOCH": "{keysmith}:epoch",
    "HALTED": "{keysmith}:halted",
    "HALT_TOLD": "{keysmith}:halt-told",
    "JOBS": "{keysmith}:errands",
    "JOBS_RESERVED": "{keysmith}:jobs-reserved",
    "JOBS_RESERVED_ASIDE": "{keysmith}:jobs-reserved-aside",
    "OUTBOX_SECURITY": "{keysmith}:outbox-security",
    "lock_line": "{keysmith}:lock-line:1",
    "lock_seen": "{keysmith}:lock-seen:1",
    "NOTICES": "{keysmith}:notices",
    "ANSWERS": "{keysmith}:answers",
    "PRESSES": "{keysmith}:presses",
    "HOMES": "{keysmith}:homes",
    "OUTBOX": "{keysmith}:outbox",
    "WORKERS": "workers",
    "JOBS_ASIDE": "{keysmith}:errands-aside",
    "REQUESTS_DUE": "{keysmith}:requests-due",
    "REQUESTS_PENDING": "{keysmith}:requests-pending",
    "REQUESTS_CLOSED": "{keysmith}:requests-closed",
    "LINKS_OPENING": "{keysmith}:opening",
    "LINKS_WAITING": "{keysmith}:links-waiting",
    "DELEGATIONS": "{keysmith}:delegations",
    "KEY_RECORDS": "{keysmith}:key-records",
    "REVIEWS": "{keysmith}:reviews",
    "REPORTS_DUE": "{keysmith}:reports-due",
    "report_schedule": "{keysmith}:report:1",
    "access_review": "{keysmith}:review:1",
    "review_in": "{keysmith}:review-in:1",
    "ROTATIONS_DUE": "{keysmith}:rotations-due",
    "rotation_schedule": "{keysmith}:rotation-schedule:1",
    "KEYS_NEXT": "{keysmith}:keys-next",
    "LINKS_NEXT": "{keysmith}:links-next",
    "own_act": "{keysmith}:own-act:1",
    "reconciled": "{keysmith}:reconciled:1",
    "key_record": "{keysmith}:key-record:1",
    "delegation": "{keysmith}:delegation:1",
    "LINK_BUNDLE": "bundle",
    "MAC": "mac",
    "CARD_MAC": "card_mac",
    "MARKS": "records",
    "SIGNING": "{keysmith}:signing",
    "ROLLED_OVER": "audit:rollover",
    "ROLLED_TO": "generation",
    "ROLLED_LOST": "lost",
    "UNREAD": "unread:",
    "process": "{keysmith}:process:1",
    "unread_told": "{keysmith}:unread-told:1",
    "LOG_CUT": "audit:cut",
    "LOG_CUT_FIRST": "first",
    "LOG_TRIMMED": "audit:trim",
    "LOG_TRIMMED_BASE": "base",
    "FORGOTTEN": "requests:forget",
    "TIMER_RESTORED": "timer:restore",
    "DELEGATES": "{keysmith}:delegates",
    "PERMISSIONS": "{keysmith}:permissions-api",
    "POLICY_FINDINGS": "{keysmith}:policy-findings",
    "BINDING_CLOUDINARY": "cloudinary",
    "CHANGE_JOB": "errand",
    "PENDING_FINGERPRINT": "agreed",
    "LINK_PENDING": "claim",
    "VOTE_APPROVES": "agrees",
    "VOTE_ON_BEHALF_OF": "stands_for",
    "REVIEW_REMINDERS": "nagged",
    "REVIEW_REMINDED_AT": "nagged_at",
    "answered": "{keysmith}:answered:1",
    "seen": "{keysmith}:seen:1",
    "job": "{keysmith}:errand:1",
    "last_change": "{keysmith}:change:1",
    "request": "{keysmith}:request:1",
    "card": "{keysmith}:card:1",
    "requests_by": "{keysmith}:requests-by:1",
    "link": "{keysmith}:link:1",
    "rotation": "{keysmith}:rotation:1",
    "sealed": "{keysmith}:sealed:1",
    "pending_credentials": "{keysmith}:claim:1",
    "waiting_of": "{keysmith}:requests-waiting:1",
    "budget": "{keysmith}:budget:1:2",
    "TALLY_LOST": "lost",
    "bucket": "{keysmith}:bucket:1:2",
    "too_fast": "{keysmith}:too-fast:1",
    "pending_of": "{keysmith}:claims:1",
    "keys_of": "{keysmith}:keys-of:1",
    "owner": "{keysmith}:owner:1",
    "pending_for_key": "{keysmith}:claim-of:1",
    "alive": "{keysmith}:alive:1",
    "reclaim": "{keysmith}:heir:1:2",
    "lock": "{keysmith}:lock:1",
    "offer": "{keysmith}:offer:1",
    "bulk": "{keysmith}:bulk:1",
    "incident": "{keysmith}:incident:1",
    "leak_seen": "{keysmith}:leak-seen:1",
    "INCIDENTS_DUE": "{keysmith}:incidents-due",
    "binding": "{keysmith}:binding:1",
    "binding_of": "{keysmith}:binding-of:1",
    "identity_told": "{keysmith}:identity-told:1",
    "pace": "{keysmith}:pace:1",
    "HEARTBEAT": "{keysmith}:heartbeat",
    "WORKING": "{keysmith}:working",
    "user_changed": "{keysmith}:user-changed:1",
    "link_stranger": "{keysmith}:stranger:1",
    "link_strangers": "{keysmith}:strangers:1",
    "visits": "{keysmith}:visits:1",
    "visits_in": "{keysmith}:visits-in:1",
    "visits_told": "{keysmith}:visits-told:1",
    "vote_sign_in": "{keysmith}:vote-sign-in:1:2",
    "departed": "{keysmith}:departed:1",
    "tier": "{keysmith}:tier:1",
}
"""What the module of names holds: a constant, or the key of a function for `1` (and `2`)."""

REQUEST: Final = """
    id terms asker approval policy policy_version asked_at expires_at evidence heard state since
    votes outcome ends_at made noticed escalated ended enabling held waived review nagged nagged_at
    second_review delete_at brownout rotation version shown passphrase signs_in
"""
KEY_RECORD: Final = """
    api_key environment name enabled first_seen_at seen_at environment_name purpose request
    expires_at tags history claimed gone_at pinned
"""
ENTRY: Final = "at deed action actor cloudinary role errand target detail"
KEPT: Final = {
    "{keysmith}:audit": ("stream", "body key mac"),
    "{keysmith}:audit-head": ("string", ""),
    "{keysmith}:audit-turn": ("string", ""),
    "{keysmith}:signing": ("string", f"1:{CHAIN.id}"),
    "{keysmith}:process:RANDOM": ("string", ""),
    "{keysmith}:working": ("string", ""),
    "{keysmith}:unread-told:00000000": ("string", "1"),
    "{keysmith}:epoch": ("string", ""),
    "{keysmith}:halted": ("string", ""),
    "{keysmith}:halt-told": ("string", ""),
    "{keysmith}:errands": ("stream", "id by"),
    "{keysmith}:jobs-reserved": ("stream", "id by"),
    "{keysmith}:errands-aside": ("zset", "j1"),
    "{keysmith}:jobs-reserved-aside": ("zset", "j2"),
    "{keysmith}:errand:j2": (
        "hash",
        """actor text action url view trigger replace home channel thread aloud request at page
        effect begun_at finished trace part_of passphrase mac""",
    ),
    "{keysmith}:seen:d3": ("string", "j2"),
    "{keysmith}:errand:j1": (
        "hash",
        """actor text action url view trigger replace home channel thread aloud request at page
        effect begun_at finished trace part_of passphrase mac""",
    ),
    "{keysmith}:seen:d1": ("string", "j1"),
    "{keysmith}:seen:d2": ("string", "answered"),
    "{keysmith}:change:814": (
        "hash",
        "change by at errand disabled_at deletion worked brownout mac",
    ),
    "{keysmith}:notices": ("stream", "text by"),
    "{keysmith}:answers": ("stream", "answer by"),
    "{keysmith}:answered:m1": ("string", "queued"),
    "{keysmith}:outbox": ("stream", "request audience topic to by text on_behalf_of"),
    "{keysmith}:outbox-security": ("stream", "request audience topic to by text on_behalf_of"),
    "{keysmith}:policy-findings": ("string", ""),
    "{keysmith}:permissions-api": ("string", "1"),
    "{keysmith}:delegations": ("zset", "E1:T1:U1"),
    "{keysmith}:delegation:E1:T1:U1": (
        "hash",
        "to until at full_at name job mailbox to_mailbox key_role by_cloudinary to_cloudinary mac",
    ),
    "{keysmith}:request:c1r": ("hash", "doc version mac card card_mac"),
    "{keysmith}:request:c2r": ("hash", "doc version mac"),
    "{keysmith}:bulk:c1": ("hash", "doc version mac"),
    "{keysmith}:incident:814": ("hash", "doc version mac card card_mac"),
    "{keysmith}:incidents-due": ("zset", "814"),
    "{keysmith}:tier:e1": ("hash", "tier by name at job version mac"),
    "{keysmith}:card:C1:1.2": ("string", "c1r"),
    "{keysmith}:requests-by:-:T1:U0ASKER": ("zset", "c1r c2r"),
    "{keysmith}:requests-waiting:-:T1:U0ASKER": ("hash", "c1r mac"),
    "{keysmith}:budget:-:T1:U0ASKER:rule": ("hash", "c2r mac"),
    "{keysmith}:requests-pending": ("zset", "c1r"),
    "{keysmith}:requests-closed": ("zset", "c2r"),
    "{keysmith}:requests-due": ("zset", "c1r p2"),
    "{keysmith}:claim:p1": (
        "hash",
        """owner environment environment_name cloud_name api_key name made_at state agreed role
        useless passphrase link mac""",
    ),
    "{keysmith}:claims:-:T1:U2": ("zset", "p1"),
    "{keysmith}:keys-of:-:T1:U2": ("zset", "814 815"),
    "{keysmith}:owner:814": ("hash", "owner api_key environment also mac"),
    "{keysmith}:owner:815": ("hash", "owner api_key environment also mac"),
    "{keysmith}:key-record:814": ("hash", "doc mac"),
    "{keysmith}:key-records": ("zset", "814"),
    "{keysmith}:keys-next": ("string", ""),
    "{keysmith}:links-next": ("string", ""),
    "{keysmith}:reconciled:keys": ("hash", "at mac"),
    "{keysmith}:own-act:b8d7dd630d12262453c6796356b104d7a4d7c6a9c0399d82b8a43437eb0b9008": (
        "hash",
        "at mac",
    ),
    "{keysmith}:claim-of:814": ("string", "p1"),
    "{keysmith}:link:l1": (
        "hash",
        "claim environment api_key proof state since ends lock bundle mac starts",
    ),
    "{keysmith}:sealed:l1": ("string", ""),
    "{keysmith}:opening": ("zset", "l1"),
    "{keysmith}:links-waiting": ("zset", "p1"),
    "{keysmith}:claim:p2": (
        "hash",
        """owner environment environment_name cloud_name api_key name made_at state agreed role
        useless passphrase link mac""",
    ),
    "{keysmith}:claim-of:815": ("string", "p2"),
    "{keysmith}:link:l2": (
        "hash",
        "claim environment api_key proof state since ends lock bundle mac starts visit",
    ),
    "{keysmith}:sealed:l2": ("string", ""),
    "{keysmith}:offer:RANDOM": ("hash", "actor text page mac"),
    "{keysmith}:binding:T1:U1": ("hash", "slack cloudinary at by mac"),
    "{keysmith}:binding-of:c1": ("hash", "slack cloudinary at by mac"),
    "{keysmith}:identity-told:T1:U2": ("string", ""),
    "{keysmith}:user-changed:U1": ("string", ""),
    "{keysmith}:stranger:l1:-:T1:U2": ("string", "told"),
    "{keysmith}:strangers:l1": ("string", "1"),
    "{keysmith}:visits:from/mark/30/1/minute": ("string", "1"),
    "{keysmith}:visits:all/600/1/minute": ("string", "1"),
    "{keysmith}:visits-in:2026-03-01T12:00:00+00:00": ("hash", "unknown"),
    "{keysmith}:visits-told:2026-03-01T12:00:00+00:00": ("string", "told"),
    "{keysmith}:lock:environment:e1": ("string", ""),
    "{keysmith}:lock-line:environment:e1": ("zset", "j1"),
    "{keysmith}:lock-seen:environment:e1": ("zset", "j1"),
    "{keysmith}:alive:RANDOM": ("string", ""),
    "{keysmith}:heir:RANDOM:RANDOM": ("string", ""),
}
"""What Redis holds when one of each is stored: by key, its type, and its fields or members; for a
string its value, where that is a word or an id."""
RANDOM: Final = re.compile(
    r"(?<=offer:).{22}$|(?<=alive:)\w{16}$|(?<=process:)\w{16}$|(?<=heir:)\w{16}|(?<=:)\d+-\d+$"
)

ENUMS: Final[list[tuple[type[StrEnum], str]]] = [
    (
        AuditEvent,
        """asked refused answered begun done failed linked revealed released requested decided
        moved rolled_over bound recovered""",
    ),
    (
        Action,
        """help whoami explain claim report_leak requests decide env:list env:show key:list
        key:show key:create key:enable key:disable key:rename key:webhook key:rotate
        key:delete key:brownout key:request key:roles leak:settle key:owner key:note
        key:review key:master_admin link links doctor audit report env:tier env:create
        env:rename env:disable env:enable user:list user:show user:add
        user:role user:envs user:disable user:enable user:remove user:offboard
        user:master_admin group:list group:show group:create
        group:rename group:remove group:add group:drop""",
    ),
    (
        State,
        """draft pending approved denied cancelled expired executing done failed claimable claimed
        lapsed""",
    ),
    (
        Event,
        """submit agree object withdraw approve deny cancel expire begin finish hand_over fail
        claim lapse review""",
    ),
    (Waiver, "at_once budget emergency"),
    (
        IncidentState,
        "reported asked escalated disabling disabled harmless dismissed foreign",
    ),
    (Turn, "report ask escalate begin disable clear exclude dismiss"),
    (Source, "command shortcut channel webhook receipt"),
    (
        News,
        """asked again escalated reminder unchecked disabled harmless dismissed review reviewed
        posted disowned""",
    ),
    (
        Phase,
        """planned created testing untested overlap retiring signing moving soaking reviving ripe
        deleting naming done kept aborting aborted""",
    ),
    (
        Step,
        """create collect test prove flunk extend deployed hold signer moved retired ripen rollback
        revived delete gone named keep abort cleared""",
    ),
    (
        Trouble,
        """refused withheld new_disabled new_gone old_gone old_enabled old_stopped name_taken
        renamed uncollected failed""",
    ),
    (
        Standstill,
        "left no_right not_askable disabled deletion unclaimed roles refused ended",
    ),
    (Audience, "card thread person security"),
    (
        Topic,
        """asked agreed objected withdrawn approved denied cancelled expired void done failed ready
        claimed lapsed reminder escalated emergency nag reviewed renewed soaking deleted restored
        question ending ended held progress left leak owner brownout brownout_begun
        brownout_late brownout_over brownout_report drift orphans rotation review rotation_due
        stranger receipt link_ended strangers visits shut settled""",
    ),
    (ReviewState, "running escalated done"),
    (ReviewAnswer, "none keep end ended failed left root disabled"),
    (ReviewNews, "asked reminder escalated done"),
    (NotReviewed, "not_yours ended left over rotation"),
    (Ended, "opened signs not_signed_in not_allowed moves_signer gone failed"),
    (Way, "view modal response_url direct channel"),
    (Mark, "queued held taken sent"),
    (LinkState, "sealed opening opened shut"),
    (Visit, "spent expired unknown wrong_proof foreign_person limited"),
    (PendingState, "waiting claimed revoked"),
    (Tier, "development staging production"),
    (
        Role,
        """master_admin admin technical_admin billing reports media_library_admin
        media_library_user""",
    ),
    (
        Drifted,
        """seen_created seen_renamed seen_enabled seen_disabled seen_pinned seen_unpinned
        seen_deleted""",
    ),
    (
        Happened,
        """created collected ended renewed deleted owner note co_owner no_co_owner tagged
        untagged""",
    ),
    (PartState, "waiting done failed skipped"),
    (
        OutReason,
        """root last_enabled webhook_signer not_allowed needs_approval unknown_age no_rights
        needs_reason rotating deleting unclaimed asked owned""",
    ),
    (NameReason, "alike api_key hidden prefix"),
    (Change, "enabled disabled renamed restored pinned"),
    (Reach, "none mention dm"),
    (
        Ending,
        "enabled enabled_meanwhile stopped changed access signer gone root unknown failed",
    ),
    (RefusalReason, "not_at_cloudinary no_access role forbidden"),
    (
        NotAskableReason,
        """nobody too_few reason too_long teammate emergency not_renewable own_link no_user
        linked too_many no_access owner delegate no_vote too_often delegate_taken
        delegate_self delegate_bot delegate_guest delegate_outside delegate_left
        delegate_no_user""",
    ),
    (
        IneligibleReason,
        """own_request own_credentials not_yours not_at_cloudinary no_access not_an_approver
        principal_voted stands_in about_you beyond_access not_concerned deletion""",
    ),
    (
        IdentityReason,
        """other_team deactivated bot guest not_joined email_unconfirmed no_email near_address
        other_user other_account lost_user unreadable_binding""",
    ),
    (Mismatch, "nobody several disabled pending near"),
    (
        ProtectionReason,
        "root last_enabled webhook_signer unclaimed overtaken disabled deletion rotated collected",
    ),
    (
        Fault,
        """cloudinary cloudinary_busy cloudinary_refused cloudinary_doubtful slack slack_busy
        slack_token store halted store_uncertain worker not_opened unread internal""",
    ),
]
"""Values in records, in entries of the audit log, or in policies."""


def test_every_name_in_redis_is_what_it_always_was() -> None:
    """And there is none that is not listed here"""
    found = {}
    for name, value in vars(names).items():
        if isinstance(value, str) and not name.startswith("__"):
            found[name] = value
        elif not name.startswith("_") and getattr(value, "__module__", "") == names.__name__:
            found[name] = value(*"12"[: value.__code__.co_argcount])
    assert found == NAMES


def test_the_words_of_a_queued_answer_are_what_they_always_were() -> None:
    """Inside its seal"""
    waiting = Answer(ANN, JOB.reply, Message("x", ()), Sending(AT, Way.URL, AT), {"type": "modal"})
    assert ANSWER.write(waiting) == {
        "actor": "E1:T1:U1",
        "reply": {
            "url": "https://x",
            "view": "V1",
            "trigger": "t",
            "replace": False,
            "home": True,
            "channel": "",
            "thread": "",
            "aloud": False,
        },
        "message": {"text": "x", "blocks": []},
        "sending": {
            "since": AT.isoformat(),
            "way": "response_url",
            "not_before": AT.isoformat(),
            "short": 0,
            "unsure": False,
            "refused": [],
            "closed": False,
        },
        "form": {"type": "modal"},
        "mark": "",
        "ends": True,
        "collects": "",
    }


async def keep_one_of_each(redis: Redis, store: Store, ledger: Ledger) -> None:
    """Store one of each in every store."""
    await keep_visits(redis, store, ledger)
    await keep_records(redis, store, ledger)


async def keep_records(redis: Redis, store: Store, ledger: Ledger) -> None:
    """Store one of each record."""
    entry = Entry(AT, AuditEvent.DONE, "key:list", ANN, "j1", {"key": "814"}, "x")
    jobs = jobs_of(redis)
    signed = open_signed(store, ledger)
    await jobs.accept(JOB, "d1", entry)
    await jobs.note("d2", entry)
    change = LastChange("disabled", "Ann", AT, "j1")
    await jobs.finish(JOB, entry, Done("814", change, "Ann disabled it"))
    await jobs.set_aside(JOB, AT)
    stopping = replace(JOB, id="j2", text="key disable ci-bot")
    await jobs.accept(stopping, "d3", entry)
    await jobs.set_aside(stopping, AT)
    requests = RedisRequests(store, ledger, signed, jobs, claim_ttl=SPAN)
    notices = [in_thread("c1r", Topic.ASKED), to_security("c1r", Topic.EMERGENCY)]
    await requests.open(PENDING, entry, notices)
    await requests.place("c1r", "C1:1.2")
    auto = replace(PENDING.approval, auto=AutoApproval(1, date(2999, 1, 1)))
    spent = replace(PENDING, id="c2r", state=State.CANCELLED, approval=auto)
    await requests.open(spent, entry, (), None, ["rule"])
    await RedisFindings(store, ledger).tell("alone", "one", entry)
    await RedisPermissions(store, ledger).remember(entry)
    bindings = RedisBindings(store, ledger, signed)
    await bindings.bind(Binding(slack_name(ANN), "c1", AT), entry)
    await bindings.report(BOB, "other_user", "notice", entry)
    delegation = Delegation(ANN, BOB, AT, "Bob", "j1", AT)
    await RedisDelegations(store, ledger, signed).replace(None, delegation, entry, "notice")
    sealer = FieldSealer(Keyring([CHAIN.secret]))
    await RedisOffers(store, signed, sealer).make([Offer(ANN, "key list", 1)])
    waiting = Answer(ANN, JOB.reply, Message("x", ()), Sending(AT, Way.URL, AT), mark="m1")
    await RedisAnswers(store, sealer).put(waiting)
    kept = RedisLinks(store, ledger, signed, link_ttl=SPAN, claim_ttl=SPAN)
    await RedisBulks(ledger, signed).add(Bulk("c1", ANN, "", AT, ()), entry)
    incidents = RedisIncidents(store, ledger, signed, jobs)
    await incidents.write(None, Incident("814", AT, AT), entry)
    await incidents.place("814", "C1:1.3")
    tier = FixedTier(Tier.STAGING, ANN, "Ann", AT, "j1")
    await RedisTiers(store, ledger, signed).fix("e1", None, tier, entry, "Ann fixed it")
    await kept.add_pending(WAITING, entry, RECORD)
    sightings = RedisSightings(store, ledger, signed)
    await asyncio.gather(sightings.turn(), RedisLiveLinks(store, ledger, signed).turn())
    await sightings.note("keys", None, entry)
    async with RedisOwnActs(store, signed, FakeClock()).doing(ACT):
        pass
    await kept.put(SealedBundle("l1", "ciphertext", "proof", Secret("key")), WAITING, AT, entry)
    link = await kept.find("l1")
    assert link
    await kept.start(link, AT, entry)
    await open_another(kept, entry)
    await Presence(store, this_process("worker", (CHAIN.id,), AT), works=True).announce()
    await signed.unread.tell("job", "00000000", "it is under a key that this process lacks")


async def keep_visits(redis: Redis, store: Store, ledger: Ledger) -> None:
    """Count a visit that opened no link, and tell of it and of a stranger."""
    entry = Entry(AT, AuditEvent.REFUSED, "link:open")
    tally = RedisVisitTally(store, ledger)
    assert await RedisVisitLimits(redis).serves("mark")
    await tally.add(AT, await tally.met("none"))
    figures = await tally.figures(AT)
    await tally.tell(figures, entry, to_security("", Topic.VISITS, text=figures.write()))
    await RedisStrangers(store, ledger, SPAN).tell("l1", BOB, entry, lambda _: ())


async def open_another(kept: RedisLinks, entry: Entry) -> None:
    """Open a link for a page that identifies itself."""
    pending = replace(WAITING, id="p2", api_key="815")
    await kept.add_pending(pending, entry)
    await kept.put(SealedBundle("l2", "ciphertext", "proof", Secret("key")), pending, AT, entry)
    sealed = await kept.find("l2")
    assert sealed
    await kept.start(sealed, AT, entry)
    opening = await kept.find("l2")
    assert opening
    assert await kept.take(replace(opening, visit="this page"), pending, AT, entry)


async def leave_an_item_to_another_worker(redis: Redis) -> None:
    """Stop one worker; another one reclaims its item."""
    dead, living = RedisQueue(redis, "{keysmith}:errands"), RedisQueue(redis, "{keysmith}:errands")
    await dead.open()
    assert await dead.take(1)
    await dead.close()
    await living.open()
    assert [item async for item in living.reclaim()]


async def take_the_turn(store: Store, ledger: Ledger) -> None:
    """Commit as a process that knows no head: it gets the chain to itself for a short time."""
    head = await store.text("GET", "{keysmith}:audit-head")
    assert head
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    names_ = ("audit-head", "audit", "audit-turn", "signing", "epoch", "halted")
    args = ["", "me", "60000", CHAIN.id, f"1:{CHAIN.id}", "", "1:x:y"]
    keys = [f"{{keysmith}}:{name}" for name in names_]
    assert ["behind", head] == await ledger._script(keys=keys, args=args)


async def words(redis: Redis, key: str) -> tuple[str, set[str]]:
    """A key's type, and the words in it."""
    kind, store = str(await redis.type(key)), Store(redis)
    match kind:
        case "hash":
            return kind, set(await store.fields(key))
        case "stream":
            items = await store.stream(key, "-", "+", 100)
            return kind, {name for _, fields in items for name in fields}
        case "zset":
            return kind, {str(each) for each in await redis.zrange(key, 0, -1)}
        case _:
            return kind, {str(await redis.get(key))}


async def test_what_the_stores_keep_is_where_it_always_was(redis: Redis) -> None:
    """One of each is stored by the adapters; every key, type and field is what it was"""
    store = Store(redis)
    ledger = Ledger(redis, store, CHAIN)
    await keep_one_of_each(redis, store, ledger)
    await leave_an_item_to_another_worker(redis)
    await RedisHints(store).note("U1", AT)
    async with RedisLocks(Store(redis)).hold("environment:e1"):
        await take_the_turn(store, ledger)
        assert await RedisLocks(Store(redis)).ahead("environment:e1", JOB)
        await ledger.history.stop("restored")
        assert await ledger.history.may_tell()
        found = {str(key): await words(redis, str(key)) for key in await redis.keys("*")}
    named = {RANDOM.sub("RANDOM", key): value for key, value in found.items()}
    assert set(KEPT) == set(named)
    for key, (kind, expected) in KEPT.items():
        assert (kind, set(expected.split()) or named[key][1]) == named[key], key
    groups = await redis.xinfo_groups("{keysmith}:errands")
    assert ["workers"] == [str(group["name"]) for group in groups]
    document = json.loads((await store.fields("{keysmith}:request:c1r"))["doc"])
    assert set(REQUEST.split()) == document.keys()
    kept = json.loads((await store.fields("{keysmith}:key-record:814"))["doc"])
    assert set(KEY_RECORD.split()) == kept.keys()
    assert {"at", "what", "by", "detail", "job"} == kept["history"][0].keys()


async def test_the_words_of_an_entry_are_what_they_always_were(redis: Redis) -> None:
    """In the log and in an export of it"""
    ledger = Ledger(redis, Store(redis), CHAIN)
    await RedisFindings(Store(redis), ledger).tell("x", "y", Entry(AT, AuditEvent.DONE, "key:list"))
    (record,) = [each async for each in ledger.records()]
    body = set(json.loads(record.body))
    assert set(ENTRY.split()) == body
    line = json.loads(record_line(Record(1, record.body, "id", "mac")))
    assert {"seq", "entry", "key", "mac"} == line.keys()
    closing = json.loads(closing_line((), Head(), "now", CHAIN, CheckpointSigner(CHAIN.secret)))
    assert ["export"] == list(closing)
    signed = {"digest", "public", "signature"}
    words = {"seq", "head", "at", "key", "mac"} | signed
    assert words == closing["export"].keys()
    start = Start(Head(1, "mac"), "digest", "id")
    signer = CheckpointSigner(CHAIN.secret)
    closing = json.loads(closing_line((), Head(1, "mac"), "now", CHAIN, signer, start))
    after = {"after", "after_head", "after_digest", "after_key"}
    assert words | after == closing["export"].keys()
    former = Start(Head(1, "mac"), "digest")  # of an archive that does not name its key
    closing = json.loads(closing_line((), Head(1, "mac"), "now", CHAIN, signer, former))
    assert words | after - {"after_key"} == closing["export"].keys()
    assert closing["export"]["mac"] == FORMER_MAC


def test_the_words_of_a_base_are_what_they_always_were() -> None:
    """Another word would make a trimmed log look like one that was cut"""
    marks = {names.tier("e 1"): "mac", names.job("j1"): "-"}
    fields = Base(Start(Head(7, "mac"), "digest"), "now", marks).fields(CHAIN)
    assert set(fields) == {"seq", "head", "digest", "at", "records", "key", "proof"}
    known = Base(Start(Head(7, "mac"), "digest", "id"), "now", marks).fields(CHAIN)
    assert set(known) == set(fields) | {"head_key"}
    assert fields["records"] == "tier%3Ae%201=mac errand%3Aj1=-"
    assert fields["proof"] == ("6a163abf0d2ffdc522e58607ad6f2a84f3fa5ce8715391a4c20f5f56f8f53ea5")


def test_the_words_of_an_entrys_target_are_what_they_always_were() -> None:
    """Of a key, of a request, and of pending credentials"""
    key = Key("814", "ci-bot", enabled=True, root=False, created_at=AT, updated_at=AT)
    here = Located(key, Environment("e1", "Shop", "shop", enabled=True))
    assert {"key", "name", "environment", "environment_name"} == about_key(here).keys()
    request = "request fingerprint what key name environment environment_name owner"
    assert set(request.split()) == about_request(PENDING).keys()
    assert {"key", "name", "environment", "owner", "fingerprint"} == about_pending(WAITING).keys()


@pytest.mark.parametrize(("kind", "values"), ENUMS, ids=lambda it: getattr(it, "__name__", ""))
def test_stored_values_are_what_they_always_were(kind: type[StrEnum], values: str) -> None:
    """Under any names in the code"""
    assert values.split() == [str(each).replace(" ", "_") for each in kind]


def test_a_disabling_is_stored_in_these_words() -> None:
    """Beside the values of `Change`, in a key's last change"""
    assert "begun to be disabled" == DISABLING


def test_what_chains_and_fingerprints_are_made_of_is_what_it_always_was() -> None:
    """Today's code verifies a record of last year; an approval of yesterday counts"""
    assert "f9f5f847" == CHAIN.id
    mac = "5b530d99a3b6b1bdd3de4ca4a70e36368b5120dc1ed1731002c2e0f94280e902"
    assert mac == CHAIN.mac("1", "2")
    assert "6e15-f3b6" == PENDING.terms.fingerprint
    assert (
        "4dab-0f61"
        == PendingCredentials("p1", BOB, "e1", "Shop", "shop", "814", "ci-bot", AT).fingerprint
    )
