"""Cards of requests: pure functions of the stored request, never of the press that changed it."""

from typing import Final

from bot.cards.collect import collect
from bot.cards.deletions import deletes, restoring
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
)
from bot.cards.people import approval, voter
from bot.domain import durations
from bot.domain.policy import Action
from bot.domain.recovery import LOST
from bot.domain.requests.deletions import is_restore
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
    Waiver.EMERGENCY: "Emergency access, without approval.",
}
_UNREVIEWED: Final = "Emergency access, without approval. It needs a review."
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
    works = "enabled" if found.enabled else "disabled"
    last = f"; last {found.last}" if found.last else ""
    made, approvers = found.created_at, ", ".join(found.approvers)
    return [
        item(f"Past 90 days: {_past(request)}"),
        item("The key: created ", Moment(made), f", {works}{last}") if made else None,
        item(f"Enabled keys in that environment: {found.siblings}") if place else None,
        item(f"Who may approve: {approvers}") if found.approvers else None,
    ]


def _past(request: Request) -> str:
    """Count like with like; an older record counted the requester's requests of every kind."""
    found, who = request.evidence, request.asker.name
    if found.decided is None:
        return f"{found.before} requests of any kind from {who}, {found.granted} approved"
    if not found.decided:
        return f"no decided requests like this from {who}"
    like = "1 request" if found.decided == 1 else f"{found.decided} requests"
    return f"{like} like this from {who}, {found.approved} approved"


def what(request: Request) -> str:
    """Describe the requested action."""
    terms = request.terms
    if is_restore(terms):
        return "restore a key."
    start = _BEFORE_COMMANDS.get(terms.action, "")
    return _ACTIONS.get(terms.action) or f"{start}{terms.command}"


def _progress(request: Request) -> list[Line | None]:
    """Describe the state, the votes, and what follows."""
    pending = request.state is State.PENDING
    required = f"Needs {approval(request.approval, requester=False)}, by policy {request.policy}."
    expires = Moment(request.expires_at, exact=True)
    risk = "Risk: high. An approver types the key's name."
    ends = "Access ended " if request.ended else "Access ends "
    granted = None if request.state is State.FAILED else request.ends_at
    review = request.review
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
        item("Ready to collect by ", Mention(request.terms.owner.user_id))
        if request.state is State.CLAIMABLE
        else None,
        item(_UNREVIEWED if request.unreviewed else _WAIVERS[request.waived])
        if request.waived
        else None,
        item(*voter(review), " reviewed it: ", review.comment) if review else None,
        item(*deletes(request, "Deletes on "), ". Until then: ", restoring(request))
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
            return [press(collect(request), "claim", request, "primary"), stop, *review]
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
