"""What became of a request: its state in a word or two, and in a sentence with who and when."""

from typing import Final

from bot.cards import brownouts
from bot.cards.kit import Mention, Moment, Phrase, Text, bold, msg
from bot.cards.request_failures import request_failed
from bot.cards.rotations import short_state
from bot.domain.commands.text import quote
from bot.domain.keys import ProtectionReason
from bot.domain.phrases import Listed, Span
from bot.domain.recovery import LOST
from bot.domain.requests.machine import RESUMED, Request, State
from bot.domain.requests.terms import Waiver
from bot.domain.requests.votes import Vote

VOID: Final = "void"
"""The outcome of a request whose terms no longer hold."""
STATES: Final = {
    State.DRAFT: msg("not sent yet"),
    State.PENDING: msg("waiting for approval"),
    State.APPROVED: msg("approved, starts in a moment"),
    State.DENIED: msg("denied"),
    State.CANCELLED: msg("cancelled"),
    State.EXPIRED: msg("expired without a decision"),
    State.EXECUTING: msg("approved, in progress"),
    State.DONE: msg("done"),
    State.FAILED: msg("approved, but it failed"),
    State.CLAIMABLE: msg("ready to collect"),
    State.CLAIMED: msg("collected"),
    State.LAPSED: msg("not collected in time"),
}


def voter(vote: Vote) -> Span:
    """Name who voted, and for whom; former records have the principal's Cloudinary id alone."""
    principal = vote.principal_name or vote.on_behalf_of
    if not principal:
        return bold(vote.name)
    return msg("{name}, for {principal}", name=bold(vote.name), principal=bold(principal))


def votes_of(request: Request) -> Phrase | None:
    """Tell who has voted on a request that needs more votes."""
    approving, denying = _voters(request.approving), _voters(request.denying)
    count = Text(str(len(request.approving)))
    quorum = Text(str(request.approval.quorum))
    if request.approving and request.denying:
        return msg(
            "Approved by {who} ({count} of {quorum}). Denied by {others}.",
            who=approving,
            count=count,
            quorum=quorum,
            others=denying,
        )
    if request.approving:
        return msg(
            "Approved by {who} ({count} of {quorum}).", who=approving, count=count, quorum=quorum
        )
    return msg("Denied by {who}.", who=denying) if request.denying else None


def _voters(votes: tuple[Vote, ...]) -> Listed:
    return Listed(tuple(map(voter, votes)))


def state(request: Request) -> Phrase:
    """Name the request's state, in a list or after a colon."""
    if request.outcome == LOST:
        return msg("closed by a recovery")
    if request.held:
        return msg("access ended, the key still works")
    if dark := brownouts.state(request):
        return dark
    if request.outcome == RESUMED:
        return STATES[State.DONE]
    if request.rotation and request.made:
        return short_state(request.rotation)
    return msg("no longer valid") if request.outcome == VOID else STATES[request.state]


def result_of(request: Request) -> Phrase:
    """Say what became of a request, by whom and when."""
    when, votes = Moment(request.since), request.denying
    if request.outcome == LOST:
        return msg("Closed by a recovery {when}. This may have been carried out.", when=when)
    if request.outcome == VOID:
        return msg("No longer valid: the rules, people or target changed {when}.", when=when)
    match request.state:
        case State.DENIED if votes and votes[-1].comment:
            said = Text(votes[-1].comment)
            return msg(
                "Denied by {who} {when}: {comment}", who=_voters(votes), when=when, comment=said
            )
        case State.DENIED if votes:
            return msg("Denied by {who} {when}.", who=_voters(votes), when=when)
        case State.DENIED:
            return msg("Denied {when}.", when=when)
        case State.CANCELLED:
            return msg("Cancelled {when}.", when=when)
        case State.EXPIRED:
            return msg("Expired {when}: no one decided in time.", when=when)
        case State.DRAFT:
            return msg("Not sent yet.")
        case State.PENDING:
            return msg("Waiting for approval.")
        case _:
            return msg("{approved} {result}", approved=authority(request), result=_result(request))


def authority(request: Request) -> Phrase:
    """Say by whose approval a request was carried out."""
    review, approving = request.review, request.approving
    if review:
        return msg(
            "Emergency access, without approval. {who} reviewed it {when}: {comment}",
            who=voter(review),
            when=Moment(review.at),
            comment=Text(review.comment),
        )
    match request.waived:
        case Waiver.EMERGENCY if request.unreviewed:
            return msg("Emergency access, without approval. It needs a review.")
        case Waiver.EMERGENCY:
            return msg("Emergency access, without approval.")
        case Waiver.AT_ONCE:
            return msg("No approval was needed.")
        case Waiver.BUDGET:
            return msg("Approved by the policy, within the requester's weekly budget.")
        case _ if approving:
            when = Moment(approving[-1].at)
            return msg("Approved by {who} {when}.", who=_voters(approving), when=when)
        case _:
            return msg("Approved.")


def _collected(request: Request) -> Phrase:
    """Say until when collected access lasts, or why its key works longer."""
    when, ends = Moment(request.since), request.ends_at
    if ends is None:
        return msg("Collected {when}.", when=when)
    if request.ended:
        return msg("Access ended {when}.", when=Moment(ends))
    if request.held:
        return msg("Access ended {when}. {held}", when=Moment(ends), held=held(request))
    return msg("Collected {when}. Access ends {ends}.", when=when, ends=Moment(ends, exact=True))


def held(request: Request) -> Phrase:
    """Say why a key still works although the access to it ended, and what to do."""
    place = Text(quote(request.terms.cloud_name))
    if request.held is ProtectionReason.LAST_ENABLED:
        return msg(
            "The key still works: it is the last enabled key there. Once another one is enabled,"
            " Keysmith disables this one."
        )
    return msg(
        "The key still works: it signs webhook notifications until another one is pinned with"
        " `/cld key webhook --env {place}`. Then Keysmith disables this one.",
        place=place,
    )


def _result(request: Request) -> Phrase:
    """Say what followed an approval."""
    when, ends = Moment(request.since), request.ends_at
    if request.state is State.DONE and (dark := brownouts.result(request)):
        return dark
    match request.state:
        case State.APPROVED:
            return msg("Starts in a moment.")
        case State.EXECUTING:
            return msg("In progress.")
        case State.FAILED if request.outcome == RESUMED:
            return msg("Resumed, and done {when}.", when=when)
        case State.FAILED:
            return request_failed(request.outcome)
        case State.CLAIMABLE:
            return msg("Ready to collect by {owner}.", owner=Mention(request.terms.owner.user_id))
        case State.LAPSED:
            return msg("Not collected in time: the key never worked.")
        case State.CLAIMED:
            return _collected(request)
        case _ if ends:
            return msg("Done {when}. Access ends {ends}.", when=when, ends=Moment(ends, exact=True))
        case _:
            return msg("Done {when}.", when=when)
