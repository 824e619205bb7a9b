"""Builds the entries of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain import durations
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading
from bot.domain.commands.groups import GroupChange, RenameGroup
from bot.domain.commands.registry import action_of
from bot.domain.commands.rotations import Cadence, RotateKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.key_roles import KeyRole
from bot.domain.keys import Located
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.access_reviews import ReviewRefused
from bot.domain.outcomes.decisions import MayNotDecide
from bot.domain.outcomes.environment_changes import EnvironmentProtected, PlaceNameRefused
from bot.domain.outcomes.general import Failed, TooFast
from bot.domain.outcomes.groups import GroupStopped
from bot.domain.outcomes.keys import KeyProtected, NameRefused, SignerMoves
from bot.domain.outcomes.links import ClaimRefused, PassphraseKept
from bot.domain.outcomes.oversight import (
    AuditExported,
    AuditNotExported,
    AuditShown,
    KeysReported,
)
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserRefused
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, CloudinaryUser, TurnedAway
from bot.domain.policy import Action
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import Vote
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupTerms
from bot.flows.ports import Clock

SIGNED_IN: Final[Mapping[str, str]] = {"signed_in": "slack"}
"""Of a vote that rests on a sign-in, as a part of an entry's target."""


@dataclass(frozen=True)
class AuditLog:
    """Builds entries about a job, dated now."""

    clock: Clock

    def entry(
        self, job: Job, event: AuditEvent, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        """Build one entry; `target` holds ids and names, never a secret."""
        return Entry(
            at=self.clock.now(),
            event=event,
            action=job.action,
            actor=job.actor,
            job=job.id,
            target=target or {},
            detail=detail,
            cloudinary_id=job.cloudinary_id,
            role=job.role,
        )


def action_name(reading: Reading) -> str:
    """Name a reading's action without the typed text, which may hold a secret."""
    match reading:
        case Misunderstood():
            return reading.kind
        case Incomplete(spec):
            return str(spec.action)
        case RotateKey(every=Cadence.LATER):
            return str(Action.KEY_ROTATE)  # an owner may, too, but it is no request of credentials
        case _:
            return str(action_of(reading))


def about_key(here: Located) -> dict[str, str]:
    """A key and its environment, as an entry's target."""
    return {"key": here.key.api_key, "name": here.key.name} | about_environment(here.environment)


def about_role(here: Located, role: KeyRole) -> dict[str, str]:
    """A key and a role, as an entry's target."""
    return about_key(here) | {"role": role.ref}


def about_environment(environment: Environment) -> dict[str, str]:
    """An environment, as an entry's target."""
    return {"environment": environment.id, "environment_name": environment.name}


def about_move(move: SignerMove | None) -> dict[str, str]:
    """Which key signed webhooks and which one does then, as a part of an entry's target."""
    return {"signed": move.old, "signs": move.new} if move else {}


def about_group(group: GroupTerms | None, command: GroupChange | None = None) -> dict[str, str]:
    """A group, and who comes or goes, as a part of an entry's target."""
    if group is None:
        return {}
    new = {"new": command.new} if isinstance(command, RenameGroup) else {}
    user = {"user": group.member.id, "user_email": group.member.email} if group.member else {}
    return {"group": group.id, "group_name": group.name} | new | user


def about_user(user: CloudinaryUser) -> dict[str, str]:
    """A user of the account, as an entry's target."""
    return {"user": user.id, "email": user.email}


def about_request(request: Request) -> dict[str, str]:
    """A request, as an entry's target."""
    terms = request.terms
    return (
        {
            "request": request.id,
            "fingerprint": terms.fingerprint,
            "what": terms.action,
            "key": terms.key,
            "name": terms.name,
            "environment": terms.environment_id,
            "environment_name": terms.environment_name,
            "owner": str(terms.owner),
        }
        | about_move(terms.signer)
        | about_group(terms.group)
    )


def about_principal(vote: Vote) -> dict[str, str]:
    """The person for whom a delegate voted, as a part of an entry's target."""
    principal = str(vote.principal) if vote.principal else ""
    return {"principal": principal, "principal_cloudinary": vote.on_behalf_of}


def event_of(outcome: Outcome) -> tuple[AuditEvent, str]:
    """Sum an outcome up: the event, and the refusal reason or the outcome's kind."""
    match outcome:
        case GroupStopped(reason=reason):
            return AuditEvent.REFUSED, reason
        case Denied(refusal=refusal):
            return AuditEvent.REFUSED, " ".join(filter(None, (refusal.reason, refusal.policy)))
        case (
            NotAskable()
            | MayNotDecide()
            | Unknown()
            | TurnedAway()
            | KeyProtected()
            | NameRefused()
            | PlaceNameRefused()
            | UserRefused()
            | AuditNotExported()
            | ReviewRefused()
        ):
            return AuditEvent.REFUSED, outcome.reason
        case TooFast() | ClaimRefused() | PassphraseKept() | SignerMoves() | EnvironmentProtected():
            return AuditEvent.REFUSED, outcome.kind
        case Failed(fault=fault, error_id=error_id):
            return AuditEvent.FAILED, f"{fault} {error_id}"
        case _:
            return AuditEvent.ANSWERED, outcome.kind


def about_answer(outcome: Outcome) -> dict[str, str]:
    """What an answer of the audit log showed, as the target of its entry; nothing of others."""
    if isinstance(outcome, AuditExported):
        return {"first": str(outcome.first), "last": str(outcome.last), "file": outcome.file}
    if isinstance(outcome, KeysReported):
        return {"keys": str(outcome.figures.keys)}
    if not isinstance(outcome, AuditShown):
        return {}
    command, shown = outcome.command, outcome.entries
    target = {
        "who": (command.who or "").removeprefix("@"),
        "key": command.key or "",
        "since": durations.write(command.since) if command.since else "",
        "entries": str(len(shown)),
        "first": str(shown[-1].seq if shown else outcome.first),
        "last": str(shown[0].seq if shown else outcome.last),
    }
    return {name: value for name, value in target.items() if value}


def about_pending(pending: Pending) -> dict[str, str]:
    """Pending credentials, as an entry's target."""
    return {
        "key": pending.api_key,
        "name": pending.name,
        "environment": pending.environment_id,
        "owner": str(pending.owner),
        "fingerprint": pending.fingerprint,
    }


def link_entry(
    at: datetime,
    event: AuditEvent,
    about: Pending | str,
    detail: str = "",
    actor: Actor | None = None,
    **more: str,
) -> Entry:
    """Build an entry about a link to pending credentials, or to those of an id.

    It has an actor only where one signed in.
    """
    action = "link:make" if event is AuditEvent.LINKED else "link:open"
    if isinstance(about, str):
        return Entry(at, event, action, job=about, detail=detail)
    target = about_pending(about) | more
    return Entry(at, event, action, actor, job=about.id, target=target, detail=detail)
