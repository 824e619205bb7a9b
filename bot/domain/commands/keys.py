"""Commands about access keys."""

from dataclasses import dataclass
from typing import Final

from bot.domain.commands.fields import CONFIRM, EMERGENCY, ENV, NAME, REASON, Days, Field, KeyName
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action


@dataclass(frozen=True)
class ListKeys:
    """The access keys that the asker may see; `stale` is in days since the last change."""

    env: str | None = None
    stale: int | None = None


@dataclass(frozen=True)
class ShowKey:
    """One access key, without its secret."""

    name: str
    env: str | None = None


@dataclass(frozen=True)
class CreateKey:
    """Make a key, to be claimed by the asker."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class EnableKey:
    """Make a key work."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class DisableKey:
    """Make a key stop working; `confirm` is its name typed again, where that is asked for."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RenameKey:
    """Give a key another name."""

    name: str
    new: str
    env: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DeleteKey:
    """Remove a key for good; `confirm` is its name typed again, where that is asked for."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RestoreKey:
    """Take a deletion back, while the key is still there."""

    name: str
    env: str | None = None
    reason: str | None = None


KeyReading = ListKeys | ShowKey
"""Commands that change nothing."""
KeyChange = EnableKey | DisableKey | RenameKey | DeleteKey
"""Commands that change one existing key."""
KeyCommand = ShowKey | CreateKey | KeyChange | RestoreKey
"""Commands about one key, which `name` and `env` tell."""
AnyKeyCommand = ListKeys | KeyCommand

SPECS: Final[tuple[CommandSpec[AnyKeyCommand], ...]] = (
    CommandSpec(
        ("key", "list"),
        ListKeys,
        Action.KEY_LIST,
        "The access keys that you may see",
        options=(ENV, Field("stale", Days())),
    ),
    CommandSpec(("key", "show"), ShowKey, Action.KEY_SHOW, "One key", (NAME,), (ENV,)),
    CommandSpec(
        ("key", "create"),
        CreateKey,
        Action.KEY_CREATE,
        "Make a key; you collect it by a one-time link",
        (NAME,),
        (ENV, REASON),
        (EMERGENCY,),
        planned=("role", "owner", "expires"),
    ),
    CommandSpec(
        ("key", "enable"),
        EnableKey,
        Action.KEY_ENABLE,
        "Make a key work",
        (NAME,),
        (ENV, REASON),
        (EMERGENCY,),
    ),
    CommandSpec(
        ("key", "disable"),
        DisableKey,
        Action.KEY_DISABLE,
        "Make a key stop working",
        (NAME,),
        (ENV, CONFIRM, REASON),
    ),
    CommandSpec(
        ("key", "rename"),
        RenameKey,
        Action.KEY_RENAME,
        "Give a key another name",
        (
            Field("name", KeyName(), "Name now", "ci-bot"),
            Field("new", KeyName(), "New name", "ci-bot-2027"),
        ),
        (ENV, REASON),
    ),
    CommandSpec(
        ("key", "delete"),
        DeleteKey,
        Action.KEY_DELETE,
        "Remove a key for good",
        (NAME,),
        (ENV, CONFIRM, REASON),
    ),
    CommandSpec(
        ("key", "restore"),
        RestoreKey,
        Action.KEY_ENABLE,
        "Take a deletion back, until the date on its card",
        (NAME,),
        (ENV, REASON),
    ),
)
PLANNED: Final = ("key roles", "key rotate", "key owner", "key webhook")
