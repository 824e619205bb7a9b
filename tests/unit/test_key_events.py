"""What the change of a request does to the record of its key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from bot.domain.brownouts import Brownout, Ending
from bot.domain.requests.key_events import event_for_key
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from tests.unit.requests_made import PENDING

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER: Final = AT + timedelta(days=1)
GRANTED: Final = replace(PENDING, made="814", ends_at=AT)
ABOUT: Final = replace(PENDING, terms=replace(PENDING.terms, key="814"))
SOAKS: Final = replace(ABOUT, delete_at=AT)
DARK: Final = replace(ABOUT, brownout=Brownout(enable_at=AT))


def over(ending: Ending) -> Request:
    """A brown-out that has ended."""
    return replace(DARK, brownout=Brownout().ended(ending, AT))


CASES: Final[list[tuple[Request, Request, tuple[str, bool | None] | None]]] = [
    (GRANTED, replace(GRANTED, ended=True), ("ended", False)),
    (GRANTED, replace(GRANTED, ends_at=LATER), ("renewed", None)),
    (replace(GRANTED, enabling=True), GRANTED, ("enabled", True)),
    (GRANTED, replace(GRANTED, noticed=1), None),
    (PENDING, replace(PENDING, ends_at=LATER), None),
    (SOAKS, replace(SOAKS, delete_at=None, outcome=Topic.DELETED), ("deleted", False)),
    (SOAKS, replace(SOAKS, delete_at=None, outcome=Topic.RESTORED), None),
    (DARK, over(Ending.ENABLED), ("enabled", True)),
    (DARK, over(Ending.STOPPED), None),
    (over(Ending.ENABLED), replace(over(Ending.ENABLED), version=9), None),
]


@pytest.mark.parametrize(("before", "after", "expected"), CASES)
def test_what_a_request_does_to_its_key_is_in_the_record(
    before: Request, after: Request, expected: tuple[str, bool | None] | None
) -> None:
    """And nothing else is"""
    event = event_for_key(before, after, AT, None)
    assert expected == (event and (event.line.what, event.enabled))
    assert event is None or ("814", AT) == (event.api_key, event.line.at)
