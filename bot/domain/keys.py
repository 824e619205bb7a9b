"""An access key, and what may be done to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.domain.environments import Environment


@dataclass(frozen=True)
class Key:
    """An access key without its secret; `name` is empty on a key that nobody named."""

    api_key: str
    name: str
    enabled: bool
    root: bool
    created_at: datetime | None
    updated_at: datetime | None
    dedicated_for: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it; a nameless key goes by its API key, which is no secret."""
        return self.name or self.api_key


@dataclass(frozen=True)
class Located:
    """A key and the environment that holds it."""

    key: Key
    environment: Environment


@dataclass(frozen=True)
class Credentials:
    """What a program signs in with. The secret never prints and is never logged."""

    cloud_name: str
    api_key: str
    api_secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.cloud_name}, {self.api_key}, …)"

    @property
    def url(self) -> str:
        """`CLOUDINARY_URL`, as Cloudinary's own libraries read it."""
        return f"cloudinary://{self.api_key}:{self.api_secret}@{self.cloud_name}"


@dataclass(frozen=True)
class Generated:
    """A key just made; its credentials, where Cloudinary's answer held them."""

    key: Key
    credentials: Credentials | None


class ProtectionReason(StrEnum):
    """Why Keysmith leaves a key alone.

    LAST_ENABLED and WEBHOOK_SIGNER yield to a typed confirmation, the others to nothing.
    """

    ROOT = "root"
    LAST_ENABLED = "last_enabled"
    WEBHOOK_SIGNER = "webhook_signer"
    UNCLAIMED = "unclaimed"
    OVERTAKEN = "overtaken"


class Change(StrEnum):
    """What can be done to a key, as its past participle."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    RENAMED = "renamed"


@dataclass(frozen=True)
class LastChange:
    """The last change that Keysmith itself made to a key."""

    change: str
    by: str
    at: datetime
    job: str


WEBHOOKS = "webhooks"


def signs_webhooks(key: Key, siblings: Iterable[Key]) -> bool:
    """Whether notifications of this environment are signed with this key's secret.

    The key dedicated to webhooks signs, else the oldest enabled one.
    """
    enabled = [other for other in siblings if other.enabled]
    dedicated = [other for other in enabled if WEBHOOKS in other.dedicated_for]
    candidates = dedicated or enabled
    oldest = min(candidates, key=_age, default=None)
    return oldest is not None and oldest.api_key == key.api_key


def _age(key: Key) -> datetime:
    return key.created_at or datetime.min.replace(tzinfo=UTC)


def protection_from_disabling(key: Key, siblings: Sequence[Key]) -> ProtectionReason | None:
    """Say what disabling would break; a typed confirmation overrules it."""
    if not any(other.enabled and other.api_key != key.api_key for other in siblings):
        return ProtectionReason.LAST_ENABLED
    if signs_webhooks(key, siblings):
        return ProtectionReason.WEBHOOK_SIGNER
    return None


def find(word: str, located: Iterable[Located]) -> list[Located]:
    """Every key that answers to the word: its exact name, or its API key."""
    return [here for here in located if word in {here.key.name, here.key.api_key}]
