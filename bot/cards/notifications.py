"""Notifications: the messages in a request's thread, to its people and to the security channel."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from bot.cards.collect import collect
from bot.cards.deletions import restoring
from bot.cards.faults import request_failed
from bot.cards.kit import (
    Button,
    Card,
    Mention,
    Moment,
    Span,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
    words,
)
from bot.cards.people import any_of
from bot.cards.requests import about, place_of, posted, press, state, what
from bot.domain import durations
from bot.domain.policy import Action
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Topic

_TEXTS: Final = {
    Topic.ASKED: "This request needs your decision.",
    Topic.VOTED_FOR: "{who} approved ({count}).{typed}",
    Topic.VOTED_AGAINST: "{who} denied.{typed}",
    Topic.WITHDRAWN: "{who} withdrew their vote.",
    Topic.APPROVED: "{who} approved.{typed}",
    Topic.DENIED: "{who} denied. Nothing was done.{typed}",
    Topic.CANCELLED: "{who} cancelled the request. Nothing was done.",
    Topic.EXPIRED: "It expired: no one decided in time. Nothing was done. You can ask again.",
    Topic.VOID: "It is void: rules, people or target changed since. Nothing was done.",
    Topic.DONE: "{done}",
    Topic.FAILED: "{failure}",
    Topic.READY: "The key is created, and disabled for now. {owner} collects its credentials.",
    Topic.CLAIMED: "{owner} collected. The key works now.",
    Topic.LAPSED: "No one collected the credentials. The key never worked, and stays disabled.",
    Topic.REMINDER: "Still waiting for a decision. It expires {expires}.",
    Topic.QUESTION: "{who} asks: {question}",
    Topic.ENDING: "Access ends {ends}. To go on: Renew",
    Topic.ENDED: "Access ended, and the key is disabled.",
    Topic.ESCALATED: "No one has decided yet: {wider} may decide now too.",
    Topic.EMERGENCY: "{who} used emergency access: {what} It is done without approval. Why:{typed}",
    Topic.REVIEW_REMINDER: "An emergency that no one has reviewed: /cld review {id}",
    Topic.REVIEWED: "{who} reviewed it.{typed}",
    Topic.RENEWED: "Access lasts longer now. It ends {ends}.",
    Topic.SOAKING: "Disabled. Deletes on {deletes}. Until then, you can restore it: {restore}",
    Topic.DELETED: "Deleted for good.",
    Topic.RESTORED: "{restored}. The key will not be deleted.",
}

_CALLS: Final = frozenset({Topic.ASKED, Topic.ESCALATED})
"""Topics with which a person hears of a request for the first time."""


def notification_card(notification: Notification, request: Request) -> Card:
    """Draw one notification, from the request as it is now."""
    if notification.audience is Audience.PERSON and notification.topic in _CALLS:
        return call(request)
    start: tuple[Span, ...] = (bold(request.terms.name), f"{place_of(request)}: ")
    if notification.audience is Audience.THREAD:
        users = filter(None, notification.to.split(","))
        start = tuple(span for user in users for span in (Mention(user), " "))
    spans = _spans(_TEXTS[notification.topic], _fields(notification, request))
    return card(line(*start, *spans), buttons=_buttons(notification, request))


def call(request: Request) -> Card:
    """Ask a person directly to decide; once that is over, say so in the same place."""
    terms, pending = request.terms, request.state is State.PENDING
    who = line(
        *(bold(request.asker.name), " ", Mention(terms.requester.user_id)),
        f" requests your approval: {what(request)}",
    )
    where = item("Where: ", bold(terms.environment_name), f" ({terms.tier})")
    lasts = durations.write(terms.lasts) if terms.lasts else ""
    summary = [
        item("Key: ", bold(terms.name)) if terms.action.startswith("key:") else None,
        where if terms.environment_name else None,
        item(f"For how long: {lasts}") if lasts else None,
        item("Why: ", terms.reason or "no reason was given"),
    ]
    if terms.action is Action.LINK:  # its card has a warning that no summary may leave out
        summary = about(request)[1:]
    denied = request.state in {State.DENIED, State.CANCELLED, State.EXPIRED}
    outcome = state(request).capitalize() if denied else "Approved"
    end = item("Expires ", Moment(request.expires_at, exact=True)) if pending else None
    over = None if pending else line(bold(outcome), ". Your decision is no longer needed.")
    return card(who, *summary, end, over, buttons=_deciding(request))


def _deciding(request: Request) -> list[Button]:
    """Make the buttons of a person who is asked directly."""
    buttons = [each for each in posted(request).buttons if each.command in {"approve", "deny"}]
    return [*buttons, press("Show", "requests", request)]


def lost_command(text: str) -> Card:
    """Tell a person that a recovery closed their command."""
    return card(
        line(
            "Keysmith's database went back to an earlier state, so it is not known whether your"
            " command ",
            code(f"/cld {text}"),
            " was carried out. Nothing more is tried.",
        ),
        words("Look with `/cld key list` and `/cld requests` what stands, then ask again."),
    )


def asked_directly(request: Request) -> Card:
    """Draw the request's card for a person who may decide, while its channel refuses it."""
    drawn = posted(request)
    reason = line("The channel of approvals can't be reached, so you are asked directly.")
    return card(reason, *drawn.lines, buttons=drawn.buttons)


