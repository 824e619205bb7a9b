"""Outcomes of commands about users of the Cloudinary account."""

from dataclasses import dataclass

from bot.domain.commands.registry import Command
from bot.domain.people import CloudinaryUser, IdentityReason


@dataclass(frozen=True)
class NoSuchUser:
    """No user of the account is meant; nothing changed. `slack` is the member who was named."""

    kind = "no_such_user"
    typed: str
    slack: str = ""


@dataclass(frozen=True)
class WhichUser:
    """Several users have the address; `choices` has a command for each, where there is one."""

    kind = "which_user"
    typed: str
    choices: tuple[tuple[CloudinaryUser, Command | None], ...]


@dataclass(frozen=True)
class UserUnclear:
    """The identity of the member who is meant is not certain; nothing changed."""

    kind = "user_unclear"
    typed: str
    reason: IdentityReason


UserSearchOutcome = NoSuchUser | WhichUser | UserUnclear
"""Why a person is no single user."""
