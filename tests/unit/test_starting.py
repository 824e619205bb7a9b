"""How a process waits for the services that it needs."""

from itertools import count
from typing import Final

import structlog.testing

from bot.cli.starting import Reaching
from bot.errors import SlackAway

FAILURES: Final = 8


async def test_tries_are_ever_further_apart_and_each_reason_is_logged_once() -> None:
    """A service that is away for an hour is not asked each second; the log is not full of it"""
    pauses, numbers, awaited = list[float](), count(), dict[str, str]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def call() -> str:
        number = next(numbers)
        if number < FAILURES:
            raise SlackAway("away", "no route" if number < 2 else "no answer")
        return "here"

    with structlog.testing.capture_logs() as log:
        assert await Reaching(awaited, sleep=sleep).until_answered("Slack", call) == "here"
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    told = [(line["event"], line.get("reason")) for line in log]
    assert told == [("waiting", "no route"), ("waiting", "no answer"), ("reached", None)]
    assert awaited == {}
