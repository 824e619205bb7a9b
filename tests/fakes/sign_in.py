"""Slack's side of a sign-in in memory: the port `Provider`."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.sign_in import Attempt, IdToken
from bot.errors import SlackError
from tests.fakes.clock import FakeClock


@dataclass
class FakeSignIn:
    """Slack's side: who signs in, and what goes wrong."""

    clock: FakeClock
    user: str = "U1"
    team: str = "T1"
    enterprise: str = ""
    nonce: str | None = None
    late: timedelta = timedelta()
    failure: Exception | None = None
    asked: list[Attempt] = field(default_factory=list)
    exchanged: list[str] = field(default_factory=list)

    def address(self, attempt: Attempt) -> str:
        """Note the sign-in."""
        self.asked.append(attempt)
        return f"https://slack.example/authorize?state={attempt.state}"

    async def claims(self, code: str, verifier: str) -> IdToken:
        """Give the claims once for each code, for the verifier of the last sign-in."""
        if self.failure:
            raise self.failure
        if code in self.exchanged or verifier != self.asked[-1].verifier:
            raise SlackError("invalid_grant")
        self.exchanged.append(code)
        at = self.clock.now() - self.late
        nonce = self.asked[-1].nonce if self.nonce is None else self.nonce
        ends = at + timedelta(minutes=5)
        return IdToken(nonce, at, ends, self.team, self.user, self.enterprise)
