"""What the flows need of the world, in the domain's words; the adapters provide it."""

from datetime import datetime
from typing import Protocol

from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Generated, Key
from bot.domain.people import Actor, CloudinaryUser, KeyRight, Profile
from bot.domain.policy import Decision, Explanation, Question


class Clock(Protocol):
    """The time, as the flows see it."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Directory(Protocol):
    """Slack's word on who somebody is."""

    async def profile(self, actor: Actor) -> Profile:
        """Read `users.info`, uncached.

        Raises:
            SlackError: Slack refused or did not answer.

        """
        ...


class Users(Protocol):
    """The users of the Cloudinary account. Every method may raise `CloudinaryError`."""

    async def users_by_email(self, email: str) -> list[CloudinaryUser]:
        """Users that Cloudinary finds by this e-mail address; the caller compares them."""
        ...

    async def environments_of(self, user_id: str) -> frozenset[str]:
        """Ids of the product environments that the user has access to."""
        ...

    async def groups_of(self, user_id: str) -> frozenset[str]:
        """Names of the user's groups."""
        ...

    async def key_right(self, user_id: str, environment_id: str) -> KeyRight:
        """What the account's effective policies let the user do with keys there."""
        ...


class Account(Protocol):
    """Environments and access keys of the Cloudinary account. May raise `CloudinaryError`."""

    async def environments(self) -> list[Environment]:
        """Every product environment of the account."""
        ...

    async def keys(self, environment_id: str) -> list[Key]:
        """Every access key of the environment, without secrets."""
        ...

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Generate a key, disabled. Never repeated by itself.

        Raises:
            Unavailable: with `maybe_done`, the key may exist; look for its name.
            Conflict: the name is taken.

        """
        ...

    async def credentials(self, environment: Environment, api_key: str) -> Credentials | None:
        """Read a key's secret again; None where Cloudinary shows no secret on reading."""
        ...

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Enable or disable a key; safe to repeat."""
        ...

    async def rename(self, environment_id: str, api_key: str, name: str) -> Key:
        """Give a key a name; safe to repeat."""
        ...


class Policy(Protocol):
    """Keysmith's own rules."""

    def decide(self, question: Question) -> Decision:
        """Answer one question; what no rule permits is refused."""
        ...

    def explain(self, question: Question) -> Explanation:
        """Answer for every role, beside the asker's own answer."""
        ...
