"""What the change of a request does to the record of its key."""

from datetime import datetime

from bot.domain.brownouts import Ending
from bot.domain.key_records import Happened, KeyEvent, Line
from bot.domain.keys import Change
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic


def event_for_key(
    before: Request, after: Request, at: datetime, by: Actor | None
) -> KeyEvent | None:
    """Return what a change of a request means for the key that it created, or deletes."""
    if before.delete_at and not after.delete_at and after.outcome == Topic.DELETED:
        deleted = Line(at, Happened.DELETED, by)
        return KeyEvent(after.terms.key, deleted, enabled=False, gone=True)
    if before.enable_at and after.brownout and after.brownout.ending is Ending.ENABLED:
        return KeyEvent(after.terms.key, Line(at, Change.ENABLED, by), enabled=True)
    if not before.made:
        return None
    if after.ended and not before.ended:
        return KeyEvent(after.made, Line(at, Happened.ENDED, by), enabled=False)
    if after.ends_at != before.ends_at:
        until = f"{after.ends_at:%Y-%m-%d %H:%M}" if after.ends_at else ""
        renewed = Line(at, Happened.RENEWED, by, until)
        return KeyEvent(after.made, renewed, ends=True, expires_at=after.ends_at)
    if before.enabling and not after.enabling:
        return KeyEvent(after.made, Line(at, Change.ENABLED, by), enabled=True)
    return None
