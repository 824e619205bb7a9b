"""The stored forms of links and pending credentials, and what both share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.names import (
    LINK_PENDING,
    LINKS_WAITING,
    PENDING_FINGERPRINT,
    PRESSES,
    REQUESTS_DUE,
)
from bot.adapters.redis.records import ACTOR, FLAG, NOT_READ, PLAIN, TIME, Form, Record, maybe
from bot.adapters.redis.steps import Guard, Write, field_is, xadd, zadd, zrem
from bot.domain.links import Ended, Link, LinkState, Opener
from bot.domain.passphrases import Lock
from bot.domain.pending import OwnKey, PendingCredentials, PendingState
from bot.domain.people import Actor
from bot.domain.visitors import Browser
from bot.errors import Unread
from bot.flows.correlation import current_id

BROWSER: Final = Record(Browser, PLAIN("agent", "address"))
# Who opens a link, but for the visit.
OPENER: Final = Record(Opener, maybe(ACTOR)("person"), BROWSER.form("browser"))
# A passphrase: numbers and base64, so a space parts them.
LOCK: Final = Form(
    lambda it: " ".join((it.salt, str(it.rounds), it.proof_hash, *it.wrong)) if it else "",
    lambda found: _lock(*found.split(" ")) if found else None,
)


def _lock(salt: str, rounds: str, proof_hash: str, *wrong: str) -> Lock:
    return Lock(salt, int(rounds), proof_hash, wrong)


# A link, but for its id, its ciphertext, and what only one that was pressed has.
LINK: Final = Record(
    Link,
    PLAIN("api_key", environment="environment_id", proof="proof_hash"),
    PLAIN(**{LINK_PENDING: "pending_id"}),
    Form(str, LinkState)("state"),
    TIME("since", "ends"),
    LOCK("lock"),
)
ABSENT: Final = -2  # the time to live of what is not there
# Pending credentials, but for their id and the id of their current link.
PENDING: Final = Record(
    PendingCredentials,
    ACTOR("owner"),
    PLAIN("environment_name", "cloud_name", "api_key", "name", environment="environment_id"),
    TIME("made_at"),
    Form(str, PendingState)("state"),
    PLAIN("role", **{PENDING_FINGERPRINT: "approved"}),
    FLAG("useless"),
    PLAIN("passphrase"),
    required="state",
)
# For whom a key was created.
_ACTORS: Final = Form(
    lambda people: " ".join(map(str, people)),
    lambda found: tuple(map(Actor.parse, found.split())),
)
OWN_KEY: Final = Record(
    OwnKey, ACTOR("owner"), PLAIN("api_key", environment="environment_id"), _ACTORS("also")
)


@dataclass(frozen=True)
class Read:
    """What an opening changes, as it was read: three records, and the ciphertext."""

    link: dict[str, str]
    pending: dict[str, str]
    key: Mapping[str, dict[str, str]]
    """By its name in Redis; without the key's record where that one is not believed."""
    ciphertext: object


def link_of(link_id: str, found: dict[str, str], left: object, read: Read | None = None) -> Link:
    """Read a link; `left` is what Redis answers about the time that its ciphertext has.

    Raises `Unread` where another version wrote it.
    """
    try:
        return replace(_link_of(link_id, found, int(str(left))), read=read)
    except NOT_READ as error:
        raise Unread(f"the link can't be read: {error!r}") from error


def pending_of(pending_id: str, found: Mapping[str, str]) -> PendingCredentials:
    """Read pending credentials. Raises `Unread` where another version wrote them."""
    try:
        return PENDING.read(found, id=pending_id)
    except NOT_READ as error:
        raise Unread(f"the pending credentials can't be read: {error!r}") from error


def _link_of(link_id: str, found: dict[str, str], seconds: int) -> Link:
    visit, text = found.get("visit", ""), found.get("opener", "")
    opener = OPENER.read(json.loads(text), visit=visit) if text else None
    # Workers are updated before the page's process, which takes their newer words for no reason.
    ended = next((each for each in Ended if each == found.get("ended")), Ended.FAILED)
    beside = {"visit": visit, "opener": opener, "ended": ended}
    starts, there = int(found.get("starts", "0")), seconds != ABSENT
    return LINK.read(found, id=link_id, there=there, left=seconds, starts=starts, **beside)


def begun(found: Mapping[str, str], at: datetime, opener: Opener | None) -> dict[str, str]:
    """Write that an opening begins, and who opens the link where a worker does it."""
    starts = str(int(found.get("starts", "0")) + 1)
    opening = {"state": str(LinkState.OPENING), "since": at.isoformat(), "starts": starts}
    if opener is None:
        return opening
    press = {"visit": opener.visit, "opener": json.dumps(OPENER.write(opener))}
    return opening | press | {"ended": str(Ended.FAILED)}


def queued_press(link: Link, at: datetime) -> Write:
    """Queue an opening that begins at that time; the link itself says whose it is."""
    return xadd(PRESSES, {"id": link.id, "since": at.isoformat(), "trace": current_id() or "-"})


def ended_as(link: Link) -> dict[str, str]:
    """Write how an opening ended, for the page that waits in another process."""
    return {"ended": link.ended} if link.opener else {}


def hash_of(ciphertext: str) -> str:
    """Hash a ciphertext, as its link names it."""
    return sha256(ciphertext.encode()).hexdigest()


def waits(pending: PendingCredentials) -> Guard:
    """Require that the credentials still wait for their owner."""
    return field_is(names.pending_credentials(pending.id), "state", PendingState.WAITING)


def still_opening(link: Link) -> list[Guard]:
    """Require that this opening goes on: another process has not taken it over."""
    opening = {"state": LinkState.OPENING, "since": link.since.isoformat()}
    return [field_is(names.link(link.id), *each) for each in opening.items()]


def over(pending: PendingCredentials) -> tuple[Write, ...]:
    """Take credentials off the lists of what waits, and make their request due at once."""
    due = (zadd(REQUESTS_DUE, 0, pending.id),) if pending.approved else ()
    lists = (names.pending_of(pending.owner), LINKS_WAITING)
    return *(zrem(each, pending.id) for each in lists), *due
