"""Finds who is asked about a leaked key: its owner, and people who may disable it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bot.domain.incidents import Incident
from bot.domain.keys import Located
from bot.domain.people import Actor
from bot.domain.policy import Action, Approval
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Asker, Terms
from bot.errors import CloudinaryError, SlackError
from bot.flows.ports import Clock, PendingStore
from bot.flows.requests.approvers import Approvers

_log = structlog.get_logger("keysmith.leaks")

FIRST: Final = 3
"""People with a key role who are asked at once, beside the owner."""


@dataclass(frozen=True)
class LeakPeople:
    """Reads people as for a request to disable the key, so that bindings and rights count."""

    approvers: Approvers
    pending: PendingStore
    clock: Clock
    team_id: str

    async def owner(self, api_key: str) -> str:
        """Slack id of the person for whom the key was created; empty if there is none."""
        own = await self.pending.owner_of(api_key)
        return own.owner.user_id if own else ""

    async def asked(self, incident: Incident, here: Located, *, more: bool) -> tuple[str, ...]:
        """Slack ids of those to ask, owner and co-owners first; `more` for all who can be reached.

        Where Slack or Cloudinary can't say, those who are known are asked: a later look asks more.
        """
        try:
            found = await self.approvers.reach(self._request(here))
        except (SlackError, CloudinaryError) as error:
            _log.warning("leak_people_unknown", reason=type(error).__name__)
            found = []
        owner = [incident.owner] if incident.owner else []
        own = await self.pending.owner_of(incident.api_key)
        owner += [each.user_id for each in own.also] if own else []
        return tuple(dict.fromkeys([*owner, *(found if more else found[:FIRST])]))

    def _request(self, here: Located) -> Request:
        nobody, now, place = Actor(self.team_id, "-"), self.clock.now(), here.environment
        terms = Terms(
            action=Action.KEY_DISABLE,
            command="",
            environment_id=place.id,
            environment_name=place.name,
            cloud_name=place.cloud_name,
            tier=place.tier,
            key=here.key.api_key,
            name=here.key.label,
            requester=nobody,
            owner=nobody,
        )
        approval = Approval(1, ("key_roles",))
        asker = Asker("Keysmith", "", "")
        return Request("", terms, asker, approval, "", "", now, now + timedelta(hours=1), now)
