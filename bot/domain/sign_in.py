"""Sign in with Slack: what a browser carries meanwhile, and whom Slack's answer proves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.people import Actor, Workspace
from bot.domain.secret import Secret

SIGNED_IN_FOR: Final = timedelta(minutes=5)
BEGUN_FOR: Final = timedelta(minutes=10)
"""How long a person may take at Slack: as long as Slack's code lasts."""
WRAPPED_FOR: Final = BEGUN_FOR + SIGNED_IN_FOR
"""How long a page can read again what it stored before the sign-in."""
SKEW: Final = timedelta(seconds=60)
"""Between Slack's clock and this machine's."""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun; only the browser that began it holds this, sealed.

    `about` is the id of a link, or the token of an approval.
    """

    about: str
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Session:
    """Who signed in for one link; only their browser holds this, sealed."""

    link_id: str
    actor: Actor
    until: datetime


@dataclass(frozen=True)
class Wrapping:
    """What a page wraps the key of one link with; beside it only its browser holds this, sealed."""

    link_id: str
    key: Secret
    until: datetime

    def key_for(self, link_id: str, now: datetime) -> Secret | None:
        """Give the key for that link now."""
        return self.key if self.link_id == link_id and now < self.until else None


@dataclass(frozen=True)
class IdToken:
    """What an ID token says, once its signature, issuer and audience are verified."""

    nonce: str
    issued_at: datetime
    expires_at: datetime
    team_id: str
    user_id: str
    enterprise_id: str = ""


@dataclass(frozen=True)
class SignedVote:
    """A person who signed in to approve a request: one vote on these terms may rest on it."""

    request_id: str
    fingerprint: str
    actor: Actor
    until: datetime

    def backs(self, actor: Actor, fingerprint: str, now: datetime) -> bool:
        """Whether this person's vote on these terms may rest on it now."""
        return self.actor == actor and self.fingerprint == fingerprint and now < self.until


class Unproven(StrEnum):
    """Why a sign-in proves no one; the values are words of the log."""

    CANCELLED = "cancelled"
    ELSEWHERE = "elsewhere"
    REFUSED = "refused"
    NONCE = "nonce"
    TIME = "time"


def person_of(claims: IdToken, nonce: str, workspace: Workspace, now: datetime) -> Actor | Unproven:
    """Give the person whom the claims prove to this sign-in, of this workspace or of another.

    The workspaces of an enterprise have the same user ids, and one of them, or the enterprise
    itself, may be where the person signs in.
    """
    if not nonce or claims.nonce != nonce:
        return Unproven.NONCE
    if not claims.issued_at - SKEW <= now < claims.expires_at + SKEW:
        return Unproven.TIME
    if not claims.team_id or not claims.user_id:
        return Unproven.REFUSED
    enterprise = workspace.enterprise_id
    same = enterprise in {claims.team_id, claims.enterprise_id}
    team = workspace.id if same else claims.team_id
    return Actor(team, claims.user_id, enterprise if team == workspace.id else None)


def signed_in(session: Session | None, link_id: str, now: datetime) -> Actor | None:
    """Give who is signed in for the link now."""
    valid = session is not None and session.link_id == link_id and now < session.until
    return session.actor if session and valid else None
