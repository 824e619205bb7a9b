"""Who runs a subcommand on the server."""

import os
import pwd
from typing import Final

from bot.errors import ConfigurationError

ROOT: Final = 0
"""The user id of root, which `sudo` gives; then `SUDO_USER` has the login."""


def who_runs() -> str:
    """Who runs this process, for the audit log. No variable counts but root's `SUDO_USER`."""
    return name_of(os.getuid(), os.environ.get("SUDO_USER"))


def name_of(uid: int, sudo_user: str | None) -> str:
    """The login, or the number of a user without one: a container may have such a user."""
    try:
        return login_name(uid, sudo_user)
    except ConfigurationError:
        return f"user {uid}"


def login_name(uid: int, sudo_user: str | None) -> str:
    """The login of the process's user, or of the user who called sudo.

    Raises `ConfigurationError` if the server has no name for the user.
    """
    if uid == ROOT and sudo_user:
        return sudo_user
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise ConfigurationError(f"This server has no login name for user {uid}.") from error
