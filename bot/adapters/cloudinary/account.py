"""Keysmith's own account key for Cloudinary's account API."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final, Self

from bot.errors import ConfigurationError

_ACCOUNT_URL: Final = re.compile(r"account://([^:@/\s]+):([^@\s]+)@([A-Za-z0-9_-]+)/?")


@dataclass(frozen=True)
class AccessPair:
    """A key and its secret, as they sign in. `repr` leaves the secret out."""

    api_key: str
    api_secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The `Authorization` header."""
        pair = f"{self.api_key}:{self.api_secret}".encode()
        return f"Basic {b64encode(pair).decode()}"


@dataclass(frozen=True)
class AccountCredentials(AccessPair):
    """Account key, its secret and the account id."""

    account_id: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `account://KEY:SECRET@ACCOUNT_ID`, undecoded as in Cloudinary's own libraries.

        Raises `ConfigurationError`, which does not repeat the value.
        """
        found = _ACCOUNT_URL.fullmatch(url.strip())
        if not found:
            form = "account://KEY:SECRET@ACCOUNT_ID"
            raise ConfigurationError(f"CLOUDINARY_ACCOUNT_URL must read {form}")
        return cls(*found.groups())
