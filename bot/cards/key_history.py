"""What Keysmith keeps of a key, as facts on its card: owner, purpose, end, and its history."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.cards.key_lists import rotated
from bot.cards.kit import Line, Mention, Moment, Phrase, Text, code, item, line, msg
from bot.domain.drift import Drifted
from bot.domain.key_records import Happened, KeyRecord
from bot.domain.key_records import Line as Entry
from bot.domain.keys import BROWNOUT, ROLES, ROTATED, Change, Located
from bot.domain.people import Actor
from bot.domain.phrases import Listed, Span

MOST: Final = 8
"""Changes that a card shows, the newest first."""
_SAID: Final[dict[str, Phrase]] = {
    Happened.CREATED: msg("{ago}: created by {who}"),
    Happened.COLLECTED: msg("{ago}: collected by {who}"),
    Happened.ENDED: msg("{ago}: disabled at its end"),
    Happened.RENEWED: msg("{ago}: renewed until {detail}"),
    Happened.DELETED: msg("{ago}: deleted"),
    Happened.OWNER: msg("{ago}: {who} chose another owner"),
    Happened.NOTE: msg("{ago}: {who} changed the note"),
    Happened.CO_OWNER: msg("{ago}: {who} added a co-owner"),
    Happened.NO_CO_OWNER: msg("{ago}: {who} removed a co-owner"),
    Happened.TAGGED: msg("{ago}: {who} added the tag {detail}"),
    Happened.UNTAGGED: msg("{ago}: {who} removed the tag {detail}"),
    Change.ENABLED: msg("{ago}: enabled by {who}"),
    Change.DISABLED: msg("{ago}: disabled by {who}"),
    Change.RENAMED: msg("{ago}: renamed to {detail} by {who}"),
    Change.RESTORED: msg("{ago}: restored by {who}"),
    Change.PINNED: msg("{ago}: pinned as the webhook signer by {who}"),
    BROWNOUT: msg("{ago}: disabled for a time by {who}"),
    ROTATED: msg("{ago}: disabled by a rotation"),
    ROLES: msg("{ago}: given other roles by {who}"),
    Drifted.CREATED: msg("{ago}: seen for the first time, created outside Keysmith"),
    Drifted.RENAMED: msg("{ago}: seen to be renamed from {detail} outside Keysmith"),
    Drifted.ENABLED: msg("{ago}: seen to be enabled outside Keysmith"),
    Drifted.DISABLED: msg("{ago}: seen to be disabled outside Keysmith"),
    Drifted.PINNED: msg("{ago}: seen to be pinned outside Keysmith"),
    Drifted.UNPINNED: msg("{ago}: seen to be no longer pinned"),
    Drifted.DELETED: msg("{ago}: seen to be deleted outside Keysmith"),
}
_OTHER: Final = msg("{ago}: {what}, by {who}")


def facts(here: Located, record: KeyRecord | None) -> Iterator[Phrase]:
    """Say whose the key is, what it is for, when it ends, and how it came to be."""
    if here.owner:
        yield msg("Owner: {owner}", owner=Mention(here.owner.user_id))
    if here.also:
        yield co_owners(here.also)
    yield from rotated(here)
    if record is None:
        return
    if record.tags:
        yield msg("Tags: {tags}", tags=Text(", ".join(record.tags)))
    if record.purpose:
        yield msg("Purpose: {purpose}", purpose=Text(record.purpose))
    if record.expires_at:
        yield msg("Ends {date}", date=Moment(record.expires_at, exact=True))
    elsewhere = any(line.what == Drifted.ENABLED for line in record.history)
    if not record.claimed and not elsewhere:
        yield msg("Not collected: it never worked.")
    if record.request:
        command = code(f"/cld requests {record.request}")
        yield msg("Created by a request: {command}", command=command)


def co_owners(people: Sequence[Actor]) -> Phrase:
    """Name the co-owners of a key."""
    return msg("Co-owners: {people}", people=Listed(tuple(Mention(it.user_id) for it in people)))


def history(record: KeyRecord | None) -> list[Line]:
    """List the last changes."""
    if record is None or not record.history:
        return []
    return [line(msg("Last changes:")), *(item(_said(it)) for it in record.history[:MOST])]


def _said(entry: Entry) -> Phrase:
    who: Span = Mention(entry.by.user_id) if entry.by else Text("Keysmith")
    said = _SAID.get(entry.what, _OTHER)
    return said.fill(
        ago=Moment(entry.at), who=who, what=Text(entry.what), detail=Text(entry.detail)
    )
