"""Commands about access keys."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import (
    DAYS,
    FLAG,
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
)
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
KEY_STATES: Final = (ENABLED, DISABLED)


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
    """Create a key; its credentials wait for the person who typed this."""

    name: Name
    env: Env = None
    reason: Reason = None
    emergency: Emergency = False


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


KeyReading = ListKeys | ShowKey
"""Commands that change nothing."""
KeyChange = EnableKey | DisableKey | RenameKey | DeleteKey | RestoreKey | PinKey
"""Commands that change one existing key."""
Confirmed = EnableKey | DisableKey | DeleteKey | RestoreKey | PinKey
"""Those of them that may move the webhook signer, which a typed name confirms."""
KeyCommand = ShowKey | CreateKey | KeyChange
"""Commands about one key, which `name` and `env` identify."""
AnyKeyCommand = ListKeys | KeyCommand

SPECS: Final[tuple[CommandSpec[AnyKeyCommand], ...]] = (
    CommandSpec(
        "key list", ListKeys, Action.KEY_LIST, msg("List the access keys that you can see")
    ),
    CommandSpec("key show", ShowKey, Action.KEY_SHOW, msg("Show a key")),
    CommandSpec(
        "key create",
        CreateKey,
        Action.KEY_CREATE,
        msg("Create a key, and collect it with a one-time link"),
        planned=("role", "owner", "expires"),
    ),
    CommandSpec("key enable", EnableKey, Action.KEY_ENABLE, msg("Enable a key")),
    CommandSpec("key disable", DisableKey, Action.KEY_DISABLE, msg("Disable a key")),
    CommandSpec("key rename", RenameKey, Action.KEY_RENAME, msg("Rename a key")),
    CommandSpec(
        "key delete",
        DeleteKey,
        Action.KEY_DELETE,
        msg("Disable a key, and delete it after 7 days"),
    ),
    CommandSpec(
        "key restore",
        RestoreKey,
        Action.KEY_ENABLE,
        msg("Undo a deletion, until its date"),
    ),
    CommandSpec(
        "key webhook",
        PinKey,
        Action.KEY_WEBHOOK,
        msg("Pin the key that signs an environment's webhooks"),
    ),
)
PLANNED: Final = ("key roles", "key rotate", "key owner")
