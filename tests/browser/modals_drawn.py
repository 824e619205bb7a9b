"""Every modal of Keysmith as the bot draws it, and the cards and tabs around them."""

from dataclasses import replace
from typing import Final

from bot.cards.forms import Form, form_of, form_view, result_view, working_view
from bot.cards.home import home, home_view
from bot.cards.kit import Block, offering, render
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.commands.completing import completing
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import BY_WORDS, COMMANDS
from bot.domain.home import Home
from bot.domain.keys import ProtectionReason
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import RequestNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.policy import Action, Allowed, Approval, Explanation, NeedsApproval
from bot.domain.requests.machine import State
from tests.unit.outcomes_made import located, pending, person, place, request_of

NAME: Final = "marketing-website-production-2"
TYPED: Final = {
    "an emergency": f"request production {NAME} --emergency",
    "an emergency of a key": "key enable --emergency",
    "an unclear request": f"request staging {NAME} the nightly builds of the shop need it",
    "a person by name": "request staging --reason 'nightly builds' --for Mia",
}
"""By what their forms are."""
EXPLAINED: Final = (
    Explanation(Action.KEY_REQUEST, place("Staging"), Allowed("rule-1"), ()),
    Explanation(
        Action.KEY_REQUEST,
        place("Marketing website, production"),
        NeedsApproval("rule-2", Approval(2, ("key_roles", "admins"))),
        (),
    ),
)


def _typed(text: str) -> Block:
    incomplete = completing(text)
    assert incomplete, text
    form = form_of(incomplete)
    assert form
    return form_view(form, "offer0", ENGLISH, explained=EXPLAINED)


def _asked(outcome: Outcome) -> Block:
    form = form_of(outcome)
    assert form
    return form_view(form, "offer0", ENGLISH)


def modals() -> dict[str, Block]:
    """Draw every form, the two that ask for more, and what is shown in place of a form."""
    request = request_of(NAME, State.PENDING)
    forms = [spec for spec in COMMANDS if spec.required]
    retry = f"key disable {NAME} --env shop-dev --confirm {NAME}"
    drawn = {spec.name: form_view(Form(Incomplete(spec, ())), "offer0", ENGLISH) for spec in forms}
    about = {
        f"{spec.name} one": _asked(RequestNeeded(Incomplete(spec, ()), (request,)))
        for spec in forms
        if spec.name in {"approve", "ask", "cancel"}  # with one optional field, one needed, none
    }
    return (
        drawn
        | about
        | {name: _typed(text) for name, text in TYPED.items()}
        | {
            "a guard": _asked(KeyProtected(located(NAME), ProtectionReason.LAST_ENABLED, retry)),
            "a vote of high risk": _asked(MoreNeeded(request, ("comment", "confirm"))),
            "working": working_view(ENGLISH),
            "an answer": result_view(
                render(card_of(Incomplete(BY_WORDS[("request",)], ())), ["offer0"]), ENGLISH
            ),
        }
    )


def cards() -> list[Block]:
    """Draw the card of a request in every state."""
    return [block for state in State for block in render(posted(request_of(NAME, state))).blocks]


def homes() -> dict[str, Block]:
    """Draw App Home for a newcomer, and for a person who has much to do."""
    own = [replace(request_of(NAME, state), id=f"{at}r") for at, state in enumerate(State)]
    other = [replace(request_of(NAME, State.PENDING), id=f"{at}ar") for at in range(3)]
    shown = {
        "empty": Home(person("Tom Weaver"), (), (), ()),
        "full": Home(person("Tom Weaver"), tuple(other), tuple(own), (pending(NAME),)),
    }
    drawn = {name: home(each) for name, each in shown.items()}
    return {
        name: home_view(each, [f"o{at}" for at, _ in enumerate(offering(each))], ENGLISH)
        for name, each in drawn.items()
    }
