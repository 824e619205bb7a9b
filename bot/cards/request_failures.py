"""Why an approved request did not work, as its card and the message to its requester say it."""

from collections.abc import Mapping
from typing import Final

from bot.cards.kit import Phrase, msg
from bot.cards.role_names import FIX
from bot.domain.brownouts import ALREADY
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkReported
from bot.domain.outcomes.environment_changes import (
    EnvironmentOvertaken,
    EnvironmentProtected,
    PlaceNameRefused,
)
from bot.domain.outcomes.environments import NoSuchEnvironment, TierOvertaken
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.outcomes.groups import (
    GroupNameTaken,
    GroupStop,
    GroupStopped,
    MemberUnclear,
    NoSuchGroup,
)
from bot.domain.outcomes.keys import (
    KeyProtected,
    NameRefused,
    NameTaken,
    NoSuchKey,
    SignerMoves,
)
from bot.domain.outcomes.kinds import told_by
from bot.domain.outcomes.requests import NoSuchRequest, NotAskable
from bot.domain.outcomes.roles import RoleNotGiven, RoleRefused, RolesOvertaken
from bot.domain.outcomes.users import NoSuchUser, UserExists, UserRefused
from bot.domain.people import TurnedAway
from bot.domain.recovery import LOST
from bot.domain.users import Refusal

