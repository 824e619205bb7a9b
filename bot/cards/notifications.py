"""Notifications: the messages in a request's thread, to its people and to the security channel."""

from typing import Final

from bot.cards import brownouts, co_owners
from bot.cards.collect import collect
from bot.cards.deletions import restoring
from bot.cards.kit import (
    Button,
    Card,
    Mention,
    Moment,
    Text,
    card,
    code,
    line,
    msg,
    plural,
)
from bot.cards.people import any_of
from bot.cards.request_failures import request_failed
from bot.cards.request_states import authority, held, result_of
from bot.cards.request_words import named_as
from bot.cards.requests import (
    brief,
    deciding,
    details_button,
    named,
    posted,
    press,
    summarized,
    what,
)
from bot.cards.rotations import rotation_buttons, rotation_state
from bot.cards.signer_moves import moves
from bot.cards.user_terms import user_terms
from bot.domain.phrases import Phrase, Span
from bot.domain.policy import Action
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Topic

_TEXTS: Final = {
    Topic.ASKED: msg("This request needs your decision."),
    Topic.VOTED_FOR: msg("{who} approved ({count} of {quorum})."),
    Topic.VOTED_AGAINST: msg("{who} denied."),
    Topic.WITHDRAWN: msg("{who} withdrew their decision."),
    Topic.APPROVED: msg("{who} approved."),
    Topic.DENIED: msg("{who} denied. Nothing changed."),
    Topic.CANCELLED: msg("{who} cancelled the request. Nothing changed."),
    Topic.EXPIRED: msg(
        "It expired: no one decided in time. Nothing changed. You can request it again."
    ),
    Topic.VOID: msg(
        "No longer valid: the rules, people or target changed. Nothing else changed. You can"
        " request it again."
    ),
    Topic.FAILED: msg("{failure}"),
    Topic.READY: msg(
        "The key is created (disabled until collected). {owner} can collect the credentials."
    ),
    Topic.CLAIMED: msg("{owner} collected. The key works now."),
    Topic.LAPSED: msg("Not collected in time. The key never worked, and stays disabled."),
    Topic.REMINDER: msg("Still waiting for a decision. It expires {expires}."),
    Topic.QUESTION: msg("{who} asks: {typed}"),
    Topic.ENDING: msg("Access ends {ends}. To keep it, press Renew."),
    Topic.ENDED: msg("Access ended, and the key is disabled."),
    Topic.HELD: msg("Access ended. {held}"),
    Topic.ESCALATED: msg("No one has decided yet. {wider} can decide now too."),
    Topic.EMERGENCY: msg("{who} used emergency access (no approval): {what}."),
    Topic.REVIEW_REMINDER: msg("This emergency needs a review: `/cld review {id}`"),
    Topic.REVIEWED: msg("{who} reviewed it."),
    Topic.RENEWED: msg("Access lasts longer now. It ends {ends}."),
    Topic.SOAKING: msg("Disabled. Deletes on {deletes}. To restore it: {restore}"),
    Topic.DELETED: msg("Deleted for good."),
}
_DONE: Final = {
    Action.KEY_ENABLE: msg("The key is now enabled."),
    Action.KEY_DISABLE: msg("The key is now disabled."),
    Action.KEY_RENAME: msg("The key is renamed."),
    Action.KEY_ROLES: msg("The key's roles are changed."),
    Action.KEY_OWNER: msg("The key has a new owner: {owner}."),
    Action.KEY_NOTE: msg("The note is written."),
    Action.KEY_MASTER_ADMIN: msg("The key has the role now."),
    Action.KEY_WEBHOOK: msg("The key is pinned: it signs webhook notifications."),
    Action.ENV_TIER: msg("The tier is set."),
    Action.ENV_CREATE: msg("The environment is created. Its root key is never handed out."),
    Action.ENV_RENAME: msg("The environment has its new name."),
    Action.ENV_DISABLE: msg("The environment is disabled, with everything in it."),
    Action.ENV_ENABLE: msg("The environment is enabled again."),
    Action.LINK: msg("The link to the Cloudinary user is changed."),
    Action.USER_ADD: msg("The person is invited. Cloudinary sends the invitation by email."),
    Action.USER_ROLE: msg("The user's role is changed."),
    Action.USER_ENVS: msg("The user's environments are changed."),
    Action.USER_DISABLE: msg("The user is disabled. Access keys are not affected."),
    Action.USER_ENABLE: msg("The user is enabled."),
    Action.USER_REMOVE: msg("The user is removed. Access keys are not affected."),
    Action.USER_OFFBOARD: msg("The person is offboarded."),
    Action.USER_MASTER_ADMIN: msg("The person is a Master admin now."),
}
_COLLECTED: Final = {
    State.CLAIMED: msg("Collected {when}."),
    State.LAPSED: msg("Not collected. The key never worked."),
}
"""What is said of credentials that were ready, once nothing is left to collect."""
_CALLS: Final = frozenset({Topic.ASKED, Topic.ESCALATED})
"""Topics with which a person hears of a request for the first time."""


