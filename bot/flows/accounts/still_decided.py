"""Whether an approval still stands, inside the lock under which users of the account change.

An offboarding asks before each of its parts, too.
"""

from dataclasses import replace
from datetime import timedelta

from bot.domain.people import CloudinaryUser, Person
from bot.domain.requests.machine import Request
from bot.domain.requests.votes import GROUP, Vote, distinct, reached
from bot.errors import NotFound
from bot.flows.plan import Approved, Authority
from bot.flows.user_ports import UserReader


async def still_decided(authority: Authority, users: UserReader) -> bool:
    """Read those who approved again: they can sign in, by the role and groups that decided.

    Everything else about them was read before the lock, after which no change of Keysmith's own
    can have come between but one that held the lock.
    """
    if not isinstance(authority, Approved) or authority.request.waived:
        return True
    request = authority.request
    votes = distinct(request.approving, request.terms.fingerprint)
    stand = [await _now(vote, request, users) for vote in votes]
    return reached([vote for vote in stand if vote], request.approval)


async def reaches_now(person: Person, opens: frozenset[str], users: UserReader) -> bool:
    """Whether a person has access to all of these, as they were identified and now."""
    if person.environments is None or not opens or not person.reaches_all(opens):
        return person.reaches_all(opens)
    return (await users.environments_of(person.cloudinary_id or "")).issuperset(opens)


async def _now(vote: Vote, request: Request, users: UserReader) -> Vote | None:
    """The vote by the groups that its voter is in now; None if it stands no more."""
    voter = await _able(vote.cloudinary_id, users)
    principal = (
        voter if vote.counts_as == vote.cloudinary_id else await _able(vote.counts_as, users)
    )
    if voter is None or principal is None or principal.role not in vote.holds:
        return None
    opens = request.terms.opens
    for user in {voter, principal} if opens else ():
        if not user.all_environments:
            held = await users.environments_of(user.id)
            if not held.issuperset(opens):
                return None
    required = request.approval.open_to(timedelta.max)  # when it was given, escalated or not
    holds = vote.holds
    named = holds & frozenset[str]().union(*required)
    if any(name.startswith(GROUP) for name in named):
        now = {f"{GROUP}{name}" for name in await users.groups_of(principal.id)}
        holds = frozenset(it for it in holds if not it.startswith(GROUP)) | now
    return replace(vote, holds=holds) if all(holds & each for each in required) else None


async def _able(user_id: str, users: UserReader) -> CloudinaryUser | None:
    try:
        user = await users.user(user_id)
    except NotFound:
        return None
    return user if user.enabled and not user.pending else None
