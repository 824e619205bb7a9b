"""The button in an approver's form that leads to Sign in with Slack."""

from dataclasses import replace
from typing import Final

from bot.cards.signing_in import OPENS
from bot.domain.answers import Way
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH, Language
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.errors import StoreError
from tests.fakes.answering import Answering
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
