"""What is said to whoever asked for a request, or decided on one."""

from collections.abc import Sequence
from typing import assert_never

from bot.cards.kit import Button, Card, Mention, Moment, Span, bold, card, code, item, line
from bot.cards.people import GROUPS as NAMES
from bot.cards.people import approval
from bot.cards.requests import about, named, press, show, state, summary, what
from bot.domain import durations
from bot.domain.approvals import Unfit
from bot.domain.decided import (
    Delegated,
    MayNotDecide,
    NoSuchRequest,
    NotAskable,
    Passed,
    Renewed,
    Requested,
    RequestsListed,
    TooLate,
    Unaskable,
    Voided,
    Voted,
    WordWanted,
)
from bot.domain.outcomes import MadeToClaim
from bot.domain.requests import Event, State


def requested(outcome: Requested) -> Card:
    """Others are asked."""
    request = outcome.request
    return card(
        line(bold("Asked."), " Nothing was done so far: others have to agree first."),
        *about(request)[2:],
        item(f"It wants {approval(request.approval)}. It expires ", Moment(request.expires_at)),
        line("You will be told. To take it back: ", code(f"/cld cancel {request.id}")),
    )


def not_askable(outcome: NotAskable) -> Card:
    """It could not be granted, so nobody is asked."""
    match outcome.why:
        case Unaskable.NOBODY | Unaskable.TOO_FEW:
            why: tuple[Span, ...] = (
                f"It wants {approval(outcome.approval)}, and Cloudinary knows",
                f" {outcome.reachable or 'nobody'} who could agree.",
            )
        case Unaskable.REASON:
            pattern = outcome.approval.reason
            why = ("Its reason has to match ", code(pattern)) if pattern else ("Say why: --reason",)
        case Unaskable.TOO_LONG:
            longest = outcome.approval.longest
            most = durations.write(longest) if longest else ""
            why = ("Say for how long: ", code("--expires"), f", at most {most}.")
        case Unaskable.EMERGENCY:
            who = " or ".join(NAMES.get(it, it) for it in outcome.approval.emergency)
            why = (f"Breaking the glass is for {who or 'nobody'} by the policy. Ask without it.",)
        case Unaskable.NOT_RENEWABLE:
            why = ("There is no access of yours to renew under that id, or its key is gone.",)
        case Unaskable.TEAMMATE:
            why = ("Whoever it is for is no confirmed member of this workspace.",)
        case _:
            assert_never(outcome.why)
    return card(line("Nobody was asked, and nothing was done. ", *why))


def voted(outcome: Voted) -> Card:
    """One's word was counted."""
    request = outcome.request
    return card(
        line(_counted(outcome)),
        item(
            "The request of ",
            bold(request.asker.name),
            ": ",
            f"{what(request)} It is {state(request)}.",
        ),
    )


def _counted(outcome: Voted) -> str:
    wants = outcome.request.approval.quorum
    match outcome.event:
        case Event.AGREE:
            return f"Counted: {len(outcome.request.agreeing)} of {wants} agree."
        case Event.APPROVE:
            return "Approved. Keysmith does it now, and says so when it is done."
        case Event.OBJECT:
            return "Counted: you object."
        case Event.DENY:
            return "Denied. Nothing was done."
        case Event.WITHDRAW:
            return "You took your word back."
        case Event.CANCEL:
            return "Taken back. Nothing was done."
        case Event.REVIEW:
            return "Reviewed. The security channel is told."
        case _:
            return "Done."


def too_late(outcome: TooLate) -> Card:
    """A press that changed nothing: how it stands, and who decided."""
    request = outcome.request
    said = [
        item(bold(vote.name), " agreed" if vote.agrees else " objected", " ", Moment(vote.at))
        for vote in request.standing
    ]
    if request.state is State.PENDING:
        return card(line("That was counted before, or there is nothing to take back."), *said)
    return card(line("Nothing was changed: this request is ", bold(state(request)), "."), *said)


def may_not(outcome: MayNotDecide) -> Card:
    """One's word does not count here."""
    match outcome.why:
        case Unfit.OWN_REQUEST:
            why = "You asked for it yourself, and nobody decides on their own request."
        case Unfit.OWN_CREDENTIALS:
            why = "The credentials are for you, and nobody decides on their own."
        case Unfit.NOT_YOURS:
            why = "Only who asked can take a request back. To object: Deny."
        case Unfit.NOT_AT_CLOUDINARY:
            why = "Cloudinary has no user with your e-mail address."
        case Unfit.NO_ACCESS:
            why = "Cloudinary gives you no access to keys there."
        case Unfit.NOT_AN_APPROVER:
            who = " or ".join(NAMES.get(it, it) for it in outcome.request.approval.approvers)
            why = f"The policy wants the word of {who}."
        case _:
            assert_never(outcome.why)
    return card(line("Not counted. ", why), line("The request stays as it was."))


def word_wanted(outcome: WordWanted) -> Card:
    """More than a press is wanted, where no form could be opened."""
    request = outcome.request
    options = " ".join(f"--{name} …" for name in outcome.wanted)
    return card(
        line("Not counted so far: approving this wants more than a press."),
        line("Type ", code(f"/cld approve {request.id} {options}")),
        item("confirm is the name of the key: ", bold(request.terms.name)),
    )


def voided(outcome: Voided) -> Card:
    """The world moved."""
    return card(
        line("Void: the rules, the people or the target changed since this was asked."),
        line("Nothing was done. ", bold(outcome.request.asker.name), " can ask again."),
    )


def passed(_: Passed) -> Card:
    """A question is in the thread."""
    return card(line("Your question is in the thread, and the requester was told of it."))


def several(outcomes: Sequence[Card]) -> Card:
    """One answer for each environment."""
    return card(*(each for one in outcomes for each in one.lines))


def delegated(outcome: Delegated) -> Card:
    """A colleague decides in the asker's place."""
    if outcome.to is None or outcome.until is None:
        return card(line("Nobody decides in your place any more."))
    return card(
        line(Mention(outcome.to.user_id), " decides in your place."),
        item("Until ", Moment(outcome.until, exact=True)),
        item("On what you could decide on yourself, never on a request of yours or theirs"),
        line("To end it: ", code("/cld delegate")),
    )


def renewed(outcome: Renewed) -> Card:
    """Access lasts longer."""
    return card(line("Renewed: access to ", bold(outcome.request.terms.name), " lasts longer."))


def no_such(outcome: NoSuchRequest) -> Card:
    """Nothing goes by that id."""
    return card(
        line("There is no request ", code(outcome.word), ". Nothing was done."),
        line("Those that there are: ", code("/cld requests all")),
    )


def made(outcome: MadeToClaim) -> Card:
    """A key was made for its owner."""
    return card(line(bold(outcome.claim.name), " is made, and waits for its owner."))


def listed(outcome: RequestsListed) -> Card:
    """Requests, newest first."""
    titles = {
        "mine": "Your requests",
        "pending": "Requests that wait for you",
        "all": "Requests that wait",
    }
    lines = [line(bold(titles[outcome.which]))]
    if not outcome.requests:
        lines.append(line("There is none."))
    lines += [summary(request) for request in outcome.requests]
    if outcome.more:
        lines.append(line("There are more; these are the newest."))
    return card(*lines, buttons=_next(outcome))


def _next(outcome: RequestsListed) -> list[Button]:
    if outcome.which == "pending":
        return [show(it) for it in outcome.requests]
    waiting = [it for it in outcome.requests if it.state is State.CLAIMABLE]
    return [press(f"Collect {named(it)}", "claim", it) for it in waiting]