def notification_card(notification: Notification, request: Request) -> Card:
    """Draw one notification, from the request as it is now."""
    if notification.audience is Audience.PERSON and notification.topic in _CALLS:
        return call(request)
    text, buttons = _said(notification, request), _buttons(notification, request)
    if notification.audience is not Audience.THREAD:
        said = line(msg("{target}: {text}", target=named(request), text=text))
        warning = moves(request.terms) if notification.topic is Topic.EMERGENCY else []
        return card(said, *warning, buttons=buttons)
    users = filter(None, notification.to.split(","))
    start = (span for user in users for span in (Mention(user), Text(" ")))
    return card(line(*start, text), buttons=buttons)


def call(request: Request) -> Card:
    """Ask a person directly to decide; once that is over, say so in the same place."""
    if request.state is State.PENDING:
        return card(*brief(request), buttons=_deciding(request))
    unmade = request.state in {State.DENIED, State.CANCELLED, State.EXPIRED}
    over = result_of(request) if unmade else authority(request)  # nothing that changes again
    return card(line(summarized(request)), line(over), buttons=[details_button(request)])


def _deciding(request: Request) -> list[Button]:
    """Make the buttons of a person who is asked directly."""
    pending = request.state is State.PENDING
    return [*(deciding(request) if pending else []), details_button(request)]


def lost_command(text: str) -> Card:
    """Tell a person that a recovery closed their command."""
    return card(
        line(
            msg(
                "Keysmith's database went back to an earlier state. Your command {command} may or"
                " may not have been carried out. Nothing more is tried.",
                command=code(f"/cld {text}"),
            )
        ),
        line(msg("Check with `/cld key list` and `/cld requests`, then run it again if needed.")),
    )


def asked_directly(request: Request) -> Card:
    """Draw the request's card for a person who may decide, while its channel refuses it."""
    drawn = posted(request)
    reason = line(msg("The approvals channel can't be reached, so you are asked directly."))
    return card(reason, *drawn.lines, buttons=drawn.buttons)


def told_of_calls(request: Request) -> Card:
    """Tell the requester that approvers hear of it while the channel refuses the card."""
    return card(
        line(
            msg(
                "{target}: the approvals channel can't be reached. Approvers are asked directly.",
                target=named(request),
            )
        )
    )


def told_of_the_way(request: Request, reached: int) -> Card:
    """Tell the requester who was asked while the channel refuses the card."""
    if reached:
        asked = plural(
            "{target}: the approvals channel can't be reached. {count} approver was asked"
            " directly.",
            "{target}: the approvals channel can't be reached. {count} approvers were asked"
            " directly.",
            reached,
            target=named(request),
        )
        return card(line(asked))
    unheard = msg(
        "{target}: the approvals channel can't be reached, and no approver could be asked.",
        target=named(request),
    )
    approve = msg("Show an approver this: `/cld approve {id}`", id=code(request.short_id))
    return card(line(unheard), line(approve))


def short(request: Request) -> Card:
    """Say where to look, since Slack refuses the whole message."""
    return card(
        line(msg("{target}: Slack refuses the whole message.", target=named(request))),
        line(msg("See it: `/cld requests {id}`", id=code(request.short_id))),
    )