_LAST: Final = msg(
    "This didn't work: the account would have no Master admin who can sign in. Give another person"
    " that role first, then request it again."
)
_HELD: Final = msg(
    "This didn't work: it gives more than the requester holds now. Ask a Master admin to request"
    " it."
)
_APPROVAL: Final = msg(
    "This didn't work: a role or an approval changed since the request. Request it again."
)
_CLOUDINARY: Final = msg(
    "This didn't work: Cloudinary refused it. Check the roles of Keysmith's account key, then"
    " request it again."
)
_USERS: Final = {
    Refusal.OWN_USER: msg(
        "This didn't work: the user is the requester's own. Another admin can request it."
    ),
    Refusal.MORE_THAN_HELD: _HELD,
    Refusal.LAST_MASTER_ADMIN: _LAST,
    Refusal.MORE_ENVIRONMENTS: msg(
        "This didn't work: it gives environments that the requester can't access now."
    ),
    Refusal.NO_ADDRESS: msg("This didn't work: it names no email address. Request it again."),
    Refusal.CHANGED_SINCE: msg(
        "This didn't work: the user or an environment changed since the request. Request it again."
    ),
    Refusal.UNAPPROVED: _APPROVAL,
    Refusal.BY_CLOUDINARY: _CLOUDINARY,
    Refusal.IN_PART: msg(
        "Cloudinary changed the role in part, and refused the rest. Look with `/cld user show`,"
        " then request it again."
    ),
    Refusal.WHICH_ENVIRONMENT: msg(
        "This didn't work: a name in it means more than one environment. Request it again."
    ),
}
_GROUPS: Final = {
    GroupStop.OWN_USER: msg(
        "This didn't work: it changes the requester's own membership. Another admin can request it."
    ),
    GroupStop.MORE_THAN_HELD: _HELD,
    GroupStop.LAST_MASTER_ADMIN: _LAST,
    GroupStop.CHANGED: msg(
        "This didn't work: the group, a role or an approval changed since the request. Request it"
        " again."
    ),
    GroupStop.HIDDEN: msg(
        "This didn't work: the name has characters that no one can see. Use another name."
    ),
    GroupStop.REFUSED: _CLOUDINARY,
}
_KEYS: Final = {
    ProtectionReason.ROOT: msg(
        "This didn't work: the key is the root key of its environment now. Nothing more is tried."
    ),
    ProtectionReason.LAST_ENABLED: msg(
        "This didn't work: the key is the last enabled key of its environment now. Enable another"
        " one, then request it again."
    ),
    ProtectionReason.WEBHOOK_SIGNER: msg(
        "This didn't work: the key signs webhook notifications now. Pin another one with `/cld key"
        " webhook`, then request it again."
    ),
    ProtectionReason.UNCLAIMED: msg(
        "This didn't work: the key is not collected yet. Its owner enables it when they collect it."
    ),
    ProtectionReason.OVERTAKEN: msg(
        "This didn't work: the key was disabled after the request. Request it again if needed."
    ),
    ProtectionReason.ROTATED: msg(
        "This didn't work: a running rotation has disabled the key. Roll it back or abort it, then"
        " request it again: `/cld rotation`"
    ),
    ProtectionReason.DISABLED: msg(
        "This didn't work: the key is disabled, so it can't sign webhook notifications."
    ),
}
_AWAY: Final = msg(
    "This didn't work: Cloudinary does not respond. Look whether it changed, then request it again."
)
_SLACK: Final = msg("This didn't work: Slack does not say who the requester is. Request it again.")
_FAULTS: Final = {
    Fault.CLOUDINARY: _AWAY,
    Fault.CLOUDINARY_BUSY: msg(
        "This didn't work: Cloudinary limits how often Keysmith may call it. Request it again"
        " later."
    ),
    Fault.CLOUDINARY_REFUSED: _CLOUDINARY,
    Fault.CLOUDINARY_UNCERTAIN: msg(
        "Cloudinary gave no clear answer, so this may or may not have happened. Look before you"
        " request it again."
    ),
    Fault.SLACK: _SLACK,
    Fault.SLACK_BUSY: _SLACK,
    Fault.SLACK_TOKEN: _SLACK,
}
_GONE: Final = msg("This didn't work: the user no longer exists. Nothing more is tried.")
_REASONS: Final[Mapping[str, Phrase]] = {
    **{f"{UserRefused.kind}:{reason}": said for reason, said in _USERS.items()},
    **{f"{GroupStopped.kind}:{reason}": said for reason, said in _GROUPS.items()},
    **{f"{KeyProtected.kind}:{reason}": said for reason, said in _KEYS.items()},
    LOST: msg(
        "This may or may not have happened: Keysmith's database went back to an earlier state."
        " Check the key before you request it again."
    ),
    KeyProtected.kind: msg(
        "This didn't work: Keysmith can't change this key now. Nothing more is tried."
    ),
    BulkReported.kind: msg(
        "A part of it is not done. The requester reads in a direct message which part, and can"
        " resume."
    ),
    Denied.kind: msg("This didn't work: the policy no longer allows it. Nothing more is tried."),
    **{f"{Failed.kind}:{fault}": said for fault, said in _FAULTS.items()},
    Failed.kind: msg("This didn't work: an error stopped it. Request it again."),
    NameRefused.kind: msg(
        "This didn't work: its name now looks like that of another key. Use another name."
    ),
    RoleNotGiven.kind: msg(
        "This didn't work: the new key has no role, so it stays disabled. No one can"
        " collect it. {fix}",
        fix=FIX,
    ),
    RoleRefused.kind: msg(
        "This didn't work: Cloudinary refused to change the key's roles. {fix}", fix=FIX
    ),
    RolesOvertaken.kind: msg(
        "This didn't work: the key's roles were changed again at the same time. Request it again if"
        " needed."
    ),
    NameTaken.kind: msg(
        "This didn't work: a key of that name exists now. Request it with another name."
    ),
    ALREADY: msg("This didn't work: the key is disabled already. Nothing changed."),
    NoSuchKey.kind: msg("This didn't work: the key no longer exists. Nothing more is tried."),
    NoSuchRequest.kind: msg("This didn't work: its target no longer exists."),
    NotAskable.kind: msg(
        "This didn't work: the approved time is over, or the target changed. Request it again."
    ),
    SignerMoves.kind: msg(
        "This didn't work: it would now change which key signs webhook notifications, and the"
        " request did not say so. Request it again."
    ),
    EnvironmentOvertaken.kind: msg(
        "This didn't work: another person changed the environment after this request. Request it"
        " again if needed."
    ),
    EnvironmentProtected.kind: msg(
        "This didn't work: the environment has another name now. Request it again."
    ),
    PlaceNameRefused.kind: msg(
        "This didn't work: the name or the cloud name is taken now. Request it with another name."
    ),
    TierOvertaken.kind: msg(
        "This didn't work: the tier was set again after this request. Request it again if needed."
    ),
    NoSuchEnvironment.kind: msg(
        "This didn't work: the environment no longer exists. Nothing more is tried."
    ),
    NoSuchUser.kind: _GONE,
    MemberUnclear.kind: _GONE,
    UserExists.kind: msg("This didn't work: a user with this email exists now."),
    NoSuchGroup.kind: msg("This didn't work: the group no longer exists. Nothing more is tried."),
    GroupNameTaken.kind: msg(
        "This didn't work: a group has this name now, or one that looks the same. Use another name."
    ),
    TurnedAway.kind: msg("This didn't work: the requester can no longer use Keysmith."),
}
_FAILED: Final = msg("This didn't work. Nothing more is tried. Request it again.")


def request_failed(result: str) -> Phrase:
    """Explain why an approved request failed, where its stored result is known."""
    return told_by(_REASONS, result, _FAILED)
