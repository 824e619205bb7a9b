"""Cards of requests: pure functions of the stored request, never of the press that changed it."""

from typing import Final, assert_never

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Moment,
    Span,
    bold,
    card,
    code,
    item,
    line,
    words,
)
from bot.cards.not_askable import not_askable_reason
from bot.cards.people import approval, voter
from bot.cards.requests_needed import needed
from bot.domain import durations
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import ListRequests
from bot.domain.outcomes import requests as outcomes
from bot.domain.policy import Action
from bot.domain.recovery import LOST
from bot.domain.requests.machine import Request, State
from bot.domain.requests.terms import Terms, Waiver

STATES: Final = {
    State.DRAFT: "not asked yet",
    State.PENDING: "waiting for approval",
    State.APPROVED: "approved, about to be carried out",
    State.DENIED: "denied",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "expired: no one decided in time",
    State.EXECUTING: "approved, being carried out",
    State.DONE: "done",
    State.FAILED: "approved, but it did not work",
    State.CLAIMABLE: "approved: the credentials wait for their owner",
    State.CLAIMED: "collected",
    State.LAPSED: "lapsed: no one collected, the key never worked",
}
_WAIVERS: Final = {
    Waiver.AT_ONCE: "The policy lets it happen at once.",
    Waiver.BUDGET: "Approved by the rule itself, within the person's budget of the week.",
    Waiver.EMERGENCY: "Done without approval, as an emergency. Someone has to review it.",
}
_ACTIONS: Final = {
    Action.KEY_REQUEST: "credentials of a new key.",
    Action.KEY_CREATE: "create a key.",
    Action.KEY_DELETE: "delete a key.",
    Action.KEY_ENABLE: "enable a key.",
    Action.LINK: "link a person to another Cloudinary user.",
}
_BEFORE_COMMANDS: Final = {
    Action.KEY_RENAME: "rename a key: ",
    Action.ENV_TIER: "fix a tier: ",
}
_TITLES: Final = {
    "mine": "Your requests",
    "pending": "Open requests that need your decision",
    "all": "Open requests that you can see",
}


def request_card(outcome: outcomes.RequestOutcome) -> Card:
    """Draw an outcome of opening, renewing or listing requests."""
    match outcome:
        case outcomes.Requested(request):
            return _requested(request)
        case outcomes.Renewed(request):
            return card(line("Renewed: access to ", bold(request.terms.name), " lasts longer."))
        case outcomes.NotAskable():
            reason = not_askable_reason(outcome)
            return card(line("No one was asked, and nothing was done. ", *reason))
        case outcomes.NoSuchRequest(id_):
            return card(
                line(
                    *("There is no request ", code(id_), ". Nothing was done now: no key was"),
                    " created or changed.",
                ),
                words(
                    "If the id is right, the request is not for you to see, or it ended and is no"
                    " longer kept, or it was lost when Keysmith's data was restored. If it is still"
                    " needed, its requester asks again: `/cld request`"
                ),
                line("Open requests: ", code("/cld requests all")),
            )
        case outcomes.RequestShown(request):
            return posted(request)
        case outcomes.RequestsListed():
            return listed(outcome)
        case outcomes.RequestNeeded():
            return needed(outcome)
        case _:
            assert_never(outcome)


def posted(request: Request) -> Card:
    """Draw the card in the approvals channel."""
    return card(*about(request), *_progress(request), buttons=_buttons(request))


def about(request: Request) -> list[Line | None]:
    """Describe who requests what, where, for how long and why, with the evidence for a decision."""
    terms, asker = request.terms, request.asker
    role: tuple[Span, ...] = (f", {asker.role.replace('_', ' ')}",)
    if not asker.role:
        role = (
            (", Cloudinary user",) if asker.cloudinary_id else (", ", bold("not a Cloudinary user"))
        )
    where = item(
        "Where: ", bold(terms.environment_name), f" ({terms.tier}), ", code(terms.cloud_name)
    )
    key = _key(terms) if terms.action.startswith("key:") else None
    owner = item("For: ", Mention(terms.owner.user_id), ", who alone can collect them")
    shared = owner if terms.owner != terms.requester else None
    lasts = durations.write(terms.lasts) if terms.lasts else ""
    return [
        line(bold(asker.name), " ", Mention(terms.requester.user_id), f" asks: {what(request)}"),
        item("Who: ", asker.email, *role, "; e-mail confirmed"),
        *(_linked(request) if terms.action is Action.LINK else [where, key, shared]),
        item(f"For how long: {lasts}, from the approval on") if lasts else None,
        item("Why: ", terms.reason or "no reason was given"),
        *_evidence(request),
        item("Fingerprint: ", code(terms.fingerprint)),
    ]


def _linked(request: Request) -> list[Line | None]:
    terms = request.terms
    return [
        item("Person: ", Mention(terms.owner.user_id)),
        item("Cloudinary user, before → after: ", bold(terms.name)),
        item("Check with the person by another way than Slack: the address may be an attacker's."),
    ]


def _key(terms: Terms) -> Line:
    return item("Key: ", bold(terms.name), *(" ", code(terms.key)) if terms.key else (" (new)",))


