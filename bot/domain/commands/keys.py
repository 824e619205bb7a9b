"""Commands about access keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from bot.domain.commands.fields import (
    Confirm,
    Emergency,
    Env,
    Field,
    KeyEnv,
    KeyName,
    Name,
    Passphrase,
    Reason,
    RoleName,
)
from bot.domain.commands.key_fields import (
    BROWNOUT_FOR,
    ROLE_CHANGE,
    ROLE_TO_CHANGE,
    STATE,
    USE,
    Expiring,
    Mine,
    Orphaned,
    Stale,
    Tagged,
    Unclaimed,
)
from bot.domain.commands.key_records import KeyExpires, NewOwner, RecordChange
from bot.domain.commands.rotations import RotateKey
from bot.domain.phrases import Text, msg


@dataclass(frozen=True)
class ListKeys:
    """List the access keys that the person may see; `stale` is in days since the last change.

    `mine` is for the person's own, `expiring` for those that end within so many days, `orphaned`
    for those without an owner who is here, `unclaimed` for those that were never collected.
    """

    env: Env = None
    stale: Stale = None
    state: Annotated[str | None, STATE] = None
    mine: Mine = False
    expiring: Expiring = None
    orphaned: Orphaned = False
    unclaimed: Unclaimed = False
    tag: Tagged = None


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
    passphrase: Passphrase = False


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
    for_: Annotated[timedelta, BROWNOUT_FOR]
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
    change: Annotated[str | None, ROLE_CHANGE] = None
    role: Annotated[str | None, ROLE_TO_CHANGE] = None
    env: KeyEnv = None
    reason: Reason = None
    emergency: Emergency = False


@dataclass(frozen=True)
class ExplainKey:
    """Tell what a key may be used for, and by which role; `action` is one thing to ask about."""

    name: KeyName
    action: Annotated[str | None, USE] = None
    env: KeyEnv = None


KeyLook = RolesOfKey | ExplainKey
"""Commands that tell what a key can do, where they change nothing."""
KeyReading = ListKeys | ShowKey | ExplainKey
"""Commands that change nothing."""
KeyChange = EnableKey | DisableKey | RenameKey | DeleteKey | BrownoutKey | RestoreKey | PinKey
"""Commands that change one existing key."""
Confirmed = EnableKey | DisableKey | DeleteKey | BrownoutKey | RestoreKey | PinKey
"""Those of them that may move the webhook signer, which a typed name confirms."""
KeyCommand = ShowKey | CreateKey | RolesOfKey | ExplainKey | KeyChange | RecordChange | RotateKey
"""Commands about one key, which `name` and `env` identify."""
AnyKeyCommand = ListKeys | KeyCommand
