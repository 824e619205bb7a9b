"""Cards of requests: pure functions of the request as it is kept, never of the press."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.cards.people import GROUPS as NAMES
from bot.cards.people import approval
from bot.domain import durations
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.outcomes.requests import (
    NoSuchRequest,
    NotAskable,
    Renewed,
    Requested,
    RequestOutcome,
    RequestShown,
    RequestsListed,
)
from bot.domain.policy import Action
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Waiver

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


def request_card(outcome: RequestOutcome) -> Card:
    """Draw what came of opening requests or looking at them."""
    match outcome:
        case Requested(request):
            return requested(request)
        case Renewed(request):
            return card(line("Renewed: access to ", bold(request.terms.name), " lasts longer."))
        case NotAskable():
            return not_askable(outcome)
        case NoSuchRequest(word):
            return no_such(word)
        case RequestShown(request):
            return posted(request)
        case RequestsListed():
            return listed(outcome)
        case _:
            assert_never(outcome)


def posted(request: Request) -> Card:
    """The card in the approvals channel."""
    return card(*about(request), *_current_votes(request), buttons=_buttons(request))


def about(request: Request) -> list[Line]:
    """Who asks, what exactly, where, for how long and why; and what bears on it."""
    terms, asker = request.terms, request.asker
    role = f", {asker.role.replace('_', ' ')}" if asker.role else ", no user at Cloudinary"
    lines = [
        line(bold(asker.name), " ", Mention(terms.requester.user_id), f" asks: {what(request)}"),
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
    asked = "once" if found.before == 1 else f"{found.before} times"
    lines = [item(f"Past 90 days: asked {asked} before, {found.granted} agreed to")]
    if found.created_at:
        works = "enabled" if found.enabled else "disabled"
        last = f"; last {found.last}" if found.last else ""
        lines.append(item("The key: made ", Moment(found.created_at), f", {works}{last}"))
    lines.append(item(f"Enabled keys in that environment: {found.siblings}"))
    if found.approvers:
        lines.append(item(f"Who may approve: {', '.join(found.approvers)}"))
    return lines


def what(request: Request) -> str:
    """What is asked for, in words."""
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


def _current_votes(request: Request) -> list[Line]:
    lines = [line(bold(state(request).capitalize()), ".")]
    if request.state is State.PENDING:
        lines.append(
            item(
                f"Wants {approval(request.approval, 'who asks')} (policy {request.policy}).",
                " Expires ",
                Moment(request.expires_at, exact=True),
            )
        )
        if request.approval.high_risk:
            lines.append(item("Risk: high. Whoever approves it types the key's name."))
    lines += [
        item(
            bold(vote.name),
            " agreed " if vote.approves else " objected ",
            Moment(vote.at),
            f": {vote.comment}" if vote.comment else "",
        )
        for vote in request.current_votes
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


def state(request: Request) -> str:
    """How far it is, in words."""
    if request.outcome == "void":
        return "void: the rules or the people changed since it was asked"
    return STATES[request.state]


def press(label: str, verb: str, request: Request, style: str | None = None) -> Button:
    """Make a button that works for whoever may press it, for as long as the card stands."""
    return Button(label, verb, request_id=request.id, style=style)


def _buttons(request: Request) -> list[Button]:
    match request.state:
        case State.PENDING:
            typed = request.approval.high_risk or request.approval.comment
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


def named(request: Request) -> str:
    """What it is about, on a button among others."""
    return f"{request.terms.name} in {request.terms.environment_name}"


def show(request: Request) -> Button:
    """Make a button that shows the whole card to whoever presses it."""
    return Button(f"Show {named(request)}", write(ListRequests(request.id)))


def summary(request: Request) -> Line:
    """One request in one line."""
    return item(
        *(code(request.id), " ", bold(request.asker.name), f": {what(request)} "),
        *(bold(request.terms.name), f" in {request.terms.environment_name}, "),
        *(Moment(request.asked_at), f": {state(request)}"),
    )


def requested(request: Request) -> Card:
    """Approvers are asked."""
    return card(
        line(bold("Asked."), " Nothing was done so far: others have to agree first."),
        *about(request)[2:],
        item(f"It wants {approval(request.approval)}. It expires ", Moment(request.expires_at)),
        line("You will be told. To take it back: ", code(f"/cld cancel {request.id}")),
    )


def not_askable(outcome: NotAskable) -> Card:
    """It could not be granted, so nobody is asked."""
    match outcome.reason:
        case NotAskableReason.NOBODY | NotAskableReason.TOO_FEW:
            reason: tuple[Span, ...] = (
                f"It wants {approval(outcome.approval)}, and Cloudinary knows",
                f" {outcome.reachable or 'nobody'} who could agree.",
            )
        case NotAskableReason.REASON:
            pattern = outcome.approval.reason
            reason = (
                ("Its reason has to match ", code(pattern)) if pattern else ("Say why: --reason",)
            )
        case NotAskableReason.TOO_LONG:
            longest = outcome.approval.longest
            most = durations.write(longest) if longest else ""
            reason = ("Say for how long: ", code("--expires"), f", at most {most}.")
        case NotAskableReason.EMERGENCY:
            who = " or ".join(NAMES.get(it, it) for it in outcome.approval.emergency)
            reason = (
                f"Breaking the glass is for {who or 'nobody'} by the policy. Ask without it.",
            )
        case NotAskableReason.NOT_RENEWABLE:
            reason = ("There is no access of yours to renew under that id, or its key is gone.",)
        case NotAskableReason.TEAMMATE:
            reason = ("Whoever it is for is no confirmed member of this workspace.",)
        case _:
            assert_never(outcome.reason)
    return card(line("Nobody was asked, and nothing was done. ", *reason))


def no_such(word: str) -> Card:
    """No request has that id."""
    return card(
        line("There is no request ", code(word), ". Nothing was done."),
        line("Those that there are: ", code("/cld requests all")),
    )


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
