"""Defines what each command does to one key, and what prevents it. Add a new key command here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import assert_never

from bot.domain.commands.grammar import render
from bot.domain.commands.keys import (
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    RenameKey,
    RestoreKey,
)
from bot.domain.keys import (
    Change,
    Key,
    LastChange,
    Located,
    ProtectionReason,
    overtaken,
    protection_from_disabling,
)
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyProtected, NameRefused, NameTaken
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.requests.deletions import Deletion
from bot.flows.keys.names import name_obstacle
from bot.flows.ports import Account


@dataclass(frozen=True)
class Effect:
    """A change of one key; `reached` if the key is in the state that the change leads to."""

    change: Change
    reached: bool
    act: Callable[[], Awaitable[Key]]

    def mark(self, key: Key) -> str:
        """What a job writes as its intent, and recognizes as its own effect after a crash."""
        return f"{self.change}:{key.api_key}"


def effect_of(
    account: Account, command: KeyChange, here: Located, deletion: Deletion | None
) -> Effect:
    """Return what a command does to the key as it is now; `deletion` is its scheduled one."""
    key, environment = here.key, here.environment.id
    enable = partial(account.set_enabled, environment, key.api_key, enabled=True)
    match command:
        case EnableKey():
            return Effect(Change.ENABLED, key.enabled, enable)
        case RestoreKey():
            act = enable if deletion and deletion.worked else partial(_as_it_is, key)
            return Effect(Change.RESTORED, deletion is None, act)
        case DisableKey() | DeleteKey():  # a deletion disables first: Cloudinary has no undelete
            disable = partial(account.set_enabled, environment, key.api_key, enabled=False)
            return Effect(Change.DISABLED, not key.enabled, disable)
        case RenameKey(new=name):
            rename = partial(account.rename, environment, key.api_key, name)
            return Effect(Change.RENAMED, key.name == name, rename)
        case _:
            assert_never(command)


async def _as_it_is(key: Key) -> Key:
    return key


def obstacle(
    command: KeyChange, here: Located, siblings: Sequence[Key], looks: Looks
) -> KeyProtected | NameTaken | NameRefused | None:
    """Return what prevents the change; a typed confirmation overrules some of it."""
    match command:
        case EnableKey() | RestoreKey():
            return None
        case DisableKey() | DeleteKey():
            reason = protection_from_disabling(here.key, siblings)
            if reason is None or command.confirm == here.key.label:
                return None
            return KeyProtected(here, reason, render(_confirmed(command, here, siblings)))
        case RenameKey(new=name):
            others = [key for key in siblings if key.api_key != here.key.api_key]
            return name_obstacle(name, here.environment, others, looks)
        case _:
            assert_never(command)


def _confirmed(
    command: DisableKey | DeleteKey, here: Located, siblings: Sequence[Key]
) -> DisableKey | DeleteKey:
    """Complete the command as a person types it: by name, where the name is not ambiguous."""
    label = here.key.label
    namesakes = [key for key in siblings if key.label == label]
    name = here.key.typed if len(namesakes) == 1 else here.key.api_key
    return replace(command, name=name, env=here.environment.cloud_name, confirm=label)


def root_obstacle(command: KeyChange, here: Located) -> KeyProtected | None:
    """Protect root keys: they are never renamed, disabled or deleted."""
    if here.key.root and not isinstance(command, EnableKey | RestoreKey):
        return KeyProtected(here, ProtectionReason.ROOT, None)
    return None


def enabling_obstacle(
    here: Located, asked_at: datetime, pending: Pending | None, last: LastChange | None
) -> KeyProtected | None:
    """Keep a key disabled that waits for its owner, or that a person has disabled meanwhile."""
    if pending:
        return KeyProtected(here, ProtectionReason.UNCLAIMED, None)
    if overtaken(last, asked_at):
        return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
    return None
