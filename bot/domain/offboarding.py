"""Offboarding: everything that a person has, as the frozen parts of one request.

Each part is a command that names its target by id; what it is about says its first word, and
`seen` marks the key of a link that waits. The roles of the account end by the command itself, whose
part has their ids `seen`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.bulk import Part
from bot.domain.delegations import Delegation
from bot.domain.offboard_pieces import Piece
from bot.domain.people import Actor, CloudinaryUser
from bot.domain.policy import Action
from bot.domain.requests.terms import Terms

LINK: Final = "link"
"""What a part has `seen` where the key waits for its owner to open a link."""
_ROLES: Final = "user offboard "
_ENDED: Final = re.compile(r"Delegation ended by offboarding: (\w+) for (\w+)", re.ASCII)
_BY_WORD: Final = {
    "user": Piece.USER,
    "key": Piece.KEYS,
    "cancel": Piece.REQUESTS,
    "delegate": Piece.DELEGATIONS,
    "group": Piece.GROUPS,
}


@dataclass(frozen=True)
class Subject:
    """The person who leaves: a user of Cloudinary, a Slack member, or both."""

    user: CloudinaryUser | None
    slack: Actor | None

    @property
    def id(self) -> str:
        """The person in a canonical command."""
        if self.user:
            return self.user.id
        return f"@{self.slack.user_id}" if self.slack else ""

    @property
    def name(self) -> str:
        """The person as people read them."""
        return self.user.email if self.user else self.id


def piece_of(part: Part) -> Piece:
    """Return what a part is about; raises `KeyError` for a command that is none."""
    if part.seen == LINK:
        return Piece.LINKS
    if part.command.startswith(_ROLES):
        return Piece.ROLES
    return _BY_WORD[part.command.partition(" ")[0]]


def pieces_of(parts: Iterable[Part]) -> str:
    """Name what there are parts about, with commas between, as a command has it."""
    found = {piece_of(part) for part in parts}
    return ",".join(piece for piece in Piece if piece in found)


def chosen(parts: Iterable[Part], pieces: str | None) -> tuple[Part, ...]:
    """Keep the parts about these; every part without a choice."""
    if pieces is None:
        return tuple(parts)
    named = pieces.split(",")
    return tuple(part for part in parts if piece_of(part) in named)


def asked(terms: Terms) -> str:
    """Write what a request is, for people: its action, then what it is about."""
    about = " · ".join(filter(None, (terms.name, terms.environment_name)))
    return f"{terms.action} {about}"


def action_asked(text: str) -> tuple[Action | None, str]:
    """Read what `asked` wrote; nothing of what a former version left empty."""
    action, _, about = text.partition(" ")
    return (Action(action), about) if action in set(Action) else (None, about)


def seen(delegation: Delegation) -> str:
    """Write a delegation, so that one that changed since is recognised; the principal leads."""
    since = delegation.at.isoformat() if delegation.at else ""
    return " ".join((str(delegation.by), str(delegation.to), delegation.job, since)).rstrip()


def principal(text: str) -> Actor:
    """Read the principal of what `seen` wrote."""
    return Actor.parse(text.partition(" ")[0])


def ended_by_offboarding(delegate: Actor, by: Actor) -> str:
    """Write the notice that a delegation ended: ids and nothing typed, so both are mentioned."""
    return f"Delegation ended by offboarding: {delegate.user_id} for {by.user_id}"


def delegation_ended(notice: str) -> tuple[str, str] | None:
    """Read the ids of delegate and principal in what `ended_by_offboarding` wrote."""
    found = _ENDED.fullmatch(notice)
    return (found[1], found[2]) if found else None


def concerns(delegation: Delegation, subject: Subject) -> bool:
    """Whether the person votes by it, or lets another vote."""
    people = {delegation.by, delegation.to} - {None}
    ids = {delegation.by_id, delegation.to_id} - {""}
    return subject.slack in people or (subject.user is not None and subject.user.id in ids)
