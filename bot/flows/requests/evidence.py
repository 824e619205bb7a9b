"""Gathers what a card shows approvers beside the terms, once, when the request is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.keys import Key
from bot.domain.requests.machine import Request
from bot.domain.requests.terms import Evidence
from bot.flows.ports import Account, Jobs
from bot.flows.request_ports import Requests
from bot.flows.requests.candidates import Able

LOOKED_BACK: Final = timedelta(days=90)
"""How far back the requester's requests are counted."""
COUNTED: Final = 50
"""Past requests that are read; a larger count would tell approvers nothing more."""
NAMED: Final = 10
"""Approvers whose names a card shows."""


@dataclass(frozen=True)
class Gatherer:
    """Gathers evidence."""

    account: Account
    requests: Requests
    jobs: Jobs

    async def gather(self, request: Request, key: Key | None, able: Sequence[Able]) -> Evidence:
        """Read the key, its siblings and the requester's past."""
        keys = await self.account.keys(request.terms.environment_id)
        past = await self.requests.opened_by(request.terms.requester, COUNTED)
        past = [each for each in past if request.asked_at - each.asked_at <= LOOKED_BACK]
        last = await self.jobs.last_change(key.api_key) if key else None
        return Evidence(
            approvers=tuple(each.name for each in able[:NAMED]),
            siblings=sum(each.enabled for each in keys),
            created_at=key.created_at if key else None,
            enabled=key.enabled if key else None,
            last=f"{last.change} by {last.by} on {last.at:%-d %B %Y}" if last else "",
            before=len(past),
            granted=sum(bool(each.approving) for each in past),
        )
