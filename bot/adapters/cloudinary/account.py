"""Who Keysmith is to Cloudinary: the account's own API key."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final, Self

from bot.errors import ConfigurationError

_ACCOUNT_URL: Final = re.compile(r"account://([^:@/\s]+):([^@\s]+)@([A-Za-z0-9_-]+)/?")


@dataclass(frozen=True)
class AccountCredentials:
    """Account API key, secret and account id. The secret never prints."""

    api_key: str
    api_secret: str = field(repr=False)
    account_id: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `account://KEY:SECRET@ACCOUNT_ID`; as in Cloudinary's own libraries, undecoded.

        Raises:
            ConfigurationError: it is not of this form; the value is not repeated.

        """
        found = _ACCOUNT_URL.fullmatch(url.strip())
        if not found:
            raise ConfigurationError(
                "CLOUDINARY_ACCOUNT_URL must read account://KEY:SECRET@ACCOUNT_ID"
            )
        return cls(*found.groups())

    @property
    def basic(self) -> str:
        """The `Authorization` header."""
        pair = f"{self.api_key}:{self.api_secret}".encode()
        return f"Basic {b64encode(pair).decode()}"
