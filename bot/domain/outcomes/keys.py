"""Outcomes of commands about keys."""

from dataclasses import dataclass

from bot.domain.commands.keys import ListKeys
from bot.domain.commands.many_keys import ManyKeys
from bot.domain.commands.registry import Command
from bot.domain.environments import Environment
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Change, Key, LastChange, Located, ProtectionReason
from bot.domain.names import NameReason
from bot.domain.pending import PendingCredentials
from bot.domain.policy import Action
from bot.domain.requests.machine import Request
from bot.domain.signing import SignerMove


@dataclass(frozen=True)
class KeysListed:
    """One page of the keys; `pages` counts from 1, `page` from 0.

    `offers` are the API keys of those whose deletion the person may take back.
    """

    kind = "keys_listed"
    keys: tuple[Located, ...]
    page: int
    pages: int
    total: int
    command: ListKeys
    offers: frozenset[str] = frozenset()
    places: tuple[Environment, ...] = ()
    """Every environment whose keys the person may list."""
    closed: tuple[Environment, ...] = ()
    """Those of the list in which Keysmith has no rights: their keys may be missing."""
    many: tuple[ManyKeys, ...] = ()
    """What the person may do to all of these keys at once."""


@dataclass(frozen=True)
class KeyShown:
    """One key; `webhooks` if it is the webhook signer, `offers` if the person may restore it.

    `signer` is the name of the other key that signs webhooks, for a person who may see it.

    `may` are the changes of it that the person may make or request, `by_vote` those of them that
    others approve first.
    """

    kind = "key_shown"
    located: Located
    webhooks: bool
    last: LastChange | None
    offers: bool = False
    may: tuple[Action, ...] = ()
    by_vote: tuple[Action, ...] = ()
    signer: str = ""
    record: KeyRecord | None = None
    """What Keysmith keeps of it; a key of before has none."""
    rotation: Request | None = None
    """The rotation of it that is running, or by which it came."""


@dataclass(frozen=True)
class KeyChanged:
    """The key was changed; `before` is the old name of a renamed key.

    `offers` where the person may enable it, `by_vote` where others approve that first. `move` is
    how it moved the webhook signer, if it did.
    """

    kind = "key_changed"
    located: Located
    change: Change
    before: str = ""
    move: SignerMove | None = None
    told_security: bool = False
    offers: bool = False
    by_vote: bool = False


@dataclass(frozen=True)
class NothingToChange:
    """The key is in that state already; nothing changed. `offers` and `by_vote` as above."""

    kind = "nothing_to_change"
    located: Located
    change: Change
    last: LastChange | None
    offers: bool = False
    by_vote: bool = False


@dataclass(frozen=True)
class KeyCreated:
    """The key exists, disabled; its credentials wait for their owner."""

    kind = "key_created"
    pending: PendingCredentials


@dataclass(frozen=True)
class NoSuchKey:
    """No key in the environments that were searched has that name; `instead` may be meant."""

    kind = "no_such_key"
    name: str
    nearest: str | None
    searched: tuple[Environment, ...]
    instead: tuple[Command, ...] = ()


@dataclass(frozen=True)
class WhichKey:
    """Several keys have that name; `choices` has a command for each."""

    kind = "which_key"
    name: str
    choices: tuple[tuple[Located, Command], ...]


@dataclass(frozen=True)
class NameTaken:
    """The environment has a key of that name already."""

    kind = "name_taken"
    located: Located


@dataclass(frozen=True)
class NameRefused:
    """No key gets this name; `key` is the one of the environment that it would be mistaken for."""

    kind = "name_refused"
    name: str
    environment: Environment
    reason: NameReason
    key: Key | None = None


@dataclass(frozen=True)
class KeyProtected:
    """Keysmith does not change this key; `retry` is the command that can confirm the change.

    `move` is how the change would move the webhook signer. `rotation` is the id of the rotation
    of the key, as people type it, where that is what stops the change. `mistyped` where another
    name was typed than the one that confirms it.
    """

    kind = "key_protected"
    located: Located
    reason: ProtectionReason
    retry: str | None
    move: SignerMove | None = None
    rotation: str = ""
    mistyped: bool = False


@dataclass(frozen=True)
class SignerMoves:
    """An approved change would move the webhook signer in a way that its request did not say."""

    kind = "signer_moves"
    located: Located
    move: SignerMove


KeyStopped = NoSuchKey | WhichKey | NameTaken | NameRefused | KeyProtected | SignerMoves
"""Outcomes in which nothing changed, and why."""
KeyOutcome = KeysListed | KeyShown | KeyChanged | NothingToChange | KeyCreated | KeyStopped
