"""An entry of the audit log in words: what it is about, what came of it, and for whom."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.cards.kit import Mention, Moment, Phrase, Text, bold, code, msg, plural
from bot.cards.request_words import WHAT
from bot.domain.audit import AuditEvent, Entry
from bot.domain.brownouts import ENABLE_NOW, Ending
from bot.domain.commands.registry import COMMANDS
from bot.domain.commands.requests import BROKE, FINE
from bot.domain.incidents import IncidentState, News
from bot.domain.people import Actor
from bot.domain.phrases import Capital, Span
from bot.domain.policy import Action
from bot.domain.requests.machine import Event
from bot.domain.requests.notifications import Topic

ACTIONS: Final[Mapping[str, Span]] = {
    **{spec.action: spec.summary for spec in reversed(COMMANDS)},
    **{action: Capital(what) for action, what in WHAT.items()},
    Action.EXPLAIN: msg("Explain a command"),
    Action.DECIDE: msg("Decide on a request"),
    Action.REQUESTS: msg("See requests"),
    Action.REPORT_LEAK: msg("Report a leaked key"),
    Action.AUDIT: msg("Read the audit log"),
    Action.KEY_REVIEW: msg("Review keys with their owners"),
    Action.LINKS: msg("See and end every one-time link"),
    "identify": msg("Recognize a person"),
    "policy:lint": msg("Look through the policy"),
    "key:reconcile": msg("Compare keys with Cloudinary"),
    "key:orphans": msg("Look for keys without an owner"),
    "permissions:on": msg("Use the Permissions API"),
    "permissions:off": msg("Go on without the Permissions API"),
    "request:sign_in": msg("Sign in to approve a request"),
    "link:make": msg("Create a one-time link"),
    "link:open": msg("Open a one-time link"),
    "link:end": msg("End a one-time link"),
    "audit:rollover": msg("Change the key of the audit log"),
    "audit:trim": msg("Archive old entries"),
    "audit:cut": msg("Note that the start of the audit log is gone"),
    "requests:forget": msg("Remove old requests"),
    "timer:restore": msg("Put back a timer that was gone"),
    "history:recover": msg("Recover after data was lost"),
    "record": msg("Check a stored record"),
    "unread": msg("Report what can't be read"),
    "misunderstood": msg("Type a text that is no command"),
}
"""By the action of an entry; one that is not here has no words but its own."""
_EVENTS: Final[Mapping[AuditEvent, Phrase]] = {
    AuditEvent.ASKED: msg("Asked by {who}, {time}."),
    AuditEvent.REFUSED: msg("Refused to {who}, {time}."),
    AuditEvent.ANSWERED: msg("Answered to {who}, {time}."),
    AuditEvent.BEGUN: msg("Started by {who}, {time}."),
    AuditEvent.DONE: msg("Done by {who}, {time}."),
    AuditEvent.FAILED: msg("Failed for {who}, {time}."),
    AuditEvent.LINKED: msg("Link created, {time}."),
    AuditEvent.REVEALED: msg("Credentials revealed, {time}."),
    AuditEvent.RELEASED: msg("Link closed without revealing anything, {time}."),
    AuditEvent.REQUESTED: msg("Requested by {who}, {time}."),
    AuditEvent.DECIDED: msg("Decided by {who}, {time}."),
    AuditEvent.MOVED: msg("Request changed by {who}, {time}."),
    AuditEvent.ROLLED_OVER: msg("Changed, {time}."),
    AuditEvent.BOUND: msg("Slack user linked to a Cloudinary user, {time}."),
    AuditEvent.RECOVERED: msg("Recovered, {time}."),
}
_NOT_ENABLED: Final = msg("The brown-out is over, {time}. Keysmith did not enable the key.")
_MOVES: Final[Mapping[str, Phrase]] = {
    "review keep": msg("Kept by {who}, {time}."),
    "review end": msg("To be ended by {who}, {time}."),
    "review ended": msg("Ended by {who}, {time}."),
    "review failed": msg("Not ended by {who}, {time}."),
    "review left": msg("Gone, or with another owner, {time}."),
    "review reminder": msg("Reminded who has not answered, {time}."),
    "review escalated": msg("The review is over with answers missing, {time}."),
    "review done": msg("The review is complete, {time}."),
    Event.VOTE_FOR: msg("Approved by {who}, {time}."),
    Event.APPROVE: msg("Approved by {who}, {time}. The request has all it needs."),
    Event.VOTE_AGAINST: msg("Denied by {who}, {time}."),
    Event.DENY: msg("Denied by {who}, {time}. The request is over."),
    Event.WITHDRAW: msg("Decision withdrawn by {who}, {time}."),
    Event.REVIEW: msg("Reviewed by {who}, {time}."),
    Event.CANCEL: msg("Cancelled by {who}, {time}."),
    Event.EXPIRE: msg("The request expired, {time}."),
    Event.BEGIN: msg("Execution started, {time}."),
    Event.FINISH: msg("Execution finished, {time}."),
    Event.HAND_OVER: msg("Credentials ready to collect, {time}."),
    Event.FAIL: msg("Execution failed, {time}."),
    Event.CLAIM: msg("Credentials collected, {time}."),
    Event.LAPSE: msg("Credentials not collected in time, {time}."),
    BROKE: msg("{who} said that it broke something, {time}."),
    FINE: msg("{who} said that nothing broke, {time}."),
    ENABLE_NOW: msg("Ended early by {who}, {time}."),
    Topic.BROWNOUT_LATE: msg("The key was not enabled again in time, {time}."),
    **{f"brownout {ending}": _NOT_ENABLED for ending in Ending},
}
"""Of a request or a review, by the beginning of the entry's detail."""
_INCIDENTS: Final[Mapping[str, Phrase]] = {
    "reported": msg("Reported, {time}."),
    IncidentState.ASKED: msg("People were asked to disable the key, {time}."),
    IncidentState.ESCALATED: msg("More people were asked to disable the key, {time}."),
    IncidentState.DISABLING: msg("Keysmith began to disable the key, {time}."),
    IncidentState.DISABLED: msg("The key was disabled, {time}."),
    IncidentState.HARMLESS: msg("The key was already disabled, {time}."),
    IncidentState.FOREIGN: msg("The secret doesn't work in this account, {time}."),
    News.DISMISSED: msg("Dismissed as a false alarm by {who}, {time}."),
    News.REVIEWED: msg("Reviewed by {who}, {time}."),
    "told": msg("Security was reminded, {time}."),
}
"""Of an incident, likewise."""
_INCIDENT_CHANGED: Final = msg("Incident changed by {who}, {time}.")
_TELLING: Final = frozenset(
    {AuditEvent.REFUSED, AuditEvent.FAILED, AuditEvent.DONE, AuditEvent.RELEASED}
)
"""Events whose detail is a rule, or a reason."""


