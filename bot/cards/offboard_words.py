"""What each part of an offboarding is called, and why one did not end."""

from typing import Final

from bot.cards.kit import Mention, Phrase, bold, code, msg
from bot.cards.people import ROLES
from bot.cards.request_words import WHAT
from bot.cards.who import role_name
from bot.domain.bulk import Part
from bot.domain.offboard_pieces import Piece
from bot.domain.offboarding import action_asked, piece_of
from bot.domain.outcomes.groups import GroupStop
from bot.domain.people import Role
from bot.domain.phrases import Listed, Span, Text
from bot.domain.users import ACCOUNT_ROLE, Refusal

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
            "record_unchanged",
            "co_owner_refused",
        ),
        _ALREADY,
    ),
    "user_refused": msg("It is refused. See `/cld user show`."),
    **{
        f"user_refused:{reason}": said
        for reason, said in {
            Refusal.OWN_USER: msg("Refused: it is your own user. Ask another admin."),
            Refusal.MORE_THAN_HELD: msg("Refused: they hold more than you. Ask a Master admin."),
            Refusal.LAST_MASTER_ADMIN: msg(
                "Refused: they are the last Master admin who can sign in. Give another person that"
                " role first."
            ),
            Refusal.CHANGED_SINCE: msg("The user has another email now, and is left alone."),
            Refusal.UNAPPROVED: msg(
                "Refused: a role or an approval changed since. Offboard them again."
            ),
            Refusal.BY_CLOUDINARY: msg(
                "Cloudinary refused it. Check the roles of Keysmith's account key, then resume."
            ),
        }.items()
    },
    "member_unclear": msg("The user no longer exists."),
    "group_stopped": msg("It is refused. See `/cld group show`."),
    **{
        f"group_stopped:{reason}": said
        for reason, said in {
            GroupStop.OWN_USER: msg("Refused: it is your own membership. Ask another admin."),
            GroupStop.MORE_THAN_HELD: msg(
                "Refused: the group gives more than you hold. Ask a Master admin."
            ),
            GroupStop.LAST_MASTER_ADMIN: msg(
                "Refused: the group gives the last Master admin their role. Give another person"
                " that role first."
            ),
            GroupStop.CHANGED: msg(
                "Refused: the group, a role or an approval changed since. Offboard them again."
            ),
            GroupStop.REFUSED: msg(
                "Cloudinary refused it. Check the roles of Keysmith's account key, then resume."
            ),
        }.items()
    },
    "key_protected": _PROTECTED,
    "key_protected:root": msg("Not done: it is the root key of its environment."),
    "signer_moves": _PROTECTED,
    "denied": msg("You can't disable keys there. Ask another admin."),
    "too_late": msg("It changed meanwhile, or is carried out. See `/cld requests`."),
    "uncertain": msg("It is not certain: Cloudinary gave no clear answer. Resume in a minute."),
    "cloudinary_away": _AWAY,
    "cloudinary_busy": _AWAY,
    "cloudinary_refused": msg("Cloudinary refused it."),
    "slack_away": msg("Not done: Slack does not answer. Resume in a minute."),
}
"""By the kind of a part's outcome."""
OTHER: Final = msg("Not done. Try it alone to see the reason.")


def described(part: Part) -> Phrase:
    """Say what a part does."""
    piece = piece_of(part)
    if piece is Piece.REQUESTS:
        action, about = action_asked(part.where)
        if action and action in WHAT:
            said = msg("Cancel the request {id}: {what}, {about}")
            return said.fill(id=code(part.name), what=WHAT[action], about=bold(about))
    if part.command.startswith("key owner "):
        said = msg("Remove them as a co-owner of the key {name} in {place}")
        return said.fill(name=bold(part.name), place=bold(part.where))
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
    """Name a role of the account: a fixed one as people know it, others as every card does."""
    known = id_.removeprefix(ACCOUNT_ROLE)
    return ROLES[Role(known)] if known in set(Role) else role_name(id_)
