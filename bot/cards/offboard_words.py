"""What each part of an offboarding is called, and why one did not end."""

from typing import Final

from bot.cards.kit import Mention, Phrase, bold, code, msg
from bot.cards.people import ROLES
from bot.cards.request_words import WHAT
from bot.domain.bulk import Part
from bot.domain.commands.fields import PERSON
from bot.domain.offboard_pieces import Piece
from bot.domain.offboarding import action_asked, piece_of
from bot.domain.people import Role
from bot.domain.phrases import Listed, Span, Text
from bot.domain.users import ACCOUNT_ROLE

PIECES: Final[dict[Piece, Phrase]] = {
    Piece.USER: msg("Disable the Cloudinary user"),
    Piece.KEYS: msg("Disable keys created for them"),
    Piece.LINKS: msg("Revoke one-time links"),
    Piece.REQUESTS: msg("Cancel open requests"),
    Piece.DELEGATIONS: msg("End delegations"),
    Piece.GROUPS: msg("Take them out of groups"),
    Piece.ROLES: msg("Take account roles away"),
}
_PARTS: Final[dict[Piece, Phrase]] = {
    Piece.USER: msg("Disable the Cloudinary user {name}"),
    Piece.KEYS: msg("Disable the key {name} in {place}"),
    Piece.LINKS: msg("Revoke the link of the key {name} in {place}"),
    Piece.REQUESTS: msg("Cancel the request {id}"),
    Piece.DELEGATIONS: msg("End the delegation from {principal} to {delegate}"),
    Piece.GROUPS: msg("Take them out of the group {name}"),
    Piece.ROLES: msg("Take these account roles away: {roles}"),
}
_ALREADY: Final = msg("There was nothing left to end.")
_AWAY: Final = msg("Not done: Cloudinary does not answer. Resume in a minute.")
_PROTECTED: Final = msg("Not done: it signs webhooks or is the last enabled key. Disable it alone.")
REASONS: Final[dict[str, Phrase]] = {
    "changed": msg("It changed since the list was shown, and is left alone."),
    **dict.fromkeys(
        (
            "nothing_to_change",
            "no_such_key",
            "user_unchanged",
            "no_such_user",
            "group_unchanged",
            "no_such_group",
            "no_such_request",
        ),
        _ALREADY,
    ),
    "user_refused": msg(
        "Refused: your rights or the user changed, or the user is you or the last Master admin."
    ),
    "group_stopped": msg("Refused: the group changed, or gives the last Master admin their role."),
    "key_protected": _PROTECTED,
    "signer_moves": _PROTECTED,
    "denied": msg("You can't disable keys there. Ask another admin."),
    "too_late": msg("It is carried out already. Look at it with `/cld requests`."),
    "uncertain": msg("It is not certain: Cloudinary gave no clear answer. Resume in a minute."),
    "cloudinary_away": _AWAY,
    "cloudinary_busy": _AWAY,
    "cloudinary_refused": msg("Cloudinary refused it."),
    "slack_away": msg("Not done: Slack does not answer. Resume in a minute."),
}
"""By the kind of a part's outcome."""
OTHER: Final = msg("Not done. Try it alone to see the reason.")


def who(name: str) -> Span:
    """Name the person: a Slack member whom Cloudinary does not know is mentioned."""
    return Mention(name.removeprefix("@")) if is_member(name) else bold(name)


def is_member(name: str) -> bool:
    """Whether a name is the mention of a Slack member; nothing else becomes one."""
    return name.startswith("@") and PERSON.parse(name) is not None


def described(part: Part) -> Phrase:
    """Say what a part does."""
    piece = piece_of(part)
    if piece is Piece.REQUESTS:
        action, about = action_asked(part.where)
        if action and action in WHAT:
            said = msg("Cancel the request {id}: {what}, {about}")
            return said.fill(id=code(part.name), what=WHAT[action], about=bold(about))
    return _PARTS[piece].fill(
        name=bold(part.name),
        place=bold(part.where),
        id=code(part.name),
        principal=Mention(part.name),
        delegate=Mention(part.where),
        roles=Listed(tuple(map(_role, part.seen.split())), "and")
        if piece is Piece.ROLES
        else Text(""),
    )


def _role(id_: str) -> Span:
    """Name a role of the account: Cloudinary's own as people know them, others by their ids."""
    known = id_.removeprefix(ACCOUNT_ROLE)
    return ROLES[Role(known)] if known in set(Role) else code(id_)
