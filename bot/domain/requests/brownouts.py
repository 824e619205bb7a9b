"""Rules of brown-outs: what becomes of a key that was disabled for a time.

A key's last change names the request that disabled it. A brown-out which that no longer names
enables nothing: a person disabled the key, or wants it deleted.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.brownouts import Brownout, Ending
from bot.domain.commands.grammar import read
from bot.domain.commands.keys import BrownoutKey, KeyChange, PinKey, RenameKey
from bot.domain.commands.text import escape
from bot.domain.jobs import Job
from bot.domain.keys import BROWNOUT_OVER, Key, LastChange
from bot.domain.requests.deletions import CLOCK_SKEW
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import (
    Notification,
    Topic,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.domain.signing import Act, Planned, move_of

ALARMING: Final = frozenset({Ending.CHANGED, Ending.SIGNER, Ending.ROOT, Ending.UNKNOWN})
"""Endings that leave a key disabled although no person asked Keysmith for that."""


def begin(request: Request, since: datetime) -> Request:
    """Set when the key is enabled again, once it is disabled."""
    command = read(escape(request.terms.command))
    if not isinstance(command, BrownoutKey):
        return request
    dark = replace(request.brownout or Brownout(), enable_at=since + command.for_)
    return replace(request, brownout=dark)


def undone(request: Request, at: datetime) -> Request:
    """Set when to look whether a request that failed disabled the key all the same."""
    if request.brownout is None:
        return request
    return replace(request, brownout=replace(request.brownout, enable_at=at))


def over(request: Request, ending: Ending, at: datetime) -> Request:
    """End a brown-out."""
    ended = (request.brownout or Brownout()).ended(ending, at)
    return replace(request, brownout=ended, version=request.version + 1)


def carried(command: KeyChange, job: Job, last: LastChange | None) -> str:
    """What the key's next last change says of a brown-out."""
    match command:
        case BrownoutKey():
            return job.request
        case RenameKey() | PinKey():
            return last.brownout if last else ""
        case _:
            return ""


def is_dark(request: Request, last: LastChange | None) -> bool:
    """Whether the key is disabled by this brown-out, and by nothing since."""
    return last is not None and last.brownout == request.id


def ending_of(request: Request, keys: Sequence[Key], last: LastChange | None) -> Ending:
    """Judge what becomes of the key, by what there is now; ENABLED also for a key to enable."""
    key = next((each for each in keys if each.api_key == request.terms.key), None)
    found = _judged(request, keys, key, last)
    settled = found is not Ending.ENABLED and request.state is State.FAILED
    return Ending.FAILED if settled else found  # it was not disabled, or a person decided since


def _judged(
    request: Request, keys: Sequence[Key], key: Key | None, last: LastChange | None
) -> Ending:
    if key is None:
        return Ending.GONE
    if key.enabled:
        begun = request.brownout is not None and request.brownout.enabling
        return Ending.ENABLED if begun else Ending.MEANWHILE
    if last is None:
        return Ending.UNKNOWN
    if not is_dark(request, last):
        return Ending.STOPPED
    if key.root:
        return Ending.ROOT
    since = max(request.since, last.at) + CLOCK_SKEW
    if key.updated_at is not None and key.updated_at > since:
        return Ending.CHANGED
    move, before = move_of(keys, Planned(Act.ENABLE, key)), request.terms.signer
    signed = before is not None and before.old == key.api_key
    return Ending.SIGNER if move and move.breaks and not signed else Ending.ENABLED


def last_after(
    request: Request, ending: Ending, last: LastChange | None, at: datetime
) -> LastChange | None:
    """What the key's last change is then; None where that stays as it is."""
    if last is None or not is_dark(request, last):
        return None
    if ending is not Ending.ENABLED:
        return replace(last, brownout="")
    by, job = request.asker.name, request.id
    return LastChange(BROWNOUT_OVER, by, at, job, last.disabled)


def told(request: Request, topic: Topic, by: str = "") -> tuple[Notification, ...]:
    """Update the card, and tell its thread, the requester and the person of the key."""
    owner = request.brownout.owner if request.brownout else None
    people = {request.terms.requester.user_id, owner.user_id if owner else ""} - {""}
    return (
        redraw(request.id, topic),
        in_thread(request.id, topic, by=by),
        *(to_person(request.id, topic, each, by=by) for each in sorted(people)),
    )


def told_of_end(request: Request, ending: Ending, by: str = "") -> tuple[Notification, ...]:
    """Tell how a brown-out ended; security too, where the key stays disabled by itself."""
    if ending is Ending.FAILED:
        return ()
    security = (to_security(request.id, Topic.BROWNOUT_OVER),) if ending in ALARMING else ()
    return (*told(request, Topic.BROWNOUT_OVER, by), *security)