def sentences(entry: Entry) -> Iterator[Phrase]:
    """Say what, who, when, and what came of it."""
    target = entry.target
    action = target.get("what") or entry.action
    what = bold(_what(action))
    thing = _thing(target)
    yield msg("{what}: {thing}.", what=what, thing=thing) if thing else msg("{what}.", what=what)
    who = _person(str(entry.actor or "")) or msg("Keysmith")
    yield _said(entry).fill(who=who, time=Moment(entry.at, exact=True))
    yield from _beside(entry)


def _said(entry: Entry) -> Phrase:
    if entry.event not in {AuditEvent.DECIDED, AuditEvent.MOVED}:
        return _EVENTS[entry.event]
    word = entry.detail.partition(":")[0]
    if entry.action == Action.REPORT_LEAK:
        return _INCIDENTS.get(word.partition(" ")[0], _INCIDENT_CHANGED)
    return _MOVES.get(word) or _EVENTS[entry.event]


def _what(action: str) -> Phrase:
    found = ACTIONS.get(action)
    return msg("{action}", action=found or code(action))


def _thing(target: Mapping[str, str]) -> Span | None:
    """Name what an entry is about: a key before its environment, a group before its member."""
    place = target.get("environment_name") or target.get("environment")
    key = target.get("name") or target.get("key")
    if key and place:
        return msg("{key} in {environment}", key=bold(key), environment=Text(place))
    group, user = target.get("group_name"), target.get("user_email") or target.get("email")
    if group and user:
        return msg("{user} in {group}", user=bold(user), group=Text(group))
    named = key or place or group or user
    return bold(named) if named else _person(target.get("slack") or target.get("who", ""))


def _person(text: str) -> Span | None:
    """Mention the person that a stored text names, alone or within their workspace."""
    user = text.rpartition(":")[2]
    if not user:
        return None
    return Mention(user) if user[:1] in {"U", "W"} and user.isalnum() else code(text)


def _beside(entry: Entry) -> Iterator[Phrase]:
    target, owner = entry.target, entry.target.get("owner", "")
    if (person := _person(owner)) and not _same(owner, entry.actor):
        yield msg("For {person}.", person=person)
    if person := _person(target.get("principal", "")):
        yield msg("On behalf of {person}.", person=person)
    if "signed_in" in target:
        yield msg("They signed in with Slack to approve.")
    if entry.action == Action.AUDIT and "last" in target:
        first, last = target.get("first", ""), target["last"]
        span = {"first": Text(first), "last": Text(last)}
        seen = int(target.get("entries", "1"))
        shown = plural(
            "{count} entry shown, from {first} to {last}.",
            "{count} entries shown, from {first} to {last}.",
            seen,
            **span,
        )
        whole = msg("All entries from {first} to {last}.", **span)
        yield shown if "entries" in target else whole
    if entry.detail and entry.event in _TELLING:
        yield msg("Detail: `{detail}`.", detail=Text(entry.detail))


def _same(text: str, actor: Actor | None) -> bool:
    return actor is not None and text.rpartition(":")[2] == actor.user_id
