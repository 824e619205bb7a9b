"""What is said in a request's thread and to its people."""

from typing import assert_never

from bot.cards.faults import request_failed
from bot.cards.kit import Button, Card, Mention, Moment, Span, bold, card, code, line
from bot.cards.people import GROUPS as NAMES
from bot.cards.requests import press
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification, Topic


def notification_card(notification: Notification, request: Request) -> Card:
    """Find the words for one notification, from the request as it is now."""
    about: tuple[Span, ...] = (bold(request.terms.name), f" in {request.terms.environment_name}: ")
    start = () if notification.audience is Audience.THREAD else about
    return card(
        line(*start, *_words(notification, request)), buttons=_buttons(notification, request)
    )


def _buttons(notification: Notification, request: Request) -> list[Button]:
    if request.state is State.CLAIMABLE and notification.topic is Topic.READY:
        return [press("Collect", "claim", request, "primary")]
    if notification.topic in {Topic.ENDING, Topic.ENDED} and request.made:
        return [press("Renew …", "renew", request, "primary")]
    if notification.topic in {Topic.EMERGENCY, Topic.REVIEW_REMINDER}:
        return [press("Reviewed …", "review", request)]
    return []


def _words(notification: Notification, request: Request) -> tuple[Span, ...]:  # noqa: C901, PLR0912  # one case for each topic
    who = Mention(notification.by) if notification.by else "Keysmith"
    typed = f" “{notification.text}”" if notification.text else ""
    match notification.topic:
        case Topic.ASKED:
            return ("Asked.",)
        case Topic.VOTED_FOR:
            counted = f"{len(request.approving)} of {request.approval.quorum}"
            return (who, f" agreed ({counted}).", typed)
        case Topic.VOTED_AGAINST:
            return (who, " objected.", typed)
        case Topic.WITHDRAWN:
            return (who, " took their word back.")
        case Topic.APPROVED:
            return (who, " approved.", typed)
        case Topic.DENIED:
            return (who, " denied. Nothing was done.", typed)
        case Topic.CANCELLED:
            return (who, " took the request back. Nothing was done.")
        case Topic.EXPIRED:
            return ("It expired: nobody decided in time. Nothing was done. Ask again if need be.",)
        case Topic.VOID:
            return ("It is void: rules, people or target changed since. Nothing was done.",)
        case Topic.DONE:
            return ("Done at Cloudinary.",)
        case Topic.FAILED:
            return (request_failed(request.outcome),)
        case Topic.READY:
            owner = Mention(request.terms.owner.user_id)
            return ("The key is made, disabled so far. ", owner, " collects its credentials.")
        case Topic.CLAIMED:
            return (Mention(request.terms.owner.user_id), " collected. The key works now.")
        case Topic.LAPSED:
            return ("Nobody collected the credentials. The key never worked, and stays disabled.",)
        case Topic.REMINDER:
            return ("Still waiting for a decision. It expires ", Moment(request.expires_at), ".")
        case Topic.QUESTION:
            return (who, " asks: ", notification.text)
        case Topic.ENDING:
            return ("Access ends ", *_end(request), ". To go on: Renew")
        case Topic.ENDED:
            return ("Access ended, and the key is disabled.",)
        case Topic.ESCALATED:
            wider = request.approval.escalation
            also = " or ".join(NAMES.get(it, it) for it in wider.to) if wider else "others"
            return (f"Nobody decided so far: {also} may decide now too.",)
        case Topic.EMERGENCY:
            return (who, " broke the glass. It is done without approval. Why:", typed)
        case Topic.REVIEW_REMINDER:
            return ("An emergency that nobody has reviewed: /cld review ", code(request.id))
        case Topic.REVIEWED:
            return (who, " reviewed it.", typed)
        case Topic.RENEWED:
            return ("Access lasts longer now. It ends ", *_end(request), ".")
        case Topic.SOAKING:
            restore = ". Until then it can be taken back: ", code("/cld key restore")
            return ("Disabled, and deleted for good ", *_deletion(request), *restore)
        case Topic.DELETED:
            return ("Deleted for good.",)
        case Topic.RESTORED:
            return ("Not deleted: it was enabled meanwhile.",)
        case _:
            assert_never(notification.topic)


def _deletion(request: Request) -> tuple[Span, ...]:
    return (Moment(request.delete_at, exact=True),) if request.delete_at else ()


def _end(request: Request) -> tuple[Span, ...]:
    return (Moment(request.ends_at, exact=True),) if request.ends_at else ()
