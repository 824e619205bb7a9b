"""Why a change of a user is refused, and why it is not certain who is meant."""

from typing import Final

from bot.cards.kit import msg
from bot.domain.people import IdentityReason
from bot.domain.users import Refusal

REFUSED: Final = {
    Refusal.OWN_USER: msg(
        "You can't change your own role or access, from any account. Nothing changed. Ask another"
        " Admin."
    ),
    Refusal.MORE_THAN_HELD: msg(
        "You can't give {user} more than you hold. Nothing changed. Ask a Master admin."
    ),
    Refusal.LAST_MASTER_ADMIN: msg(
        "{user} is the last Master admin who can sign in. Nothing changed. Give another person"
        " that role first."
    ),
    Refusal.MORE_ENVIRONMENTS: msg(
        "This gives {user} access to environments that you can't access. Nothing changed. Ask an"
        " Admin who can access them."
    ),
    Refusal.NO_ADDRESS: msg(
        "{user} is no email address. Nothing changed. Type one such as `mia@example.com`."
    ),
    Refusal.CHANGED_SINCE: msg(
        "{user}, or an environment, changed after the request, so Keysmith did nothing. Run the"
        " command again."
    ),
    Refusal.UNAPPROVED: msg(
        "A role or an approval changed since this change of {user} was asked for. Nothing changed."
        " Run the command again."
    ),
    Refusal.BY_CLOUDINARY: msg(
        "Cloudinary refuses this change of {user}. Nothing changed. Check the roles of Keysmith's"
        " account key."
    ),
    Refusal.IN_PART: msg(
        "Cloudinary changed the role of {user} in part, and refused the rest. Look with `/cld user"
        " show`, then run the command again."
    ),
    Refusal.WHICH_ENVIRONMENT: msg(
        "{user} does not name one environment. Nothing changed. Use the cloud name: `/cld env list`"
    ),
}
_OTHER: Final = msg(
    "Slack and Cloudinary disagree about who {user} is. Nothing changed. Use the Cloudinary id."
)
_SLACK: Final = msg(
    "Slack does not confirm who {user} is. Nothing changed. Use the email of their Cloudinary user."
)
UNCLEAR: Final = dict.fromkeys(IdentityReason, _SLACK) | {
    IdentityReason.NEAR_ADDRESS: msg(
        "{user} only looks like the address of a Cloudinary user. Nothing changed. It may be an"
        " attack."
    ),
    IdentityReason.OTHER_USER: _OTHER,
    IdentityReason.OTHER_ACCOUNT: _OTHER,
    IdentityReason.UNREADABLE_BINDING: _OTHER,
}
