"""Commands about access keys."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands.fields import CONFIRM, DAYS, EMERGENCY, ENV, NAME, REASON, Field
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class ListKeys:
    """List the access keys that the person may see; `stale` is in days since the last change."""

    env: str | None = None
    stale: int | None = None


@dataclass(frozen=True)
class ShowKey:
    """Show one access key, without its secret."""

    name: str
    env: str | None = None


@dataclass(frozen=True)
class CreateKey:
    """Create a key; its credentials wait for the person who typed this."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class EnableKey:
    """Enable a key."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class DisableKey:
    """Disable a key; `confirm` is its name typed again, for a key that is in use."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RenameKey:
    """Rename a key."""

    name: str
    new: str
    env: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DeleteKey:
    """Delete a key for good; `confirm` is its name typed again, for a key that is in use."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RestoreKey:
    """Undo a deletion, while the key still exists."""

    name: str
    env: str | None = None
    reason: str | None = None


KeyCommand = ShowKey | CreateKey | EnableKey | DisableKey | RenameKey | DeleteKey | RestoreKey
"""Commands about one key, which `name` and `env` identify."""
AnyKeyCommand = ListKeys | KeyCommand

_KEY: Final = (NAME,)
_RENAMED: Final = (
    Field("name", label="Name now", hint="ci-bot"),
    Field("new", label="New name", hint="ci-bot-2027"),
)
_CHANGE: Final = (ENV, REASON)
_CONFIRMED: Final = (ENV, CONFIRM, REASON)
_URGENT: Final = (ENV, REASON, EMERGENCY)

SPECS: Final[tuple[CommandSpec[AnyKeyCommand], ...]] = (
    CommandSpec(
        "key list",
        ListKeys,
        Action.KEY_LIST,
        "The access keys that you may see",
        options=(ENV, Field("stale", DAYS)),
    ),
    CommandSpec("key show", ShowKey, Action.KEY_SHOW, "One key", _KEY, (ENV,)),
    CommandSpec(
        "key create",
        CreateKey,
        Action.KEY_CREATE,
        "Make a key; you collect it by a one-time link",
        _KEY,
        _URGENT,
        planned=("role", "owner", "expires"),
    ),
    CommandSpec("key enable", EnableKey, Action.KEY_ENABLE, "Make a key work", _KEY, _URGENT),
    CommandSpec(
        "key disable", DisableKey, Action.KEY_DISABLE, "Make a key stop working", _KEY, _CONFIRMED
    ),
    CommandSpec(
        "key rename", RenameKey, Action.KEY_RENAME, "Give a key another name", _RENAMED, _CHANGE
    ),
    CommandSpec(
        "key delete", DeleteKey, Action.KEY_DELETE, "Remove a key for good", _KEY, _CONFIRMED
    ),
    CommandSpec(
        "key restore",
        RestoreKey,
        Action.KEY_ENABLE,
        "Take a deletion back, until the date on its card",
        _KEY,
        _CHANGE,
    ),
)
PLANNED: Final = ("key roles", "key rotate", "key owner", "key webhook")
