"""Outcomes of commands about keys."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.commands.registry import Command
from bot.domain.environments import Environment
from bot.domain.keys import Change, LastChange, Located, ProtectionReason
from bot.domain.pending import PendingCredentials


@dataclass(frozen=True)
class KeysListed:
    """One page of the keys; `pages` counts from 1, `page` from 0."""

    kind: ClassVar[str] = "keys_listed"
    keys: tuple[Located, ...]
    page: int
    pages: int
    total: int
    command: Command


@dataclass(frozen=True)
class KeyShown:
    """One key; `webhooks` when notifications are signed with its secret."""

    kind: ClassVar[str] = "key_shown"
    located: Located
    webhooks: bool
    last: LastChange | None


@dataclass(frozen=True)
class KeyChanged:
    """Done at Cloudinary and in the audit log; `before` is the old name of a renamed key."""

    kind: ClassVar[str] = "key_changed"
    located: Located
    change: Change
    before: str = ""
    told_security: bool = False


@dataclass(frozen=True)
class NothingToChange:
    """The key is that way already, so nothing was done."""

    kind: ClassVar[str] = "nothing_to_change"
    located: Located
    change: Change
    last: LastChange | None


@dataclass(frozen=True)
class KeyCreated:
    """The key exists, disabled; its owner was told how to collect its credentials."""

    kind: ClassVar[str] = "key_created"
    pending: PendingCredentials


@dataclass(frozen=True)
class NoSuchKey:
    """No key has that name where the asker may look."""

    kind: ClassVar[str] = "no_such_key"
    word: str
    nearest: str | None
    searched: tuple[Environment, ...]


@dataclass(frozen=True)
class WhichKey:
    """Several keys have that name; one command for each."""

    kind: ClassVar[str] = "which_key"
    word: str
    choices: tuple[tuple[Located, Command], ...]


@dataclass(frozen=True)
class NameTaken:
    """A key of that name exists already."""

    kind: ClassVar[str] = "name_taken"
    located: Located


@dataclass(frozen=True)
class KeyProtected:
    """Keysmith leaves this key alone; `retry` is the command that a typed confirmation makes."""

    kind: ClassVar[str] = "key_protected"
    located: Located
    reason: ProtectionReason
    retry: str | None


KeyOutcome = (
    KeysListed
    | KeyShown
    | KeyChanged
    | NothingToChange
    | KeyCreated
    | NoSuchKey
    | WhichKey
    | NameTaken
    | KeyProtected
)
