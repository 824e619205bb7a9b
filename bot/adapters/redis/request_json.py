"""A request as JSON, and back: every field by its stored name, nothing that could run.

The stored names stand here, apart from the attributes that hold the same today: an attribute may
be renamed, a stored name may not. A field that was added later is read with its default where a
record is older.
"""

import json
from datetime import date, datetime, timedelta
from typing import Any

from bot.adapters.redis.names import (
    REVIEW_REMINDED_AT,
    REVIEW_REMINDERS,
    VOTE_APPROVES,
    VOTE_ON_BEHALF_OF,
)
from bot.domain.outcomes.kinds import kind_stored
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval, AutoApproval, Escalation
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import Vote

Json = dict[str, Any]


def dumps(request: Request) -> str:
    """Write one."""
    return json.dumps(
        {
            "id": request.id,
            "terms": _terms(request.terms),
            "asker": _asker(request.asker),
            "approval": _approval(request.approval),
            "policy": request.policy,
            "policy_version": request.policy_version,
            "asked_at": request.asked_at.isoformat(),
            "expires_at": request.expires_at.isoformat(),
            "evidence": _evidence(request.evidence),
            "state": request.state,
            "since": request.since.isoformat(),
            "votes": [_vote(vote) for vote in request.votes],
            "outcome": request.outcome,
            "ends_at": _time(request.ends_at),
            "made": request.made,
            "noticed": request.noticed,
            "escalated": request.escalated,
            "ended": request.ended,
            "waived": request.waived,
            "review": _vote(request.review) if request.review else None,
            REVIEW_REMINDERS: request.review_reminders,
            REVIEW_REMINDED_AT: _time(request.review_reminded_at),
            "delete_at": _time(request.delete_at),
            "version": request.version,
        },
        separators=(",", ":"),
    )


