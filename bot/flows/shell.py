"""Deciding from a shell of the server: the same clerk as Slack's, and every entry says so."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.audit import Deed, Entry
from bot.domain.commands import Approve, Deny, ListRequests
from bot.domain.decided import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.errands import Errand, Reply
from bot.domain.forms import action_of
from bot.domain.grammar import write
from bot.domain.operators import Operator
from bot.domain.outcomes import Outcome
from bot.domain.people import Actor
from bot.flows.audit import Scribe, deed_of
from bot.flows.dispatch import Dispatcher
from bot.flows.ports import Errands
from bot.flows.request_ports import Requests

LISTED = 100
"""Requests in a list; a terminal scrolls."""


@dataclass(frozen=True)
class ShellScribe(Scribe):
    """Writes entries of what an operator does."""

    login: str

    def entry(
        self, errand: Errand, deed: Deed, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        """Tell of one deed, and that it was done by the shell."""
        said = f"{detail} (by the shell, operator {self.login})".lstrip()
        return super().entry(errand, deed, target, said)


@dataclass(frozen=True)
class ShellDesk:
    """Takes an operator's commands in and carries them out at once."""

    dispatcher: Dispatcher
    errands: Errands
    requests: Requests
    scribe: Scribe
    operator: Operator
    new_id: Callable[[], str]

    async def ask(self, command: ListRequests | Approve | Deny, like: Actor) -> Outcome:
        """Carry one command out, on the record from the start.

        `like` is somebody of the same workspace, whose ids Slack's deliveries would have too.
        """
        actor = Actor(like.team_id, self.operator.user_id, like.enterprise_id)
        errand = Errand(
            id=self.new_id(),
            actor=actor,
            text=write(command),
            action=action_of(command),
            reply=Reply(),
            accepted_at=self.scribe.clock.now(),
        )
        asked = self.scribe.entry(errand, Deed.ASKED)
        await self.errands.note(errand.id, asked)
        outcome = await self._answer(errand, command)
        deed, detail = deed_of(outcome)
        answered = self.scribe.entry(errand, deed, {}, detail)
        await self.errands.note(f"{errand.id}:answer", answered)
        return outcome

    async def _answer(self, errand: Errand, command: ListRequests | Approve | Deny) -> Outcome:
        """Whoever reads Redis may look; only deciding asks who it is."""
        if not isinstance(command, ListRequests):
            return await self.dispatcher.run(errand)
        if command.which:
            request = await self.requests.load(command.which)
            return RequestShown(request) if request else NoSuchRequest(command.which)
        found = await self.requests.pending(LISTED + 1)
        return RequestsListed("all", tuple(found[:LISTED]), more=len(found) > LISTED)
