"""Whether an approval still stands, inside the lock under which users of the account change."""

from bot.domain.people import CloudinaryUser
from bot.domain.requests.terms import Terms
from bot.domain.requests.votes import Vote, distinct, reached
from bot.errors import NotFound
from bot.flows.plan import Approved, Authority
from bot.flows.user_ports import UserReader


async def still_decided(authority: Authority, users: UserReader) -> bool:
    """Read those who approved again: they can sign in, with the role by which they decided.

    Everything else about them was read before the lock, after which no change of Keysmith's own
    can have come between but one that held the lock.
    """
    if not isinstance(authority, Approved) or authority.request.waived:
        return True
    request = authority.request
    stand = [
        vote
        for vote in distinct(request.approving, request.terms.fingerprint)
        if await _stands(vote, request.terms, users)
    ]
    return reached(stand, request.approval)


async def _stands(vote: Vote, terms: Terms, users: UserReader) -> bool:
    voter = await _able(vote.cloudinary_id, users)
    principal = (
        voter if vote.counts_as == vote.cloudinary_id else await _able(vote.counts_as, users)
    )
    if voter is None or principal is None or principal.role not in vote.holds:
        return False
    for user in {voter, principal} if terms.opens else ():
        if not user.all_environments:
            held = await users.environments_of(user.id)
            if not held.issuperset(terms.opens):
                return False
    return True


async def _able(user_id: str, users: UserReader) -> CloudinaryUser | None:
    try:
        user = await users.user(user_id)
    except NotFound:
        return None
    return user if user.enabled and not user.pending else None
