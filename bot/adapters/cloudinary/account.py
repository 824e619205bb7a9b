"""Keysmith's own account key for Cloudinary's account API."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Self

from bot.domain.secret import Secret
from bot.errors import ConfigurationError

_ACCOUNT_URL: Final = re.compile(r"account://([^:@/\s]+):([^@\s]+)@([A-Za-z0-9_-]+)/?")


@dataclass(frozen=True)
class AccessPair:
    """A key and its secret, as they sign in."""

    api_key: str
    api_secret: Secret

    @property
    def basic(self) -> str:
        """The `Authorization` header."""
        pair = f"{self.api_key}:{self.api_secret.show()}".encode()
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
        api_key, secret, account_id = found.groups()
        return cls(api_key, Secret(secret), account_id)
