"""What each command makes of one key: a new key command is added here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from bot.domain.commands.grammar import render
from bot.domain.commands.keys import DeleteKey, DisableKey, EnableKey, RenameKey
from bot.domain.keys import Change, Key, Located, ProtectionReason, protection_from_disabling
from bot.domain.outcomes.keys import KeyProtected, NameTaken
from bot.flows.plan import KeyChange
from bot.flows.ports import Account


@dataclass(frozen=True)
class Effect:
    """The change that a command makes; `reached` says that the key is that way already."""

    change: Change
    reached: bool
    act: Callable[[], Awaitable[Key]]

    def mark(self, key: Key) -> str:
        """What a job writes down before it acts, and recognises as its own after a crash."""
        return f"{self.change}:{key.api_key}"


def effect_of(account: Account, command: KeyChange, here: Located) -> Effect:
    """Tell what a command makes of the key as it is now."""
    key, environment = here.key, here.environment.id
    match command:
        case EnableKey():
            enable = partial(account.set_enabled, environment, key.api_key, enabled=True)
            return Effect(Change.ENABLED, key.enabled, enable)
        case DisableKey() | DeleteKey():  # a deletion disables first: Cloudinary has no undelete
            disable = partial(account.set_enabled, environment, key.api_key, enabled=False)
            return Effect(Change.DISABLED, not key.enabled, disable)
        case RenameKey():
            rename = partial(account.rename, environment, key.api_key, command.new)
            return Effect(Change.RENAMED, key.name == command.new, rename)
        case _:
            assert_never(command)


def obstacle(
    command: KeyChange, here: Located, siblings: Sequence[Key]
) -> KeyProtected | NameTaken | None:
    """Tell what the change would break; a typed confirmation overrules some of it."""
    match command:
        case EnableKey():
            return None
        case DisableKey() | DeleteKey():
            reason = protection_from_disabling(here.key, siblings)
            if reason is None or command.confirm == here.key.label:
                return None
            sure = replace(command, env=here.environment.cloud_name, confirm=here.key.label)
            return KeyProtected(here, reason, render(sure))
        case RenameKey():
            taken = [key for key in siblings if key.name == command.new]
            return NameTaken(Located(taken[0], here.environment)) if taken else None
        case _:
            assert_never(command)


def root_obstacle(command: KeyChange, here: Located) -> KeyProtected | None:
    """Root keys are never renamed, disabled or deleted."""
    if here.key.root and not isinstance(command, EnableKey):
        return KeyProtected(here, ProtectionReason.ROOT, None)
    return None
