"""The button in an approver's form that leads to Sign in with Slack."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.cards.forms import form_of
from bot.cards.kit import card, plain
from bot.cards.outcomes import card_of
from bot.cards.request_details import details
from bot.cards.requests import posted
from bot.cards.signing_in import OPENS
from bot.domain.answers import Way
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH, Language
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.errors import StoreError
from tests.fakes.answering import Answering
from tests.flows.approver_signed import SignInSetup
from tests.flows.harness import TECH, staffed
from tests.flows.test_answers_places import MODAL, TRIGGER, Offering, press, taken
from tests.unit.requests_made import PENDING as REQUEST

PRESS: Final = Reply("https://hooks.slack.example/r", trigger="t", channel="C1")
RISKY: Final = MoreNeeded(REQUEST, ("confirm",))


def address(actor: Actor, request: Request, language: Language) -> str:
    """Name all that the address depends on."""
    assert (request, language) == (REQUEST, ENGLISH)
    return f"https://k.example/a/{actor.user_id}"


def away(actor: Actor, request: Request, language: Language) -> str:
    """Fail as a process does that lacks the signing key."""
    raise StoreError(f"no key for {actor}, {request.id}, {language.code}")


async def test_the_form_has_the_address_of_the_person_who_opens_it() -> None:
    """Where people sign in; else the name has to be typed, as ever"""
    for given, found in ((address, True), (None, False)):
        answering = Answering(staffed())
        answering.answers = replace(answering.answers, sign_in_at=given)
        await answering.answers.later(TECH, PRESS, RISKY)
        await answering.run()
        (view,) = answering.slack.views
        assert (f"https://k.example/a/{TECH.user_id}" in str(view)) is found


async def test_a_form_that_needs_no_name_has_no_such_button() -> None:
    """A comment is not what a sign-in replaces"""
    answering = Answering(staffed())
    answering.answers = replace(answering.answers, sign_in_at=address)
    await answering.answers.later(TECH, PRESS, replace(RISKY, missing=("comment",)))
    await answering.run()
    assert "k.example" not in str(answering.slack.views)


async def test_without_an_address_the_person_gets_words() -> None:
    """No form opens whose button leads nowhere; the message says what to type"""
    answering = Answering(staffed())
    answering.answers = replace(answering.answers, sign_in_at=away)
    await answering.answers.later(TECH, PRESS, RISKY)
    await answering.run()
    ((way, text),) = answering.slack.seen
    assert way is Way.URL
    assert "--confirm" in text


async def test_a_press_of_the_button_is_acked_and_answers_nothing() -> None:
    """Slack opens the address itself; an answer would say that the button is too old"""
    answering = Answering(staffed(), Offering())
    pressed = press(f"{OPENS}sign-in", view=MODAL, **TRIGGER)
    assert await taken(answering, pressed) == ([], "")
    assert answering.queue.queued == []
    other = press("offer:o1", view=MODAL, **TRIGGER)
    assert len((await taken(answering, other))[0]) == 1


@pytest.mark.parametrize("signs_in", [False, True])
async def test_every_card_says_what_is_asked(tmp_path: Path, signs_in: bool) -> None:  # noqa: FBT001
    """On the card of the channel, in its details, and where no form opens, as from a web process"""
    setup = SignInSetup(tmp_path)
    setup.harness.signs_in = signs_in
    setup.harness.rebuild()
    request = await setup.ask()
    first = await setup.harness.run(TECH, setup.vote)
    for drawn in (posted(request), details(request), card_of(first)):
        assert "deploy" in plain(drawn)
        assert ("with Slack" in plain(drawn)) is signs_in
    assert "doesn't match" not in plain(card_of(first))
    wrong = await setup.harness.run(TECH, f"{setup.vote} --confirm other")
    form = form_of(wrong)
    assert form
    for said in (plain(card_of(wrong)), plain(card(*form.above))):
        assert said.startswith("What you typed doesn't match.")


def test_an_approval_that_needs_a_comment_alone_asks_for_no_name() -> None:
    """Its command has no place for one"""
    drawn = plain(card_of(replace(RISKY, missing=("comment",))))
    assert "--comment" in drawn
    assert "with the name" not in drawn