def _said(notification: Notification, request: Request) -> Phrase:
    """Say what happened; what a person typed is a value of its own."""
    topic, typed = notification.topic, notification.text
    if topic is Topic.ROTATION:
        return rotation_state(request)
    if topic is Topic.RESTORED:
        return _restored(notification)
    if topic in brownouts.TOPICS:
        said = brownouts.said(notification, request)
        return msg("{text} “{comment}”", text=said, comment=Text(typed)) if typed else said
    owner = notification.to == request.terms.owner.user_id
    if topic is Topic.READY and (over := _COLLECTED.get(request.state)):
        return over.fill(when=Moment(request.since, exact=True))
    if topic is Topic.READY and owner:
        if request.rotation:  # its target is the old key, which is not the disabled one
            return rotation_state(request)
        return msg("The key is created (disabled until collected). You can collect it now.")
    said = _done(request) if topic is Topic.DONE else _TEXTS[topic]
    said = said.fill(**_fields(notification, request))
    if not typed or topic is Topic.QUESTION:
        return said
    return msg("{text} “{comment}”", text=said, comment=Text(typed))


def _done(request: Request) -> Phrase:
    if is_restore(request.terms):
        return msg("The key is restored.")
    if request.terms.group:
        return msg("The group is changed.")
    if request.terms.user and (change := user_terms(request.terms)):
        return msg("Done: {change}.", change=change)
    said = co_owners.done(request.terms)
    return said or _DONE.get(named_as(request.terms), msg("Done: {what}."))


def _restored(notification: Notification) -> Phrase:
    if not notification.by:
        return msg("It was restored or changed. The key will not be deleted.")
    return msg("{who} restored it. The key will not be deleted.", who=Mention(notification.by))


def _fields(notification: Notification, request: Request) -> dict[str, Span]:
    """The values that messages may contain."""
    wider, empty = request.approval.escalation, Text("")
    return {
        "who": _who(notification),
        "owner": Mention(request.terms.owner.user_id),
        "typed": Text(notification.text),
        "id": code(request.short_id),
        "count": Text(str(len(request.approving))),
        "quorum": Text(str(request.approval.quorum)),
        "wider": any_of(wider.to) if wider else msg("Others"),
        "failure": request_failed(request.outcome),
        "what": what(request),
        "restore": restoring(request),
        "expires": Moment(request.expires_at, exact=True),
        "held": held(request),
        "ends": Moment(request.ends_at, exact=True) if request.ends_at else empty,
        "deletes": Moment(request.delete_at, exact=True) if request.delete_at else empty,
    }


def _who(notification: Notification) -> Span:
    """Name who did it, and for whom."""
    who = Mention(notification.by) if notification.by else Text("Keysmith")
    if not notification.on_behalf_of:
        return who
    return msg("{name}, for {principal}", name=who, principal=Mention(notification.on_behalf_of))


def _buttons(notification: Notification, request: Request) -> list[Button]:
    match notification.topic:
        case Topic.READY if request.state is State.CLAIMABLE:
            shared = notification.audience is Audience.THREAD
            label = collect(request) if shared else msg("Collect")
            return [press(label, "claim", request, "primary")]
        case Topic.ROTATION if notification.audience is not Audience.SECURITY:
            return rotation_buttons(request)
        case Topic.HELD if notification.audience is Audience.SECURITY:
            return []
        case Topic.ENDING | Topic.ENDED | Topic.HELD if request.made:
            return [press(msg("Renew…"), "renew", request, "primary")]
        case Topic.REMINDER if notification.audience is Audience.PERSON:
            return _deciding(request)
        case Topic.BROWNOUT_BEGUN | Topic.BROWNOUT_OVER:
            people = notification.audience is not Audience.SECURITY
            shown = brownouts.presses(request) if people else []
            return [press(label, verb, request) for label, verb in shown]
        case Topic.EMERGENCY | Topic.REVIEW_REMINDER:
            return [press(msg("Mark reviewed…"), "review", request)]
        case _:
            return []
