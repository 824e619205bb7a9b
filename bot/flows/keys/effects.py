"""Defines what each command does to one key, and what prevents it. Add a new key command here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import assert_never

from bot.domain.commands.grammar import render
from bot.domain.commands.keys import (
    BrownoutKey,
    Confirmed,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    PinKey,
    RenameKey,
    RestoreKey,
)
from bot.domain.keys import Change, Key, LastChange, Located, ProtectionReason, overtaken
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyProtected, NameRefused, NameTaken, SignerMoves
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.requests.deletions import Deletion
from bot.domain.requests.machine import Request
from bot.domain.requests.rotated import keeps_off
from bot.domain.signing import Act, Planned, SignerMove, breakage, move_of
from bot.flows.keys.names import name_obstacle
from bot.flows.plan import Approved, Authority
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
        case DisableKey() | DeleteKey() | BrownoutKey():  # a deletion disables first: no undelete
            disable = partial(account.set_enabled, environment, key.api_key, enabled=False)
            return Effect(Change.DISABLED, not key.enabled, disable)
        case RenameKey(new=name):
            rename = partial(account.rename, environment, key.api_key, name)
            return Effect(Change.RENAMED, key.name == name, rename)
        case PinKey():
            pin = partial(account.pin, environment, key.api_key)
            return Effect(Change.PINNED, key.pinned, pin)
        case _:
            assert_never(command)


def is_reached(command: Confirmed, key: Key) -> bool:
    """Whether the key is in the state that a command leads to; a restore is judged by its date."""
    match command:
        case EnableKey():
            return key.enabled
        case DisableKey() | DeleteKey() | BrownoutKey():
            return not key.enabled
        case PinKey():
            return key.pinned
        case RestoreKey():
            return False
        case _:
            assert_never(command)


async def _as_it_is(key: Key) -> Key:
    return key


def planned_by(command: KeyChange, key: Key, deletion: Deletion | None) -> Planned | None:
    """Return what a command means for the webhook signer; None for one that can't move it."""
    match command:
        case EnableKey():
            return Planned(Act.ENABLE, key)
        case RestoreKey():
            return Planned(Act.ENABLE, key) if deletion and deletion.worked else None
        case DisableKey() | BrownoutKey():
            return Planned(Act.DISABLE, key)
        case DeleteKey():
            return Planned(Act.DELETE, key)
        case PinKey():
            return Planned(Act.PIN, key)
        case RenameKey():
            return None
        case _:
            assert_never(command)


def moves(
    command: KeyChange, key: Key, siblings: Sequence[Key], deletion: Deletion | None
) -> SignerMove | None:
    """Return how a command would move the webhook signer."""
    planned = planned_by(command, key, deletion)
    return move_of(siblings, planned) if planned else None


def obstacle(
    command: KeyChange,
    here: Located,
    siblings: Sequence[Key],
    looks: Looks,
    deletion: Deletion | None = None,
) -> KeyProtected | NameTaken | NameRefused | None:
    """Return what prevents the change; a typed confirmation overrules some of it."""
    match command:
        case RenameKey(new=name):
            others = [key for key in siblings if key.api_key != here.key.api_key]
            return name_obstacle(name, here.environment, others, looks)
        case _ if isinstance(command, Confirmed):
            return _unconfirmed(command, here, siblings, deletion)
        case _:
            assert_never(command)


def _unconfirmed(
    command: Confirmed, here: Located, siblings: Sequence[Key], deletion: Deletion | None
) -> KeyProtected | None:
    """Ask for the key's name where the change breaks something; a disabled key is not pinned."""
    if isinstance(command, PinKey) and not here.key.enabled:
        return KeyProtected(here, ProtectionReason.DISABLED, None)
    planned = planned_by(command, here.key, deletion)
    reason = breakage(siblings, planned) if planned else None
    if planned is None or reason is None or command.confirm == here.key.label:
        return None
    retry = render(_confirmed(command, here, siblings))
    return KeyProtected(here, reason, retry, move_of(siblings, planned))


def unforeseen(here: Located, move: SignerMove | None, authority: Authority) -> SignerMoves | None:
    """Stop an approved change that would move the signer in a way that its request did not say."""
    if move is None or not move.breaks or not isinstance(authority, Approved):
        return None
    said = move.is_same(authority.request.terms.signer)
    return None if said else SignerMoves(here, move)


def _confirmed(command: Confirmed, here: Located, siblings: Sequence[Key]) -> Confirmed:
    """Complete the command as a person types it: by name, where the name is not ambiguous."""
    label = here.key.label
    namesakes = [key for key in siblings if key.label == label]
    name = here.key.typed if len(namesakes) == 1 else here.key.api_key
    return replace(command, name=name, env=here.environment.cloud_name, confirm=label)


def root_obstacle(command: KeyChange, here: Located) -> KeyProtected | None:
    """Protect root keys: they are never renamed, disabled or deleted."""
    if here.key.root and not isinstance(command, EnableKey | RestoreKey | PinKey):
        return KeyProtected(here, ProtectionReason.ROOT, None)
    return None


def enabling_obstacle(
    here: Located,
    asked_at: datetime,
    pending: Pending | None,
    last: LastChange | None,
    running: Request | None,
) -> KeyProtected | None:
    """Keep a key disabled that waits for its owner, or that a person has disabled meanwhile.

    So too one that its running rotation has disabled: only a step of that enables it.
    """
    if pending:
        return KeyProtected(here, ProtectionReason.UNCLAIMED, None)
    if overtaken(last, asked_at):
        return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
    return rotated_obstacle(here, last, running)


def rotated_obstacle(
    here: Located, last: LastChange | None, running: Request | None
) -> KeyProtected | None:
    """Keep a key disabled that its running rotation has disabled."""
    if running is None or here.key.enabled or not keeps_off(running, here.key.api_key, last):
        return None
    return KeyProtected(here, ProtectionReason.ROTATED, None, rotation=running.short_id)
