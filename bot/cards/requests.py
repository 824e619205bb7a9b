"""Cards of requests: pure functions of the request as it is kept, never of the press."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.cards.people import GROUPS as NAMES
from bot.cards.people import approval
from bot.domain import durations
from bot.domain.approvals import Unfit
from bot.domain.outcomes import (
    Delegated,
    MadeToClaim,
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
from bot.domain.policy import Action
from bot.domain.requests import Event, Request, State, Waiver

STATES: Final = {
    State.DRAFT: "not asked yet",
    State.PENDING: "waiting for approval",
    State.APPROVED: "approved, about to be carried out",
    State.DENIED: "denied",
    State.CANCELLED: "taken back",
    State.EXPIRED: "expired: nobody decided in time",
    State.EXECUTING: "approved, being carried out",
    State.DONE: "done",
    State.FAILED: "approved, but it did not work",
    State.CLAIMABLE: "approved: the credentials wait for their owner",
    State.CLAIMED: "collected",
    State.LAPSED: "lapsed: nobody collected, the key never worked",
}
"""How far a request is, in words."""
WAIVERS: Final = {
    Waiver.AT_ONCE: "The policy lets it happen at once.",
    Waiver.BUDGET: "Approved by the rule itself, within the person's budget of the week.",
    Waiver.EMERGENCY: "Done without approval, as an emergency. Somebody has to review it.",
}
"""Why nobody had to agree first."""


def posted(request: Request) -> Card:
    """The card in the approvals channel."""
    return card(*_about(request), *_standing(request), buttons=_buttons(request))


def _about(request: Request) -> list[Line]:
    terms, asker = request.terms, request.asker
    role = f", {asker.role.replace('_', ' ')}" if asker.role else ", no user at Cloudinary"
    lines = [
        line(bold(asker.name), " ", Mention(terms.requester.user_id), f" asks: {_what(request)}"),
        item("Who: ", asker.email, role, "; e-mail confirmed"),
        item("Where: ", bold(terms.environment_name), f" ({terms.tier}), ", code(terms.cloud_name)),
        item("Key: ", bold(terms.name), *((" ", code(terms.key)) if terms.key else (" (new)",))),
    ]
    if terms.owner != terms.requester:
        lines.append(item("For: ", Mention(terms.owner.user_id), ", who alone can collect them"))
    if terms.lasts:
        lines.append(item(f"For how long: {durations.write(terms.lasts)}, from the approval on"))
    lines.append(item("Why: ", terms.reason or "no reason was given"))
    lines += _evidence(request)
    lines.append(item("Fingerprint: ", code(terms.fingerprint)))
    return lines


def _evidence(request: Request) -> list[Line]:
    found = request.evidence
    lines = [item(f"Past 90 days: asked {found.before} times before, {found.granted} agreed to")]
    if found.created_at:
        works = "enabled" if found.enabled else "disabled"
        last = f"; last {found.last}" if found.last else ""
        lines.append(item("The key: made ", Moment(found.created_at), f", {works}{last}"))
    lines.append(item(f"Enabled keys in that environment: {found.siblings}"))
    if found.approvers:
        lines.append(item(f"Who may approve: {', '.join(found.approvers)}"))
    return lines


def _what(request: Request) -> str:
    match request.terms.action:
        case Action.KEY_REQUEST:
            return "credentials of a new key."
        case Action.KEY_CREATE:
            return "make a key."
        case Action.KEY_DELETE:
            return "delete a key."
        case Action.KEY_ENABLE:
            return "make a key work."
        case Action.KEY_RENAME:
            return f"rename a key: {request.terms.command}"
        case _:
            return request.terms.command


def _standing(request: Request) -> list[Line]:
    lines = [line(bold(_state(request).capitalize()), ".")]
    if request.state is State.PENDING:
        lines.append(
            item(
                f"Wants {approval(request.approval, 'who asks')} (policy {request.policy}).",
                " Expires ",
                Moment(request.expires_at, exact=True),
            )
        )
    lines += [
        item(
            bold(vote.name),
            " agreed " if vote.agrees else " objected ",
            Moment(vote.at),
            f": {vote.comment}" if vote.comment else "",
        )
        for vote in request.standing
    ]
    if request.waived:
        lines.append(item(WAIVERS[request.waived]))
    if request.review:
        lines.append(item(bold(request.review.name), " reviewed it: ", request.review.comment))
    if request.delete_at:
        deleted = Moment(request.delete_at, exact=True)
        lines.append(item("Deleted for good ", deleted, ". Until then: ", code("/cld key restore")))
    if request.ends_at:
        lines.append(
            item(
                "Access ended " if request.ended else "Access ends ",
                Moment(request.ends_at, exact=True),
            )
        )
    return lines


def _state(request: Request) -> str:
    if request.outcome == "void":
        return "void: the rules or the people changed since it was asked"
    return STATES[request.state]


def press(label: str, verb: str, request: Request, style: str | None = None) -> Button:
    """Make a button that works for whoever may press it, for as long as the card stands."""
    return Button(label, verb, stands=request.id, style=style)


def _buttons(request: Request) -> list[Button]:
    match request.state:
        case State.PENDING:
            typed = request.approval.typed or request.approval.comment
            return [
                press("Approve …" if typed else "Approve", "approve", request, "primary"),
                press("Deny …", "deny", request, "danger"),
                press("Ask …", "ask", request),
                press("Cancel", "cancel", request),
            ]
        case State.CLAIMABLE:
            return [press("Collect", "claim", request, "primary"), *_after(request)]
        case State.CLAIMED if request.ends_at:
            return [press("Renew …", "renew", request), *_after(request)]
        case _:
            return _after(request)


def _after(request: Request) -> list[Button]:
    return [press("Reviewed …", "review", request)] if request.unreviewed else []


def requested(outcome: Requested) -> Card:
    """Others are asked."""
    request = outcome.request
    return card(
        line(bold("Asked."), " Nothing was done so far: others have to agree first."),
        *_about(request)[2:],
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
            f"{_what(request)} It is {_state(request)}.",
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
    return card(line("Nothing was changed: this request is ", bold(_state(request)), "."), *said)


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
        line(Mention(outcome.to.user_id), " decides in your place until "),
        item(Moment(outcome.until, exact=True), ", on what you could decide on yourself."),
        item("Never on a request of yours or theirs. To end it: ", code("/cld delegate")),
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


def summary(request: Request) -> Line:
    """One request in one line."""
    return item(
        *(code(request.id), " ", bold(request.asker.name), f": {_what(request)} "),
        *(bold(request.terms.name), f" in {request.terms.environment_name}, "),
        *(Moment(request.asked_at), f": {_state(request)}"),
    )


def _next(outcome: RequestsListed) -> list[Button]:
    if outcome.which == "pending":
        return [press(f"Approve {it.terms.name}", "approve", it) for it in outcome.requests]
    waiting = [it for it in outcome.requests if it.state is State.CLAIMABLE]
    return [press(f"Collect {it.terms.name}", "claim", it) for it in waiting]
