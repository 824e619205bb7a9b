"""Cards about offboarding: what a person has, how far its end is, and what became of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Text,
    card,
    code,
    item,
    line,
    msg,
    plural,
)
from bot.cards.left_out import SHOWN, left_out, unread
from bot.cards.offboard_words import OTHER, REASONS, described
from bot.cards.people import ROLES
from bot.cards.who import who
from bot.domain.bulk import Bulk, Part, PartState
from bot.domain.commands.grammar import read, write
from bot.domain.commands.text import escape
from bot.domain.commands.users import OffboardUser
from bot.domain.offboard_pieces import Piece
from bot.domain.offboarding import piece_of
from bot.domain.outcomes.bulk import OffboardPreviewed
from bot.domain.outcomes.kinds import told_by
from bot.domain.phrases import Span

_ROLE: Final = msg(
    "The role {role} stays: Cloudinary gives every user one. A disabled user can't sign in with it."
)

_OVER: Final = msg(
    "The request is no longer valid, so the rest can't be resumed. Offboard the person again to end"
    " what is left."
)
_SCOPE: Final = {
    True: msg("The Cloudinary user is disabled, not removed. Only these parts end."),
    False: msg("Only these parts end."),
}


def is_offboarding(bulk: Bulk) -> bool:
    """Whether a bulk act ends what a person has."""
    return isinstance(read(escape(bulk.command)), OffboardUser)


def previewed(outcome: OffboardPreviewed) -> Card:
    """Draw the list, with a button that sends the request for all of it."""
    parts, command = outcome.bulk.parts, outcome.command
    if not parts:
        return card(*shown(outcome))
    again = OffboardUser(command.person)
    return card(
        *shown(outcome),
        buttons=[
            Button(msg("Send request"), write(command), style="danger"),
            Button(msg("Choose parts…"), write(again)),
        ],
    )


def shown(outcome: OffboardPreviewed) -> list[Line | None]:
    """Say everything that the person has, and what stays."""
    bulk, name = outcome.bulk, who(outcome.name)
    none = msg("Keysmith knows of nothing to end for {person}. Nothing changed.", person=name)
    starts = msg(
        "Offboard {person}? Nothing changed yet. Another admin approves it first.", person=name
    )
    hidden = plural(
        "{count} key in environments that you can't see stays. Ask another admin about it.",
        "{count} keys in environments that you can't see stay. Ask another admin about them.",
        outcome.hidden,
    )
    more = plural(
        "{count} more part is not in this list. Offboard them again afterwards.",
        "{count} more parts are not in this list. Offboard them again afterwards.",
        bulk.more,
    )
    return [
        line(starts if bulk.parts else none),
        *listed(bulk.parts),
        *left_out(bulk.left_out),
        line(hidden) if outcome.hidden else None,
        line(more) if bulk.more else None,
        line(_ROLE.fill(role=ROLES[outcome.role])) if outcome.role else None,
        line(_SCOPE[_has_user(bulk)]) if bulk.parts else None,
    ]


def listed(parts: Sequence[Part], most: int = SHOWN) -> Iterator[Line]:
    """Name the parts, and count those beyond the most."""
    for part in parts[:most]:
        yield item(described(part))
    yield from _rest(len(parts) - most)


def progress(bulk: Bulk) -> Card:
    """Draw how far it is, or what became of it."""
    if not bulk.running:
        return _reported(bulk)
    said = plural(
        "Offboarding {person}: {done} of {count} part is checked.",
        "Offboarding {person}: {done} of {count} parts are checked.",
        len(bulk.parts),
        person=_person(bulk),
        done=Text(str(len(bulk.parts) - bulk.count(PartState.WAITING))),
    )
    return card(line(said))


def _reported(bulk: Bulk) -> Card:
    """Report each part that did not end by this."""
    said = plural(
        "Offboarding {person}: {done} of {count} part is done.",
        "Offboarding {person}: {done} of {count} parts are done.",
        len(bulk.parts),
        person=_person(bulk),
        done=Text(str(bulk.count(PartState.DONE))),
    )
    waiting = bulk.count(PartState.WAITING)
    stopped = plural(
        "It stopped with {count} part left, which is not changed.",
        "It stopped with {count} parts left, which are not changed.",
        waiting,
    )
    command = read(escape(bulk.command))
    person = command.person if isinstance(command, OffboardUser) else ""
    resume = write(OffboardUser(person, resume=bulk.id))
    typed = msg("To try the rest again: {command}", command=code(f"/cld {resume}"))
    return card(
        line(said),
        *_unsettled(bulk),
        line(stopped) if waiting else None,
        unread(bulk.left_out),
        line(_OVER) if bulk.over else None,
        line(typed) if bulk.resumable else None,
        buttons=[Button(msg("Resume"), resume)] if bulk.resumable else [],
    )


def left(user_id: str) -> Card:
    """Tell security that a person left Slack, with a button that shows what they have."""
    said = msg(
        "{person} left Slack, and Keysmith knows of access that they have. Look at it, and offboard"
        " them.",
        person=Mention(user_id),
    )
    show = Button(msg("Show access"), "offboard", request_id=f"@{user_id}")
    return card(line(said), buttons=[show])


def _unsettled(bulk: Bulk) -> Iterator[Line]:
    states = {PartState.FAILED, PartState.SKIPPED}
    parts = [part for part in bulk.parts if part.state in states]
    for part in parts[:SHOWN]:
        reason = told_by(REASONS, part.outcome, OTHER)
        yield item(msg("{part}: {reason}", part=described(part), reason=reason))
    yield from _rest(len(parts) - SHOWN)


def _has_user(bulk: Bulk) -> bool:
    return any(piece_of(part) is Piece.USER for part in bulk.parts)


def _person(bulk: Bulk) -> Span:
    """Name the person: by their email, if their user was a part."""
    user = next((it.name for it in bulk.parts if it.command.startswith("user ")), "")
    command = read(escape(bulk.command))
    known = command.person if isinstance(command, OffboardUser) else ""
    return who(user or known)


def _rest(count: int) -> Iterator[Line]:
    if count > 0:
        yield item(plural("and {count} more", "and {count} more", count))
