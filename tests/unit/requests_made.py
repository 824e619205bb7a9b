"""Requests, votes and people for tests."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import Action, Approval
from bot.domain.requests.changes import submit
from bot.domain.requests.machine import Moved, Request, State, Verdict
from bot.domain.requests.terms import Asker, Terms
from bot.domain.requests.votes import Vote

AT: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TTL: Final = timedelta(hours=8)
WEEK: Final = timedelta(days=7)
PLACE: Final = "e-prod"

TERMS: Final = Terms(
    action=Action.KEY_REQUEST,
    command="request shop ci-bot --reason demo",
    environment_id=PLACE,
    environment_name="Shop",
    cloud_name="shop",
    tier="production",
    key="",
    name="ci-bot",
    requester=Actor("T1", "U0ASKER"),
    owner=Actor("T1", "U0OWNER"),
    reason="demo",
    lasts=WEEK,
)
DRAFT: Final = Request(
    id="c1r",
    terms=TERMS,
    asker=Asker("Asker", "asker@lumen.example", "admin", "c-asker", "c-owner"),
    approval=Approval(2, ("key_roles",)),
    policy="rule-1",
    policy_version="v1",
    asked_at=AT,
    expires_at=AT + TTL,
    since=AT,
)
PENDING: Final = submit(DRAFT, AT).request


def in_state(state: State, approval: Approval = DRAFT.approval) -> Request:
    """A request in this state."""
    return replace(DRAFT, state=state, approval=approval)


def someone(
    name: str,
    role: Role | None = Role.TECHNICAL_ADMIN,
    *,
    at_cloudinary: str | None = "",
    environments: frozenset[str] | None = None,
    groups: Iterable[str] = (),
    right: KeyRight | None = None,
) -> Person:
    """A member of the workspace; a Cloudinary user too unless `at_cloudinary` is None."""
    return Person(
        actor=Actor("T1", f"U0{name.upper()}"),
        name=name.capitalize(),
        email=f"{name}@lumen.example",
        role=role,
        cloudinary_id=f"c-{name}" if at_cloudinary == "" else at_cloudinary,
        environments=environments,
        groups=frozenset(groups),
        rights=((PLACE, right),) if right else None,
    )


def word(
    name: str,
    *,
    approves: bool = True,
    at: datetime = AT,
    holds: Iterable[str] = ("key_roles",),
    fingerprint: str = TERMS.fingerprint,
    cloudinary_id: str = "",
    on_behalf_of: str = "",
) -> Vote:
    """A vote of the person with this name."""
    return Vote(
        by=Actor("T1", f"U0{name.upper()}"),
        name=name.capitalize(),
        cloudinary_id=cloudinary_id or f"c-{name}",
        holds=frozenset(holds),
        approves=approves,
        at=at,
        fingerprint=fingerprint,
        on_behalf_of=on_behalf_of,
    )


def moved(verdict: Verdict) -> Request:
    """The changed request of a verdict."""
    assert isinstance(verdict, Moved)
    return verdict.request
