"""A text that is not understood, or that may be a secret: what the person is offered."""

from dataclasses import replace

import pytest

from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete, Misunderstood
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.keys import KeyChanged, KeyShown, NoSuchKey
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.flows.intake import Accepted
from tests.flows.harness import DEV, NARROW, NEWCOMER, TECH, Harness

SECRET = "AbCdEfGhIjKlMnOpQrStUvWxY12"


async def typed(harness: Harness, by: Actor, text: str) -> Outcome:
    """Accept a typed text and run its job, if it has one."""
    asked = harness.asked(by, text, "typed")
    receipt = await harness.flows.intake.accept(asked)
    return await ran(harness, receipt)


async def ran(harness: Harness, receipt: object) -> Outcome:
    """Run the job of an accepted command."""
    if receipt != Accepted():
        return receipt  # type: ignore[return-value]  # nothing comes twice here
    job = await harness.jobs.load(harness.jobs.queue[-1])
    assert job
    return await harness.flows.dispatcher.run(job)


async def pressed(harness: Harness, by: Actor, outcome: Outcome, label: str) -> Outcome:
    """Press the button with this label on the card of an answer."""
    (button,) = [each for each in card_of(outcome).buttons if str(each.label) == label]
    asked = replace(
        harness.asked(by, button.command, f"press {label}"), canonical=True, checked=True
    )
    return await ran(harness, await harness.flows.intake.accept(asked))


async def test_a_suggestion_is_a_button_that_runs_it(harness: Harness) -> None:
    """With its arguments; it is decided like any command"""
    answer = await typed(harness, TECH, "disable ci-bot --env shop-dev")
    assert isinstance(answer, Misunderstood)
    assert not harness.jobs.queue
    label = "Run /cld key disable ci-bot --env shop-dev"
    assert isinstance(await pressed(harness, TECH, answer, label), KeyChanged)
    assert not (await harness.key(DEV, "ci-bot")).enabled


async def test_a_suggestion_is_refused_to_who_may_not_run_it(harness: Harness) -> None:
    """A button is no right"""
    answer = await typed(harness, NEWCOMER, "disable ci-bot")
    outcome = await pressed(harness, NEWCOMER, answer, "Run /cld key disable ci-bot")
    assert not isinstance(outcome, KeyChanged)
    assert (await harness.key(DEV, "ci-bot")).enabled


async def test_a_name_with_markup_is_offered_as_it_is(harness: Harness) -> None:
    """Slack's escaping is undone once"""
    harness.account.add_key(DEV.id, "a &lt; <b>")
    answer = await typed(harness, TECH, 'keys show "a &amp;lt; &lt;b&gt;"')
    label = 'Run /cld key show "a &lt; <b>"'
    assert isinstance(await pressed(harness, TECH, answer, label), KeyShown)


async def test_what_is_no_secret_runs_after_a_press(harness: Harness) -> None:
    """Nothing of it is stored before, and the card shows nothing of it"""
    harness.account.add_key(DEV.id, SECRET)
    answer = await typed(harness, TECH, f"key show {SECRET} --env shop-dev")
    assert isinstance(answer, Misunderstood)
    assert SECRET not in repr(vars(harness.jobs))
    assert SECRET not in repr(card_of(answer).lines)
    (button,) = card_of(answer).buttons
    assert button.suspect
    assert isinstance(await pressed(harness, TECH, answer, "It's not a secret"), KeyShown)


async def test_a_secret_in_a_form_is_refused_too(harness: Harness) -> None:
    """Its text is Keysmith's, its words are typed"""
    asked = replace(harness.asked(TECH, f"key show {SECRET}"), canonical=True)
    answer = await harness.flows.intake.accept(asked)
    assert isinstance(answer, Misunderstood)
    assert SECRET not in repr(vars(harness.jobs))


async def test_a_button_of_a_key_with_such_a_name_works(harness: Harness) -> None:
    """A name that a key has is not refused where Keysmith wrote it"""
    asked = replace(harness.asked(TECH, f"key show {SECRET}"), canonical=True, checked=True)
    outcome = await ran(harness, await harness.flows.intake.accept(asked))
    assert isinstance(outcome, NoSuchKey)


@pytest.mark.parametrize("text", ["key show {}x --evn y", 'key show "{}'])
async def test_what_is_no_command_either_is_not_offered(text: str, harness: Harness) -> None:
    """A text that may be a secret, and is misunderstood besides, is kept nowhere"""
    answer = await typed(harness, TECH, text.format("cloudinary://1:2@"))
    assert isinstance(answer, Misunderstood)
    assert not card_of(answer).buttons


async def test_too_many_words_open_a_form_with_what_was_understood(harness: Harness) -> None:
    """The job keeps that: a worker runs nothing"""
    outcome = await typed(harness, NEWCOMER, "request shop-dev need it for CI")
    assert isinstance(outcome, Incomplete)
    assert {"env": "shop-dev", "reason": "need it for CI"} == dict(outcome.given)
    assert ["asked", "answered"] == [entry.event for entry in harness.jobs.entries]
    again = await pressed(harness, NEWCOMER, outcome, "Check and continue…")
    assert outcome == again


INSTEAD = {
    "key list --env dev": ["/cld key list --env shop-dev"],
    "key list --env prod": ["/cld key list --env shop"],
    "key list --env production": ["/cld key list --env shop"],
    "key list --env shop-d": ["/cld key list --env shop-dev"],
    "env show dev": ["/cld env show shop-dev"],
    "key disable ci-bot --env dev": ["/cld key disable ci-bot --env shop-dev"],
    "key disable ci-bto --env shop-dev": ["/cld key disable ci-bot --env shop-dev"],
    "request dev --reason need it": ['/cld request shop-dev --reason "need it"'],
    "key list --env zzzz": [],
}


@pytest.mark.parametrize(("text", "labels"), INSTEAD.items())
async def test_a_name_that_leads_nowhere_offers_what_is_meant(
    text: str, labels: list[str], harness: Harness
) -> None:
    """A tier's word, a beginning, a misspelling: as a button, with all that was typed"""
    outcome = await typed(harness, TECH, text)
    assert isinstance(outcome, NoSuchEnvironment | NoSuchKey)
    assert labels == [str(each.label) for each in card_of(outcome).buttons][: len(labels)]
    assert bool(labels) == bool(card_of(outcome).buttons)
    assert (await harness.key(DEV, "ci-bot")).enabled


async def test_a_suggested_environment_is_one_that_the_person_may_see(harness: Harness) -> None:
    """Another one stays unknown"""
    outcome = await typed(harness, NARROW, "key list --env prod")
    assert isinstance(outcome, NoSuchEnvironment)
    assert "/cld key list --env shop" not in [str(each.label) for each in card_of(outcome).buttons]
