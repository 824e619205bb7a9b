"""What people decided about former requests, for the evidence of a new one."""

from bot.domain.requests.machine import Request, State
from bot.domain.requests.votes import reached


def approved_by_people(request: Request) -> bool:
    """Whether people approved a request, whatever became of it; a waiver is no approval."""
    undecided = request.state in {State.DRAFT, State.PENDING}
    return request.waived is None and not undecided and reached(request.approving, request.approval)


def decided_by_people(request: Request) -> bool:
    """Whether people approved or denied a request."""
    return request.state is State.DENIED or approved_by_people(request)
