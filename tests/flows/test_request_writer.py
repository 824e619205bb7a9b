from dataclasses import replace

from bot.domain.requests.machine import Cause, Event, move
from bot.flows.audit import AuditLog
from bot.flows.request_writer import RequestWriter
from tests.flows.harness import Harness
from tests.flows.requested import asked, kept


def writer(harness: Harness) -> RequestWriter:
    """Build the writer of a harness."""
    return RequestWriter(harness.requests, AuditLog(harness.clock))


async def test_an_event_that_the_state_does_not_have_writes_nothing(harness: Harness) -> None:
    """No change, no audit entry."""
    request = await asked(harness)
    entries = len(harness.jobs.entries)
    after = move(request, Event.FINISH, Cause.ENGINE, harness.clock.now()).request
    assert await writer(harness).write(request, after, "finish") is None
    assert entries == len(harness.jobs.entries)


async def test_of_two_writes_of_one_version_the_first_is_stored(harness: Harness) -> None:
    """The second gets None, and the stored request is the first one's."""
    request = await asked(harness)
    first, second = (
        replace(request, outcome=outcome, version=request.version + 1) for outcome in ("1", "2")
    )
    assert first == await writer(harness).write(request, first, "first")
    assert await writer(harness).write(request, second, "second") is None
    assert first == await kept(harness, request)
