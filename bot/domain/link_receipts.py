"""What the owner of a link is told when it is opened or ended, and their messages say then."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bot.domain.pending import PendingCredentials
from bot.domain.requests.notifications import Told, Topic, to_person


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


@dataclass(frozen=True)
class Settled:
    """What became of credentials that waited: their link was `opened`, or their key disabled."""

    pending_id: str
    name: str
    environment: str
    at: datetime
    opened: bool

    def write(self) -> str:
        """Write it as the text of a notification."""
        of_key = self.pending_id, self.name, self.environment
        return json.dumps([*of_key, self.at.isoformat(), self.opened])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        pending_id, name, environment, at, opened = json.loads(text)
        of_key = str(pending_id), str(name), str(environment)
        return cls(*of_key, datetime.fromisoformat(at), opened is True)


def settled(pending: PendingCredentials, at: datetime, *, opened: bool) -> Told:
    """Have the owner's messages with Collect say what became of the credentials.

    Those of a request say it once their request has moved (`bot.flows.request_writer`).
    """
    if pending.approved:
        return ()
    text = Settled(pending.id, pending.name, pending.environment_name, at, opened).write()
    return (to_person("", Topic.SETTLED, pending.owner.user_id, text=text),)
