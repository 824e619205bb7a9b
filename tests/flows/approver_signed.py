"""One request of high risk, and the browsers of those who sign in for it."""

from pathlib import Path
from typing import Final

from bot.adapters.keyring import Keyring
from bot.adapters.vault import sign_in_sealer
from bot.domain.audit import AuditEvent, Entry
from bot.domain.languages import ENGLISH
from bot.domain.people import Actor, Workspace
from bot.domain.requests.machine import Request
from bot.flows.requests.sign_in import ApproverSignIns, Returned, token_of
from bot.flows.round_trips import APPROVAL, NotSignedIn, RoundTrips
from tests.fakes.requests import FakeRequests
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.strangers import FakeStrangers
from tests.flows.harness import TEAM, TECH, staffed
from tests.flows.requested import asked, rule, under

REQUIRED: Final = '@approvals("1")\n@approvers("key_roles")\n@risk("high")'
TWO: Final = REQUIRED.replace('"1"', '"2"')


class SignInSetup:
    """One request of high risk, and the browsers of those who sign in for it."""

    def __init__(
        self,
        directory: Path,
        rules: str = REQUIRED,
        requests: type[FakeRequests] = FakeRequests,
    ) -> None:
        self.harness = staffed()
        self.harness.requests = requests(self.harness.jobs)
        under(self.harness, directory, rule("key:request", rules))
        self.slack = FakeSignIn(self.harness.clock, team=TEAM, user=TECH.user_id)
        self.sealer = sign_in_sealer(Keyring((b"k" * 32,)))
        self.strangers = FakeStrangers()
        parts = self.slack, self.sealer, self.harness.clock, Workspace(TEAM, "Lumen")
        self.of_links, trips = RoundTrips(*parts), RoundTrips(*parts, APPROVAL, APPROVAL)
        kept = self.harness.requests
        stores = kept, kept.sign_ins, self.strangers
        self.flow = ApproverSignIns(trips, *stores, self.harness.clock)
        self.codes = 0

    async def ask(self) -> Request:
        """Open the request."""
        self.request = await asked(self.harness)
        return self.request

    def token(self, approver: Actor = TECH) -> str:
        """What the approver's form names."""
        return token_of(self.sealer, approver, self.request, ENGLISH)

    async def sign_in(self, token: str, by: Actor = TECH) -> Returned | NotSignedIn:
        """Go to Slack and come back."""
        self.slack.user, self.codes = by.user_id, self.codes + 1
        begun = self.flow.begin(token)
        assert begun
        state = self.slack.asked[-1].state
        return await self.flow.end(state, f"code{self.codes}", "", begun.carried.sealed)

    @property
    def vote(self) -> str:
        """The command that the form submits with an empty name."""
        return f"approve {self.request.id}"

    def decided(self) -> list[Entry]:
        """The entries of votes."""
        return [it for it in self.harness.jobs.entries if it.event is AuditEvent.DECIDED]
