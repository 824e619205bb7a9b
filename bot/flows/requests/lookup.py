"""Finds the request that an id or its beginning means, among those that the person may see."""

from dataclasses import dataclass, replace

from bot.domain.commands.requests import Approve, Deny, ListRequests
from bot.domain.outcomes.requests import NoSuchRequest, WhichRequest
from bot.domain.people import Person
from bot.domain.request_ids import LEAST, plain_id
from bot.domain.requests.machine import Request
from bot.flows.request_ports import Requests
from bot.flows.requests.eligibility import Eligibility

OperatorCommand = ListRequests | Approve | Deny


@dataclass(frozen=True)
class RequestLookup:
    """Finds requests by what a person typed."""

    requests: Requests
    eligibility: Eligibility

    async def found(self, person: Person, typed: str) -> Request | WhichRequest | NoSuchRequest:
        """Find a whole id as it is, or the one visible request whose id begins like this."""
        request = await self.requests.load(typed)
        if request:
            return request
        alike = await beginning(self.requests, person, typed)
        return one_of(typed, await self.eligibility.concerning(person, alike))

    async def seen(self, person: Person, typed: str) -> Request | WhichRequest | NoSuchRequest:
        """Find a request that the person may see: its reason is not for all."""
        found = await self.found(person, typed)
        if not isinstance(found, Request) or await self.eligibility.concerning(person, [found]):
            return found
        return NoSuchRequest(typed)


async def beginning(requests: Requests, person: Person | None, typed: str) -> list[Request]:
    """List the newest requests whose ids begin like this, without a look at who may see them."""
    if len(typed) < LEAST:
        return []
    return await requests.beginning(typed, person.actor if person else None)


def one_of(typed: str, alike: list[Request]) -> Request | WhichRequest | NoSuchRequest:
    """Tell the one request from several, and from none."""
    if len(alike) == 1:
        return alike[0]
    return WhichRequest(typed, tuple(alike)) if alike else NoSuchRequest(typed)


async def named(
    requests: Requests, command: OperatorCommand
) -> tuple[OperatorCommand, Request | None] | WhichRequest:
    """Write the whole id into a command, and find its request; an operator may see every one."""
    typed = command.which if isinstance(command, ListRequests) else command.id
    if typed is None:
        return command, None
    typed = plain_id(typed) or typed
    request = await requests.load(typed)
    alike = [request] if request else await beginning(requests, None, typed)
    if len(alike) > 1:
        return WhichRequest(typed, tuple(alike))
    found = alike[0] if alike else None
    id_ = found.id if found else typed
    if isinstance(command, ListRequests):
        return ListRequests(id_), found
    return replace(command, id=id_), found
