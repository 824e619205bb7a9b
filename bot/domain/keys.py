"""Access keys, and what protects them from a change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.secret import Secret

BY_API_KEY: Final = "key:"
BY_NAME: Final = "name:"
"""What a person types before an API key or a name, to mean that and nothing else."""
SHORTEST_API_KEY: Final = 12
"""Digits; Cloudinary's have 15."""
WEBHOOKS: Final = "webhooks"
"""What a key is dedicated to that is pinned as the webhook signer."""


@dataclass(frozen=True)
class Key:
    """An access key without its secret; `name` is empty on a key without one."""

    api_key: str
    name: str
    enabled: bool
    root: bool
    created_at: datetime | None
    updated_at: datetime | None
    dedicated_for: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name, or the API key, which is no secret, of a key without one."""
        return self.name or self.api_key

    @property
    def pinned(self) -> bool:
        """Whether the key is dedicated to webhooks; it signs them while it is enabled."""
        return WEBHOOKS in self.dedicated_for

    @property
    def typed(self) -> str:
        """The text that means this key where it is the only one of its name."""
        unclear = self.name.isdigit() or self.name.startswith((BY_API_KEY, BY_NAME))
        return f"{BY_NAME}{self.name}" if unclear else self.label


@dataclass(frozen=True)
class Located:
    """A key and the environment that holds it."""

    key: Key
    environment: Environment
    deletes_at: datetime | None = None
    """When the key is deleted for good, if that is scheduled; read only where it is shown."""
    roles: tuple[KeyRole, ...] | None = None
    """Its roles; None where they are not read, or the account has none."""
    owner: Actor | None = None
    """Whose it is, where that is stored and read."""
    also: tuple[Actor, ...] = ()
    """Its co-owners, likewise."""
    ends_at: datetime | None = None
    """When it is disabled, if it ends; read only where it is shown."""
    rotates_at: datetime | None = None
    """When its schedule rotates it next; read only where it is shown, as what follows."""
    overdue: bool = False
    """Whether it is past its schedule, or past what the policy demands."""


def changes_of(here: Located) -> tuple[Action, ...]:
    """Return the changes that a key can take in its state; a scheduled deletion is restored."""
    if here.deletes_at:
        return ()
    pin = (Action.KEY_WEBHOOK,) if here.key.enabled and not here.key.pinned else ()
    if here.key.root:
        return pin
    on = (Action.KEY_DISABLE, Action.KEY_BROWNOUT)
    switch = on if here.key.enabled else (Action.KEY_ENABLE,)
    return *switch, Action.KEY_RENAME, Action.KEY_OWNER, Action.KEY_NOTE, *pin, Action.KEY_DELETE


@dataclass(frozen=True)
class Credentials:
    """What a program signs in with."""

    cloud_name: str
    api_key: str
    api_secret: Secret

    @property
    def url(self) -> Secret:
        """The value of `CLOUDINARY_URL` for Cloudinary's libraries."""
        pair = f"{self.api_key}:{self.api_secret.show()}"
        return Secret(f"cloudinary://{pair}@{self.cloud_name}")


@dataclass(frozen=True)
class Generated:
    """A new key, with its credentials if Cloudinary's answer had them."""

    key: Key
    credentials: Credentials | None


class ProtectionReason(StrEnum):
    """Why Keysmith does not change a key.

    A typed confirmation overrides LAST_ENABLED, WEBHOOK_SIGNER, DELETION and COLLECTED, and no
    other. DISABLED is for a pin: a disabled key signs nothing. COLLECTED is for the abort of a
    rotation, which deletes a key that programs may use.
    """

    ROOT = "root"
    LAST_ENABLED = "last_enabled"
    WEBHOOK_SIGNER = "webhook_signer"
    UNCLAIMED = "unclaimed"
    OVERTAKEN = "overtaken"
    DISABLED = "disabled"
    DELETION = "deletion"
    ROTATED = "rotated"
    COLLECTED = "collected"


class Change(StrEnum):
    """A change of a key, as its past participle."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    RENAMED = "renamed"
    RESTORED = "restored"
    PINNED = "pinned"


DISABLING: Final = "begun to be disabled"
"""The last change of a key from the intent of a disabling until its end."""


BROWNOUT: Final = "disabled for a time"
"""The last change of a key that a brown-out disabled."""
BROWNOUT_OVER: Final = "enabled again"
"""The last change of a key whose brown-out is over."""
ROTATED: Final = "disabled by a rotation"
"""The last change of a key that its rotation disabled; no person did, so a roll back may follow."""
ROLES: Final = "given other roles"
"""The last change of a key whose roles changed."""


@dataclass(frozen=True)
class LastChange:
    """The last change of a key that Keysmith made."""

    change: str
    by: str
    at: datetime
    job: str
    disabled_at: datetime | None = None
    """When a person disabled the key last, also before a later change of another kind."""
    deletion: str = ""
    """The request by which the key is disabled for its deletion; empty once it is restored."""
    worked: bool = False
    """Whether the key was enabled before that: what a restore brings back."""
    brownout: str = ""
    """The request that disabled the key for a time; empty once a person changed that."""

    @property
    def disabled(self) -> datetime | None:
        """When a person disabled the key last; records of former versions know it by `change`."""
        return self.disabled_at or (self.at if self.change == Change.DISABLED else None)


def overtaken(last: LastChange | None, asked_at: datetime) -> bool:
    """Whether a person disabled the key after its enabling was asked for.

    Every flow that enables a key asks this. `asked_at` is the time of the command, the request or
    the credentials, never that of an approval or of the job that executes it.
    """
    disabled = last.disabled if last else None
    return disabled is not None and disabled > asked_at


def signer(keys: Iterable[Key]) -> Key | None:
    """Return the key that signs an environment's webhooks.

    That is the enabled key dedicated to webhooks, else the oldest enabled one.
    What Cloudinary does when the dedicated key is disabled is not documented: it counts as signing
    nothing. A key of unknown age counts as the oldest.
    """
    enabled = [key for key in keys if key.enabled]
    unknown = datetime.min.replace(tzinfo=UTC)
    return min(
        [key for key in enabled if key.pinned] or enabled,
        key=lambda key: (key.created_at or unknown, key.api_key),
        default=None,
    )


def may_be_handed_over(key: Key | None) -> bool:
    """Whether a link may lead to the key: a root key, or one that is gone, is never handed over."""
    return key is not None and not key.root


def find(text: str, located: Iterable[Located]) -> list[Located]:
    """Return the key with this API key, else every key with this exact name.

    `key:` and `name:` before the text force one of the two. A text that may be an API key is never
    taken for a name: in the Console, another key can get it as its name once that key is gone.
    """
    known = list(located)
    if text.startswith(BY_NAME):
        return [here for here in known if here.key.name == text.removeprefix(BY_NAME)]
    if text.startswith(BY_API_KEY):
        return [here for here in known if here.key.api_key == text.removeprefix(BY_API_KEY)]
    by_api_key = [here for here in known if here.key.api_key == text]
    if by_api_key or may_be_api_key(text):
        return by_api_key
    return [here for here in known if here.key.name == text]


def may_be_api_key(text: str) -> bool:
    """Whether a text is as long a number as API keys are."""
    return text.isdigit() and len(text) >= SHORTEST_API_KEY
