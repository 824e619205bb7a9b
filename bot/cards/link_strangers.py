"""What the owner of a link, and security, read when another person signed in for it."""

from bot.cards.kit import Card, card, line, msg
from bot.domain.link_strangers import TOLD_EACH, StrangerReport
from bot.domain.phrases import Mention, Text
from bot.domain.requests.notifications import Audience, Notification, Topic

_NOTHING = msg("Nothing was revealed, and the key stays disabled.")
_NEW = msg("If you didn't share the link, type `/cld claim` in Slack: a new link ends this one.")


def stranger(notification: Notification) -> Card:
    """Draw the message. Raises `ValueError` where another version wrote it."""
    report = StrangerReport.read(notification.text)
    if notification.topic is Topic.STRANGERS:
        return _strangers(notification, report)
    key = {"key": Text(report.name, bold=True), "environment": Text(report.environment)}
    people = {"person": Mention(notification.by), "owner": Mention(notification.to)}
    if notification.audience is Audience.SECURITY:
        said = _TOLD if report.here else _TOLD_FOREIGN
        return card(line(said.fill(**key, **people)), line(_NOTHING))
    said = _YOURS if report.here else _YOURS_FOREIGN
    return card(line(said.fill(**key, person=people["person"])), line(_NOTHING), line(_NEW))


def _strangers(notification: Notification, report: StrangerReport) -> Card:
    """Draw that there are more."""
    facts = {"key": Text(report.name, bold=True), "environment": Text(report.environment)}
    facts |= {"count": Text(str(TOLD_EACH))}
    if notification.audience is Audience.SECURITY:
        said = _MANY.fill(**facts, owner=Mention(notification.to))
        return card(line(said), line(_NOTHING), line(_NO_MORE), line(_SHARED))
    return card(line(_MANY_YOURS.fill(**facts)), line(_NOTHING), line(_NO_MORE), line(_NEW))


_MANY = msg(
    "More than {count} people signed in to open a link that is for {owner}: key {key} in"
    " {environment}."
)
_MANY_YOURS = msg(
    "More than {count} people signed in to open a link that is for you: key {key} in {environment}."
)
_NO_MORE = msg("The audit log has each further person, and no message follows about this link.")
_SHARED = msg(
    "The link is probably where many people see it. Its owner types `/cld claim` in Slack: a new"
    " link ends this one."
)
_TOLD = msg(
    "{person} signed in with Slack to open a link that is for {owner}: key {key} in {environment}."
)
_TOLD_FOREIGN = msg(
    "A person of another Slack workspace signed in to open a link that is for {owner}: key {key} in"
    " {environment}."
)
_YOURS = msg(
    "{person} signed in with Slack to open a link that is for you: key {key} in {environment}."
)
_YOURS_FOREIGN = msg(
    "A person of another Slack workspace signed in to open a link that is for you: key {key} in"
    " {environment}."
)
