"""An incident has one message in the security channel."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.audit import AuditEvent, Entry
from bot.domain.incidents import Incident, IncidentState, News, Report, Source
from bot.domain.policy import Action
from bot.domain.requests.notifications import leak_to_security
from tests.flows.harness import Harness
from tests.traps.recorded_messages import SECURITY, FakeMessenger, outbox

KEY = "111122223333444"


async def test_a_message_whose_place_is_lost_is_found_after_another_report(
    harness: Harness,
) -> None:
    """A crash before the place is stored posts no second message, whatever is reported then"""
    messenger, at = FakeMessenger(), harness.clock.now()
    send = outbox(harness, messenger)
    report = Report(Source.COMMAND, at)
    first = Incident(KEY, at, at, marks=("mark",), reports=(report,))
    later = at + timedelta(minutes=3)
    again = replace(first, reported_at=later, reports=(report, replace(report, at=later)))
    for version, incident in enumerate((first, again), 1):
        entry = Entry(at, AuditEvent.ANSWERED, Action.REPORT_LEAK, None, "", {}, "")
        now = replace(incident, state=IncidentState.ASKED, version=version)
        assert await harness.incidents.write(await harness.incidents.load(KEY), now, entry)
        await send(f"item-{version}", leak_to_security(KEY, News.ASKED), again=version > 1)
        await harness.incidents.place(KEY, "")
    assert 1 == len(messenger.texts(SECURITY))
