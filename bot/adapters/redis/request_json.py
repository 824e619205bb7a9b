"""A request as JSON, and back: every field by its stored name, nothing that could run."""

import json
from datetime import date, timedelta
from typing import Any, Final

from bot.adapters.redis.names import (
    REVIEW_REMINDED_AT,
    REVIEW_REMINDERS,
    VOTE_APPROVES,
    VOTE_ON_BEHALF_OF,
)
from bot.adapters.redis.records import ACTOR, TIME, Form, Record, maybe, plain
from bot.domain.outcomes.kinds import kind_stored
from bot.domain.policy import Action, Approval, AutoApproval, Escalation
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote

SPAN: Final = Form(timedelta.total_seconds, lambda seconds: timedelta(seconds=seconds))
TEXTS: Final = Form(tuple, tuple)


def _escalation(found: Any) -> Escalation:
    after, to = found
    return Escalation(timedelta(seconds=after), tuple(to))


def _auto(found: Any) -> AutoApproval:
    return AutoApproval(found[0], date.fromisoformat(found[1]))


TERMS: Final = Record(
    Terms,
    {
        "action": Form(str, Action),
        **plain("command", "environment_id", "environment_name", "cloud_name"),
        **plain("tier", "key", "name"),
        "requester": ACTOR,
        "owner": ACTOR,
        **plain("reason"),
        "lasts": maybe(SPAN),
    },
)
ASKER: Final = Record(Asker, plain("name", "email", "role", "cloudinary_id", "owner_id"))
EVIDENCE: Final = Record(
    Evidence,
    {
        "approvers": TEXTS,
        **plain("siblings"),
        "created_at": maybe(TIME),
        **plain("enabled", "last", "before", "granted"),
    },
)
APPROVAL: Final = Record(
    Approval,
    {
        **plain("quorum"),
        "approvers": TEXTS,
        "of_which": TEXTS,
        **plain("denials", "reason"),
        "longest": maybe(SPAN),
        **plain("comment", "high_risk"),
        "emergency": TEXTS,
        "escalation": maybe(Form(lambda it: [it.after.total_seconds(), it.to], _escalation)),
        "auto": maybe(Form(lambda it: [it.each_week, it.until.isoformat()], _auto)),
    },
)
VOTE: Final = Record(
    Vote,
    {
        "by": ACTOR,
        **plain("name", "cloudinary_id"),
        "holds": Form(sorted, frozenset),
        **plain(VOTE_APPROVES),
        "at": TIME,
        **plain("fingerprint", "comment", VOTE_ON_BEHALF_OF),
    },
    renamed={VOTE_APPROVES: "approves", VOTE_ON_BEHALF_OF: "on_behalf_of"},
)
REQUEST: Final = Record(
    Request,
    {
        **plain("id"),
        "terms": TERMS.form,
        "asker": ASKER.form,
        "approval": APPROVAL.form,
        **plain("policy", "policy_version"),
        "asked_at": TIME,
        "expires_at": TIME,
        "evidence": EVIDENCE.form,
        "state": Form(str, State),
        "since": TIME,
        "votes": Form(lambda it: [*map(VOTE.write, it)], lambda it: tuple(map(VOTE.read, it))),
        "outcome": Form(str, kind_stored),
        "ends_at": maybe(TIME),
        **plain("made", "noticed", "escalated", "ended"),
        "waived": maybe(Form(str, Waiver)),
        "review": maybe(VOTE.form),
        **plain(REVIEW_REMINDERS),
        REVIEW_REMINDED_AT: maybe(TIME),
        "delete_at": maybe(TIME),
        **plain("version"),
    },
    renamed={REVIEW_REMINDERS: "review_reminders", REVIEW_REMINDED_AT: "review_reminded_at"},
    required=frozenset({"state", "votes", "version"}),
)


def dumps(request: Request) -> str:
    """Write a request."""
    return json.dumps(REQUEST.write(request), separators=(",", ":"))


def loads(text: str, card: str) -> Request:
    """Read a request; the place of its card is kept beside it.

    Raises:
        KeyError, ValueError, TypeError: it is no request.

    """
    return REQUEST.read(json.loads(text), card=card)
