"""Commands about access keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from bot.domain import brownouts, durations
from bot.domain.commands.fields import (
    DAYS,
    FLAG,
    PERSON,
    REFERENCE,
    ROLE,
    Ask,
    Confirm,
    Emergency,
    Env,
    Field,
    KeyEnv,
    KeyName,
    Kind,
    Name,
    Reason,
    RoleName,
)
from bot.domain.commands.key_records import KeyExpires, NewOwner, RecordChange
from bot.domain.key_roles import Use
from bot.domain.phrases import Listed, Text, msg

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
KEY_STATES: Final = (ENABLED, DISABLED)
ADD: Final = "add"
REMOVE: Final = "remove"
ROLE_CHANGES: Final = (ADD, REMOVE)
USES: Final = tuple(map(str, Use))
_SYNONYMS: Final = {
    "create": Use.UPLOAD,
    "list": Use.READ,
    "view": Use.READ,
    "update": Use.REPLACE,
    "destroy": Use.DELETE,
    "usage": Use.REPORT,
    "presets": Use.SETTINGS,
}
"""Words of Cloudinary's APIs for the same."""


def _state(text: str) -> str | None:
    return text.casefold() if text.casefold() in KEY_STATES else None


_STATE: Final = Field(
    "state",
    Kind(
        _state,
        problem=msg("`--state` is enabled or disabled."),
        ask=Ask.CHOICE,
        choices=KEY_STATES,
    ),
    msg("State"),
)


_RESUMED: Final = msg("Take the one in the message about the keys that were disabled.")


def _change(text: str) -> str | None:
    return text.casefold() if text.casefold() in ROLE_CHANGES else None


_ROLE_CHANGE: Final = Field(
    "change",
    Kind(
        _change,
        problem=msg("After the key, use `add` or `remove` and a role."),
        ask=Ask.CHOICE,
        choices=ROLE_CHANGES,
    ),
    msg("Change"),
    positional=True,
)
_ROLE: Final = Field("role", ROLE, msg("Role"), msg("Choose what the key may do"), positional=True)


_FOR: Final = Field(
    "for",
    Kind(
        brownouts.read,
        durations.write,
        msg("`{name}` needs a time from `1m` to `24h`, such as `10m`."),
        ask=Ask.CHOICE,
        choices=("5m", "10m", "30m", "1h", "8h"),
    ),
    msg("For how long"),
)


def _use(text: str) -> str | None:
    known = _SYNONYMS.get(text.casefold(), text.casefold())
    return known if known in USES else None


_USE: Final = Field(
    "action",
    Kind(
        _use,
        problem=msg("Ask about {uses}.", uses=Listed(tuple(Text(each) for each in USES), "or")),
        ask=Ask.CHOICE,
        choices=USES,
    ),
    msg("Action"),
    positional=True,
)


@dataclass(frozen=True)
class ListKeys:
    """List the access keys that the person may see; `stale` is in days since the last change.

    `mine` is for those that were created for the person.
    """

    env: Env = None
    stale: Annotated[int | None, Field("stale", DAYS)] = None
    state: Annotated[str | None, _STATE] = None
    mine: Annotated[bool, Field("mine", FLAG)] = False


@dataclass(frozen=True)
class ShowKey:
    """Show one access key, without its secret."""

    name: KeyName
    env: KeyEnv = None


@dataclass(frozen=True)
class CreateKey:
    """Create a key with a role; its credentials wait for its owner, or who typed this."""

    name: Name
    env: Env = None
    role: RoleName = None
    reason: Reason = None
    emergency: Emergency = False
    owner: NewOwner = None
    expires: KeyExpires = None


@dataclass(frozen=True)
class EnableKey:
    """Enable a key; `confirm` is its name typed again, for one that would sign webhooks then."""

    name: KeyName
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None
    emergency: Emergency = False


@dataclass(frozen=True)
class DisableKey:
    """Disable a key; `confirm` is its name typed again, for a key that is in use."""

    name: KeyName
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None


@dataclass(frozen=True)
class DisableKeys:
    """Disable every key that the options choose, once the person has confirmed the list.

    `resume` is the id of such a list: it runs what is left of it.
    """

    owner: Annotated[str | None, Field("owner", PERSON, msg("Owner"), msg("Choose a person"))] = (
        None
    )
    env: Env = None
    stale: Annotated[int | None, Field("stale", DAYS, msg("Days since the last change"))] = None
    resume: Annotated[str | None, Field("resume", REFERENCE, hint=_RESUMED)] = None


@dataclass(frozen=True)
class RenameKey:
    """Rename a key."""

    name: KeyName
    new: Annotated[
        str, Field("new", label=msg("New name"), hint=Text("ci-bot-2027"), positional=True)
    ]
    env: KeyEnv = None
    reason: Reason = None


@dataclass(frozen=True)
class DeleteKey:
    """Delete a key for good; `confirm` is its name typed again, for a key that is in use."""

    name: KeyName
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None


@dataclass(frozen=True)
class BrownoutKey:
    """Disable a key for a time, to find out what uses it; `confirm` as for a key in use."""

    name: KeyName
    for_: Annotated[timedelta, _FOR]
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None


@dataclass(frozen=True)
class RestoreKey:
    """Take a deletion back: the key is enabled or disabled, as it was before."""

    name: KeyName
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None


@dataclass(frozen=True)
class PinKey:
    """Let a key sign webhooks; `confirm` is its name typed again, where another one signs them."""

    name: KeyName
    env: KeyEnv = None
    confirm: Confirm = None
    reason: Reason = None


@dataclass(frozen=True)
class RolesOfKey:
    """Show a key's roles; with `change`, add one or remove one."""

    name: KeyName
    change: Annotated[str | None, _ROLE_CHANGE] = None
    role: Annotated[str | None, _ROLE] = None
    env: KeyEnv = None
    reason: Reason = None
    emergency: Emergency = False


@dataclass(frozen=True)
class ExplainKey:
    """Tell what a key may be used for, and by which role; `action` is one thing to ask about."""

    name: KeyName
    action: Annotated[str | None, _USE] = None
    env: KeyEnv = None


KeyLook = RolesOfKey | ExplainKey
"""Commands that tell what a key can do, where they change nothing."""
KeyReading = ListKeys | ShowKey | ExplainKey
"""Commands that change nothing."""
KeyChange = EnableKey | DisableKey | RenameKey | DeleteKey | BrownoutKey | RestoreKey | PinKey
"""Commands that change one existing key."""
Confirmed = EnableKey | DisableKey | DeleteKey | BrownoutKey | RestoreKey | PinKey
"""Those of them that may move the webhook signer, which a typed name confirms."""
KeyCommand = ShowKey | CreateKey | RolesOfKey | ExplainKey | KeyChange | RecordChange
"""Commands about one key, which `name` and `env` identify."""
AnyKeyCommand = ListKeys | KeyCommand
