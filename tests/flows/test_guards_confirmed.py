"""A key that is protected: its name is typed in a form, and nothing has to be typed again."""

from typing import Final

import pytest

from bot.cards.forms import form_of
from bot.cards.kit import card, plain
from bot.cards.outcomes import card_of
from bot.domain.answers import Way
from bot.domain.commands.grammar import Incomplete, read
from bot.domain.commands.keys import DisableKey
from bot.domain.environments import Environment
from bot.domain.jobs import Job, Reply
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.people import Actor
from bot.errors import SlackError
from tests.fakes.answering import Answering
from tests.flows.harness import ADMIN, DEV, TECH, Harness
from tests.flows.rotated import soaking
from tests.flows.test_groups import grouped

LONE = Environment("e-one", "Lone staging", "lone")
TEXT = "key disable lonely --reason leak"


@pytest.fixture
def answering(harness: Harness) -> Answering:
    """Answers over a fake Slack, and an environment with one key."""
    harness.account.add_environment(LONE)
    harness.account.add_key(LONE.id, "lonely")
    return Answering(harness)


async def answered(answering: Answering) -> Job:
    """Disable the only key of its environment, by a command with a trigger."""
    harness = answering.harness
    outcome = await harness.run(TECH, TEXT)
    assert isinstance(outcome, KeyProtected)
    url = "https://hooks.slack.example/r"
    job = Job("c9", TECH, TEXT, "key:disable", Reply(url, trigger="t"), harness.clock.now())
    await answering.answers.send(job, outcome)
    return job


async def test_the_last_enabled_key_is_confirmed_in_a_form(answering: Answering) -> None:
    """It says why, and asks for the name alone"""
    await answered(answering)
    (view,) = answering.slack.views
    assert "last enabled key" in str(view["blocks"])
    assert "field:confirm" in str(view["blocks"])
    assert "field:name" not in str(view["blocks"])
    offered = read(str(view["private_metadata"]))
    assert isinstance(offered, Incomplete)
    assert DisableKey("lonely", "lone", reason="leak") == offered.spec.make(dict(offered.given))
    assert (await answering.harness.key(LONE, "lonely")).enabled


async def test_without_a_form_a_button_opens_it(answering: Answering) -> None:
    """Slack took too long for the trigger: the message has the same command"""
    answering.slack.refusals[Way.MODAL] = SlackError("expired_trigger_id")
    await answered(answering)
    ((way, text),) = answering.slack.seen
    assert (Way.URL, True) == (way, "Nothing changed" in text)
    (button,) = card_of(await answering.harness.run(TECH, TEXT)).buttons
    assert "Disable anyway…" == str(button.label)
    assert DisableKey("lonely", "lone", reason="leak") == read(button.command)


NO_MATCH: Final = "What you typed doesn't match."
STOPPED: Final = {
    TEXT: TECH,
    "key delete lonely": TECH,
    "key rotate lonely --compromised": TECH,
    "env disable lone": ADMIN,
    "user disable @U0TECH": ADMIN,
    "user remove @U0TECH": ADMIN,
    "group remove Content": ADMIN,
    "rotation {rotation} abort": TECH,
}


@pytest.mark.parametrize(("text", "by"), STOPPED.items(), ids=STOPPED)
async def test_a_name_that_does_not_match_is_said_first(text: str, by: Actor) -> None:
    """In the message, and in the form that asks again; the first time it is no mistake yet"""
    harness = grouped()
    harness.account.add_environment(LONE)
    harness.account.add_key(LONE.id, "lonely")
    if "{rotation}" in text:
        text = text.format(rotation=(await soaking(harness)).id)
    for typed in ("", " --confirm another"):
        outcome = await harness.run(by, f"{text}{typed}")
        form, drawn = form_of(outcome), card_of(outcome)
        assert form
        for said in (plain(drawn), plain(card(*form.above))):
            assert said.startswith(NO_MATCH) is bool(typed)
    assert (await harness.key(LONE, "lonely")).enabled


async def test_what_no_name_confirms_is_no_mistyped_name(harness: Harness) -> None:
    """The root key stays, whatever was typed"""
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    outcome = await harness.run(TECH, f"key disable key:{root.api_key} --confirm another")
    assert isinstance(outcome, KeyProtected)
    assert NO_MATCH not in plain(card_of(outcome))
