"""Deletions of keys: a key is disabled first, and can be restored until the deletion's date.

A key's last change names the request that disabled it for its deletion. A deletion which that no
longer names deletes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.commands.keys import (
    DeleteKey,
    EnableKey,
    KeyChange,
    PinKey,
    RenameKey,
    RestoreKey,
)
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Key, LastChange
from bot.domain.policy import Action
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Terms

CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far Cloudinary's clock, which counts whole seconds, may differ from ours."""


@dataclass(frozen=True)
class Deletion:
    """A scheduled deletion; `worked` if the key was enabled before."""

    request: Request
    worked: bool


def deletion_of(key: Key, last: LastChange, request: Request | None) -> Deletion | None:
    """Give the deletion by a request that the key's last change names, if it will happen."""
    if request is None or request.delete_at is None or is_in_use(key, request):
        return None
    if (request.terms.action, request.terms.key) != (Action.KEY_DELETE, key.api_key):
        return None
    former = not last.deletion  # a former version did not store what the key was before
    return Deletion(request, last.worked or (former and request.evidence.enabled is True))


def is_in_use(key: Key, request: Request) -> bool:
    """Whether a key was enabled or changed since it was disabled for its deletion."""
    changed = key.updated_at is not None and key.updated_at > request.since + CLOCK_SKEW
    return key.enabled or changed


def replaced(request: Request, last: LastChange | None) -> bool:
    """Whether a key's last change names another deletion than this one, or none."""
    return last is not None and request.id not in {last.deletion, last.job}


def carried(
    command: KeyChange, job: Job, last: LastChange | None, found: Deletion | None, key: Key
) -> tuple[str, bool]:
    """What the key's next last change says of its deletion, and of the state before that."""
    match command:
        case EnableKey() | RestoreKey():
            return "", False
        case DeleteKey():
            dark = last is not None and bool(last.brownout)
            own = last.worked if last and last.job == job.id else key.enabled or dark
            return job.request, found.worked if found else own
        case RenameKey() | PinKey():
            return (last.deletion, last.worked) if last else ("", False)
        case _:  # a person wants it stopped: a restore does not enable it
            return found.request.id if found else "", False


def is_restore(terms: Terms) -> bool:
    """Whether a request takes a deletion back; its action is that of enabling a key."""
    return terms.command.startswith("key restore ")


def place_of(terms: Terms) -> Environment:
    """Give the environment of a request as it was then, without a tier that a person fixed."""
    return Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
