"""What the owner of a link is told when it is opened, or when wrong passphrases ended it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True)
class Receipt:
    """One opening: whether its owner signed in with Slack for it, and typed a passphrase."""

    api_key: str
    name: str
    environment: str
    at: datetime
    browser: str
    system: str
    signed_in: bool
    passphrase: bool = False

    def write(self) -> str:
        """Write it as the text of a notification."""
        of_key = self.api_key, self.name, self.environment, self.at.isoformat()
        # A process of a former version reads what it knows.
        more = [True] if self.passphrase else []
        return json.dumps([*of_key, self.browser, self.system, self.signed_in, *more])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        api_key, name, environment, at, browser, system, signed_in, *more = json.loads(text)
        of_key = str(api_key), str(name), str(environment), datetime.fromisoformat(at)
        return cls(*of_key, str(browser), str(system), signed_in is True, more == [True])


@dataclass(frozen=True)
class ShutReport:
    """The key behind a link that wrong passphrases ended."""

    name: str
    environment: str

    def write(self) -> str:
        """Write it as the text of a notification."""
        return json.dumps([self.name, self.environment])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        name, environment = json.loads(text)
        return cls(str(name), str(environment))
