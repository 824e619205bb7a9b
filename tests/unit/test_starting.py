"""How a process waits for the services that it needs."""

from itertools import count
from typing import Final

import pytest
import structlog.testing

from bot.cli.starting import Reaching, refusal
from bot.domain.checks.slack_rules import Slack
from bot.errors import SlackAway, SlackError

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


@pytest.mark.parametrize(
    ("token", "rule"),
    [("SLACK_BOT_TOKEN", Slack.TOKEN_REFUSED), ("SLACK_APP_TOKEN", Slack.APP_TOKEN_REFUSED)],
)
def test_a_refused_token_has_the_fix_that_check_names(token: str, rule: Slack) -> None:
    """Installing the app again makes a new bot token, and no app-level token"""
    told = str(refusal(SlackError("token_revoked"), token))
    assert told == f"Slack refuses {token} (token_revoked): it is revoked. {rule.remedy}"
    assert ("install the app" in told) == (token == "SLACK_BOT_TOKEN")