def loads(text: str, card: str) -> Request:
    """Read one; where its card is, is kept beside it.

    Raises:
        KeyError, ValueError, TypeError: it is no request.

    """
    found: Json = json.loads(text)
    waived, review = found.get("waived"), found.get("review")
    return Request(
        id=found["id"],
        terms=_read_terms(found["terms"]),
        asker=_read_asker(found["asker"]),
        approval=_read_approval(found["approval"]),
        policy=found["policy"],
        policy_version=found["policy_version"],
        asked_at=datetime.fromisoformat(found["asked_at"]),
        expires_at=datetime.fromisoformat(found["expires_at"]),
        evidence=_read_evidence(found.get("evidence", {})),
        state=State(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        votes=tuple(_read_vote(vote) for vote in found["votes"]),
        outcome=kind_stored(found.get("outcome", "")),
        ends_at=_read_time(found.get("ends_at")),
        made=found.get("made", ""),
        noticed=found.get("noticed", 0),
        escalated=found.get("escalated", False),
        ended=found.get("ended", False),
        waived=Waiver(waived) if waived else None,
        review=_read_vote(review) if review else None,
        review_reminders=found.get(REVIEW_REMINDERS, 0),
        review_reminded_at=_read_time(found.get(REVIEW_REMINDED_AT)),
        delete_at=_read_time(found.get("delete_at")),
        card=card,
        version=found["version"],
    )


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _span(span: timedelta | None) -> float | None:
    return span.total_seconds() if span else None


def _read_span(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def _terms(terms: Terms) -> Json:
    return {
        "action": terms.action,
        "command": terms.command,
        "environment_id": terms.environment_id,
        "environment_name": terms.environment_name,
        "cloud_name": terms.cloud_name,
        "tier": terms.tier,
        "key": terms.key,
        "name": terms.name,
        "requester": str(terms.requester),
        "owner": str(terms.owner),
        "reason": terms.reason,
        "lasts": _span(terms.lasts),
    }


def _read_terms(found: Json) -> Terms:
    return Terms(
        action=Action(found["action"]),
        command=found["command"],
        environment_id=found["environment_id"],
        environment_name=found["environment_name"],
        cloud_name=found["cloud_name"],
        tier=found["tier"],
        key=found["key"],
        name=found["name"],
        requester=Actor.parse(found["requester"]),
        owner=Actor.parse(found["owner"]),
        reason=found.get("reason", ""),
        lasts=_read_span(found.get("lasts")),
    )


def _asker(asker: Asker) -> Json:
    return {
        "name": asker.name,
        "email": asker.email,
        "role": asker.role,
        "cloudinary_id": asker.cloudinary_id,
        "owner_id": asker.owner_id,
    }


def _read_asker(found: Json) -> Asker:
    return Asker(
        name=found["name"],
        email=found["email"],
        role=found["role"],
        cloudinary_id=found.get("cloudinary_id", ""),
        owner_id=found.get("owner_id", ""),
    )


def _evidence(evidence: Evidence) -> Json:
    return {
        "approvers": evidence.approvers,
        "siblings": evidence.siblings,
        "created_at": _time(evidence.created_at),
        "enabled": evidence.enabled,
        "last": evidence.last,
        "before": evidence.before,
        "granted": evidence.granted,
    }


def _read_evidence(found: Json) -> Evidence:
    return Evidence(
        approvers=tuple(found.get("approvers", ())),
        siblings=found.get("siblings", 0),
        created_at=_read_time(found.get("created_at")),
        enabled=found.get("enabled"),
        last=found.get("last", ""),
        before=found.get("before", 0),
        granted=found.get("granted", 0),
    )


def _approval(approval: Approval) -> Json:
    wider, auto = approval.escalation, approval.auto
    return {
        "quorum": approval.quorum,
        "approvers": approval.approvers,
        "of_which": approval.of_which,
        "denials": approval.denials,
        "reason": approval.reason,
        "longest": _span(approval.longest),
        "comment": approval.comment,
        "high_risk": approval.high_risk,
        "emergency": approval.emergency,
        "escalation": [wider.after.total_seconds(), wider.to] if wider else None,
        "auto": [auto.each_week, auto.until.isoformat()] if auto else None,
    }


def _read_approval(found: Json) -> Approval:
    return Approval(
        quorum=found["quorum"],
        approvers=tuple(found["approvers"]),
        of_which=tuple(found.get("of_which", ())),
        denials=found.get("denials", 1),
        reason=found.get("reason", ""),
        longest=_read_span(found.get("longest")),
        comment=found.get("comment", False),
        high_risk=found.get("high_risk", False),
        emergency=tuple(found.get("emergency", ())),
        escalation=_read_escalation(found.get("escalation")),
        auto=_read_auto(found.get("auto")),
    )


def _read_escalation(found: list[Any] | None) -> Escalation | None:
    if not found:
        return None
    after, to = found
    return Escalation(timedelta(seconds=after), tuple(to))


def _read_auto(found: list[Any] | None) -> AutoApproval | None:
    return AutoApproval(found[0], date.fromisoformat(found[1])) if found else None


def _vote(vote: Vote) -> Json:
    return {
        "by": str(vote.by),
        "name": vote.name,
        "cloudinary_id": vote.cloudinary_id,
        "holds": sorted(vote.holds),
        VOTE_APPROVES: vote.approves,
        "at": vote.at.isoformat(),
        "fingerprint": vote.fingerprint,
        "comment": vote.comment,
        VOTE_ON_BEHALF_OF: vote.on_behalf_of,
    }


def _read_vote(found: Json) -> Vote:
    return Vote(
        by=Actor.parse(found["by"]),
        name=found["name"],
        cloudinary_id=found["cloudinary_id"],
        holds=frozenset(found["holds"]),
        approves=found[VOTE_APPROVES],
        at=datetime.fromisoformat(found["at"]),
        fingerprint=found["fingerprint"],
        comment=found.get("comment", ""),
        on_behalf_of=found.get(VOTE_ON_BEHALF_OF, ""),
    )
