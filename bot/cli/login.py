"""Who runs a subcommand on the server."""

import pwd
from typing import Final

from bot.errors import ConfigurationError

ROOT: Final = 0
"""The user id of root, which `sudo` gives; then `SUDO_USER` has the login."""


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
