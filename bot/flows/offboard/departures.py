"""Proposes to offboard a person who left Slack, once, if Keysmith knows of anything of theirs.

It changes nothing: an admin who presses the button is shown the list, as by the command.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.audit import AuditEvent, Entry
from bot.domain.people import Actor, Profile
from bot.domain.policy import Action
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.flows.keys.own import OwnKeys
from bot.flows.offboard.gather import LOOKED_AT, OPEN
from bot.flows.ports import Bindings, Clock
from bot.flows.request_ports import Requests


class Proposals(Protocol):
    """What was proposed. May raise `StoreError`."""

    async def propose(self, user_id: str, entry: Entry, proposal: Notification) -> bool:
        """Queue a proposal with its audit entry; False if there was one for the user lately."""


@dataclass(frozen=True)
class Departures:
    """Hears that a user changed; `team_id` is the workspace that Keysmith serves."""

    bindings: Bindings
    own: OwnKeys
    requests: Requests
    proposals: Proposals
    clock: Clock
    team_id: str

    async def changed(self, profile: Profile) -> None:
        """Propose it where the user is deactivated. May raise `StoreError`."""
        if not profile.deleted or self.team_id not in profile.at_home_in:
            return
        actor = Actor(self.team_id, profile.user_id)
        if not await self._is_known(actor):
            return
        proposal = Notification("", Audience.SECURITY, Topic.LEFT, to=profile.user_id)
        now, target = self.clock.now(), {"slack": profile.user_id}
        entry = Entry(now, AuditEvent.ANSWERED, Action.USER_OFFBOARD, None, "", target, "proposed")
        await self.proposals.propose(profile.user_id, entry, proposal)

    async def _is_known(self, actor: Actor) -> bool:
        """Whether they are bound, own keys, or have open requests."""
        bound = await self.bindings.bound(actor, "")
        if bound.own or bound.unreadable or await self.own.ids(actor):
            return True
        opened = await self.requests.opened_by(actor, LOOKED_AT)
        return any(request.state in OPEN for request in opened)
