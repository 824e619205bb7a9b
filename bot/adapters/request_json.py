"""A request as JSON, and back: every field by its name, nothing that could run."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.approvals import Vote
from bot.domain.outcomes.kinds import kind_stored
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval, AutoApproval, Escalation
from bot.domain.requests import Request, State
from bot.domain.terms import Asker, Evidence, Terms, Waiver

Json = dict[str, Any]


def dumps(request: Request) -> str:
    """Write one."""
    return json.dumps(
        {
            "id": request.id,
            "terms": _terms(request.terms),
            "asker": vars(request.asker),
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
            "ends_at": request.ends_at.isoformat() if request.ends_at else None,
            "made": request.made,
            "noticed": request.noticed,
            "escalated": request.escalated,
            "ended": request.ended,
            "waived": request.waived,
            "review": _vote(request.review) if request.review else None,
            "nagged": request.nagged,
            "nagged_at": request.nagged_at.isoformat() if request.nagged_at else None,
            "delete_at": request.delete_at.isoformat() if request.delete_at else None,
            "version": request.version,
        },
        separators=(",", ":"),
    )


def loads(text: str, card: str) -> Request:
    """Read one; where its card stands is kept beside it."""
    found: Json = json.loads(text)
    return Request(
        id=found["id"],
        terms=_read_terms(found["terms"]),
        asker=Asker(**found["asker"]),
        approval=_read_approval(found["approval"]),
        policy=found["policy"],
        policy_version=found["policy_version"],
        asked_at=datetime.fromisoformat(found["asked_at"]),
        expires_at=datetime.fromisoformat(found["expires_at"]),
        evidence=_read_evidence(found["evidence"]),
        state=State(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        votes=tuple(_read_vote(vote) for vote in found["votes"]),
        outcome=kind_stored(found["outcome"]),
        ends_at=_read_time(found["ends_at"]),
        made=found["made"],
        noticed=found["noticed"],
        escalated=found["escalated"],
        ended=found["ended"],
        waived=Waiver(found["waived"]) if found["waived"] else None,
        review=_read_vote(found["review"]) if found["review"] else None,
        nagged=found["nagged"],
        nagged_at=_read_time(found["nagged_at"]),
        delete_at=_read_time(found["delete_at"]),
        card=card,
        version=found["version"],
    )


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _span(span: timedelta | None) -> float | None:
    return span.total_seconds() if span else None


def _read_span(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def _terms(terms: Terms) -> Json:
    people = {"requester": str(terms.requester), "owner": str(terms.owner)}
    return vars(terms) | people | {"lasts": _span(terms.lasts)}


def _read_terms(found: Json) -> Terms:
    read = {
        "action": Action(found["action"]),
        "requester": Actor.parse(found["requester"]),
        "owner": Actor.parse(found["owner"]),
        "lasts": _read_span(found["lasts"]),
    }
    return Terms(**(found | read))


def _evidence(evidence: Evidence) -> Json:
    at = evidence.created_at.isoformat() if evidence.created_at else None
    return vars(evidence) | {"created_at": at}


def _read_evidence(found: Json) -> Evidence:
    at = found["created_at"]
    read = {
        "approvers": tuple(found["approvers"]),
        "created_at": datetime.fromisoformat(at) if at else None,
    }
    return Evidence(**(found | read))


def _approval(approval: Approval) -> Json:
    wider, auto = approval.escalation, approval.auto
    return vars(approval) | {
        "longest": _span(approval.longest),
        "escalation": [_span(wider.after), wider.to] if wider else None,
        "auto": [auto.each_week, auto.until.isoformat()] if auto else None,
    }


def _read_approval(found: Json) -> Approval:
    read = {
        "approvers": tuple(found["approvers"]),
        "of_which": tuple(found["of_which"]),
        "longest": _read_span(found["longest"]),
        "emergency": tuple(found["emergency"]),
        "escalation": _read_escalation(found["escalation"]),
        "auto": _read_auto(found["auto"]),
    }
    return Approval(**(found | read))


def _read_escalation(found: list[Any] | None) -> Escalation | None:
    if not found:
        return None
    after, to = found
    return Escalation(timedelta(seconds=after), tuple(to))


def _read_auto(found: list[Any] | None) -> AutoApproval | None:
    return AutoApproval(found[0], date.fromisoformat(found[1])) if found else None


def _vote(vote: Vote) -> Json:
    changed = {"by": str(vote.by), "holds": sorted(vote.holds), "at": vote.at.isoformat()}
    return vars(vote) | changed


def _read_vote(found: Json) -> Vote:
    read = {
        "by": Actor.parse(found["by"]),
        "holds": frozenset(found["holds"]),
        "at": datetime.fromisoformat(found["at"]),
    }
    return Vote(**(found | read))