def _evidence(request: Request) -> list[Line | None]:
    found, place = request.evidence, request.terms.environment_id
    asked = "once" if found.before == 1 else f"{found.before} times"
    works = "enabled" if found.enabled else "disabled"
    last = f"; last {found.last}" if found.last else ""
    made, approvers = found.created_at, ", ".join(found.approvers)
    return [
        item(f"Past 90 days: asked {asked} before, {found.granted} approved"),
        item("The key: created ", Moment(made), f", {works}{last}") if made else None,
        item(f"Enabled keys in that environment: {found.siblings}") if place else None,
        item(f"Who may approve: {approvers}") if found.approvers else None,
    ]


def what(request: Request) -> str:
    """Describe the requested action."""
    terms = request.terms
    start = _BEFORE_COMMANDS.get(terms.action, "")
    return _ACTIONS.get(terms.action) or f"{start}{terms.command}"


def _progress(request: Request) -> list[Line | None]:
    """Describe the state, the votes, and what follows."""
    pending = request.state is State.PENDING
    required = f"Needs {approval(request.approval, 'the requester')}, by policy {request.policy}."
    expires = Moment(request.expires_at, exact=True)
    risk = "Risk: high. An approver types the key's name."
    ends = "Access ended " if request.ended else "Access ends "
    granted = None if request.state is State.FAILED else request.ends_at
    review, restore = request.review, code("/cld key restore")
    return [
        line(bold(state(request).capitalize()), "."),
        item(required, " Expires ", expires) if pending else None,
        item(risk) if pending and request.approval.high_risk else None,
        *(
            item(
                *voter(vote),
                " approved " if vote.approves else " denied ",
                Moment(vote.at),
                f": {vote.comment}" if vote.comment else "",
            )
            for vote in request.current_votes
        ),
        item(_WAIVERS[request.waived]) if request.waived else None,
        item(*voter(review), " reviewed it: ", review.comment) if review else None,
        item("Deleted for good ", Moment(request.delete_at, exact=True), ". Until then: ", restore)
        if request.delete_at
        else None,
        item(ends, Moment(granted, exact=True)) if granted else None,
    ]


def state(request: Request) -> str:
    """Describe the request's state."""
    if request.outcome == LOST:
        return "closed by a recovery: what followed is lost, so it may have been carried out"
    if request.outcome == "void":
        return "void: the rules or the people changed since it was asked"
    return STATES[request.state]


def press(label: str, verb: str, request: Request, style: str | None = None) -> Button:
    """Make a button that everybody may press, for as long as the card exists."""
    return Button(label, verb, request_id=request.id, style=style)


def _buttons(request: Request) -> list[Button]:
    review = [press("Reviewed …", "review", request)] if request.unreviewed else []
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
            stop = press("Disable the key", "cancel", request, "danger")
            return [press("Collect", "claim", request, "primary"), stop, *review]
        case State.CLAIMED:
            renew = [press("Renew …", "renew", request)] if request.ends_at else []
            return [*renew, press("Disable the key", "cancel", request, "danger"), *review]
        case _:
            return review


def place_of(request: Request) -> str:
    """Say where the target is; empty if the environment itself is the target."""
    terms = request.terms
    return f" in {terms.environment_name}" if terms.action.startswith("key:") else ""


def named(request: Request) -> str:
    """Name the requested key, for a button among others."""
    return f"{request.terms.name}{place_of(request)}"


def show(request: Request) -> Button:
    """Make a button that shows the whole card to the person who presses it."""
    return Button(f"Show {named(request)}", write(ListRequests(request.id)))


def summary(request: Request) -> Line:
    """Draw a request as an item of a list."""
    return item(
        *(code(request.id), " ", bold(request.asker.name), f": {what(request)} "),
        *(bold(request.terms.name), f"{place_of(request)}, "),
        *(Moment(request.asked_at), f": {state(request)}"),
    )


def _requested(request: Request) -> Card:
    expires = Moment(request.expires_at)
    return card(
        _beginning(request),
        *about(request)[2:],  # the requester knows who they are
        None
        if request.waived
        else item(f"It needs {approval(request.approval)}. It expires ", expires),
        line(
            "You get a message when it is decided. To cancel: ", code(f"/cld cancel {request.id}")
        ),
    )


def _beginning(request: Request) -> Line:
    """Say what is true: without a vote to wait for, the request is being executed."""
    match request.waived:
        case None:
            return line(bold("Request sent."), " It needs approval before anything changes.")
        case Waiver.EMERGENCY:
            text = " It is being done now, without approval. Security is told; it needs a review."
            return line(bold("Emergency."), text)
        case Waiver.AT_ONCE | Waiver.BUDGET:
            return line(bold("Approved by the rule."), " It is being done now: no vote is needed.")
        case _:
            assert_never(request.waived)


def listed(outcome: outcomes.RequestsListed) -> Card:
    """List requests, newest first."""
    waiting = [each for each in outcome.requests if each.state is State.CLAIMABLE]
    return card(
        line(bold(_TITLES[outcome.which])),
        None if outcome.requests else line("None."),
        *map(summary, outcome.requests),
        line("There are more; these are the newest.") if outcome.more else None,
        buttons=[show(each) for each in outcome.requests]
        if outcome.which == "pending"
        else [press(f"Collect {named(each)}", "claim", each) for each in waiting],
    )