def told_of_calls(request: Request) -> Card:
    """Tell the requester that approvers hear of it while the channel refuses the card."""
    place = (bold(request.terms.name), f"{place_of(request)}: the channel of approvals can't be")
    return card(line(*place, " reached, so those who may decide are asked directly."))


def told_of_the_way(request: Request, reached: int) -> Card:
    """Tell the requester who was asked while the channel refuses the card."""
    place = (bold(request.terms.name), f"{place_of(request)}: the channel of approvals can't be")
    asked = "one person who may decide was" if reached == 1 else f"{reached} who may decide were"
    said = f" reached, so {asked} asked directly." if reached else " reached, and no one was asked."
    approve = line("Show an approver this: ", code(f"/cld approve {request.short_id}"))
    return card(line(*place, said), None if reached else approve)


def short(request: Request) -> Card:
    """Say where to look, since Slack refuses the whole message."""
    return card(
        line(bold(request.terms.name), f"{place_of(request)}: Slack refuses the whole message."),
        line("Look at it: ", code(f"/cld requests {request.short_id}")),
    )


def _fields(notification: Notification, request: Request) -> dict[str, Span | tuple[Span, ...]]:
    """The values that templates may contain; what a person typed is a span of its own."""
    who = Mention(notification.by) if notification.by else Text("Keysmith")
    principal = notification.on_behalf_of
    typed, wider = notification.text, request.approval.escalation
    done = "Done at Cloudinary: " if request.terms.action.startswith("key:") else "Done: "
    return {
        "who": (who, *((", for ", Mention(principal)) if principal else ())),
        "owner": Mention(request.terms.owner.user_id),
        "typed": Text(f" “{typed}”") if typed else "",
        "question": Text(typed) if typed else "",
        "id": code(request.short_id),
        "count": f"{len(request.approving)} of {request.approval.quorum}",
        "wider": any_of(wider.to) if wider else msg("others"),
        "failure": request_failed(request.outcome),
        "what": Text(what(request)),
        "done": (done, Text(what(request))),
        "restore": restoring(request),
        "restored": (Mention(notification.by), " restored it")
        if notification.by
        else "It was restored or changed",
        "expires": Moment(request.expires_at),
        "ends": Moment(request.ends_at, exact=True) if request.ends_at else "",
        "deletes": Moment(request.delete_at, exact=True) if request.delete_at else "",
    }


def _spans(template: str, fields: Mapping[str, Span | tuple[Span, ...]]) -> Iterator[Span]:
    """Fill a template in; plain text joins the text around it, other spans remain separate."""
    text = ""
    for literal, name, _, _ in Formatter().parse(template):
        field = fields[name] if name else ""
        text += literal
        for span in field if isinstance(field, tuple) else (field,):
            if isinstance(span, str):
                text += span
            else:
                yield from (text, span)
                text = ""
    yield text


def _buttons(notification: Notification, request: Request) -> list[Button]:
    match notification.topic:
        case Topic.READY if request.state is State.CLAIMABLE:
            shared = notification.audience is Audience.THREAD
            label = collect(request) if shared else "Collect"
            return [press(label, "claim", request, "primary")]
        case Topic.ENDING | Topic.ENDED if request.made:
            return [press("Renew …", "renew", request, "primary")]
        case Topic.REMINDER if notification.audience is Audience.PERSON:
            return _deciding(request)
        case Topic.EMERGENCY | Topic.REVIEW_REMINDER:
            return [press("Reviewed …", "review", request)]
        case _:
            return []
