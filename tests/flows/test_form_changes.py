"""A form that changes while it is filled in."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.cards.forms import Form, form_view
from bot.cards.kit import Block
from bot.domain.commands.completing import completing
from bot.domain.jobs import Job, Reply
from bot.domain.languages import ENGLISH
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.errors import SlackError
from handlers.background import Background
from handlers.form_changes import FormChanges
from handlers.seeing import Seeing
from handlers.submit import Submitter
from tests.fakes.answering import METRICS, Answering, AnsweringSlack
from tests.fakes.filled import state_of
from tests.flows.harness import BILLING, NARROW, NEWCOMER, TECH, Harness, english
from tests.unit.cards_drawn import VIEW


@dataclass
class Redrawn(AnsweringSlack):
    """Keeps the views that replace others, and the hash that they expect."""

    offer: Offer | None = None
    redrawn: list[Any] = field(default_factory=list)
    refusal: str = ""

    async def find(self, offer_id: str) -> Offer | None:
        """Give the offer."""
        return self.offer if offer_id == "o1" else None

    async def update_view(self, view_id: str, view: Block, hash_: str = "") -> None:
        """Keep the view."""
        if self.refusal:
            raise SlackError(self.refusal)
        assert ("V1", "h1") == (view_id, hash_)
        self.redrawn.append(view)


async def changed(
    harness: Harness, text: str, *, by: Actor = TECH, slack: Redrawn | None = None, **texts: str
) -> Any:
    """Choose something in the form of a command; gives the view that replaces it, if one does."""
    slack, background = slack or Redrawn(), Background()
    slack.offer = Offer(by, text)
    form = completing(text)
    assert form
    opened = form_view(Form(form), "o1", ENGLISH) | {"id": "V1", "hash": "h1"}
    view = opened | {"state": state_of(text, **texts)}
    submitter = Submitter(harness.flows.intake, slack, Seeing(METRICS))
    previews = harness.flows.forms.previewer
    forms = FormChanges(*(submitter, slack, previews, harness.clock, background), language=english)
    forms.changed({"view": view}, by)
    await background.drain()
    return slack.redrawn[-1] if slack.redrawn else None


def ids(view: Any) -> list[str]:
    """The blocks of a view that have ids."""
    return [each["block_id"] for each in view["blocks"] if "block_id" in each]


def preview(view: Any) -> str:
    """What the form says will happen."""
    (found,) = [each for each in view["blocks"] if each.get("block_id") == "preview"]
    text: str = found["elements"][0]["text"]
    return text


async def test_another_date_is_chosen_below(harness: Harness) -> None:
    """The date goes again with the choice of a preset"""
    view = await changed(harness, "request", expires="date")
    shown = ids(view)
    assert "field:expires:date" == shown[shown.index("field:expires") + 1]
    VIEW.validate(view)
    assert await changed(harness, "request", expires="7d") is None


@pytest.mark.parametrize(
    ("text", "by", "texts", "says"),
    [
        ("request", NEWCOMER, {"env": "shop-dev"}, "Shop dev: needs 1 approval from"),
        ("request", NEWCOMER, {"env": "shop"}, "Shop: needs 1 approval from an Admin"),
        ("key create", TECH, {"env": "e-dev"}, "Shop dev: no approval needed."),
        ("key create", TECH, {"env": "e-prod"}, "Shop: needs 1 approval from"),
        ("key delete", TECH, {"name": "shop-web"}, "Shop: needs 2 approvals from"),
        ("key disable", TECH, {"name": "ci-bot"}, "Shop dev: no approval needed."),
    ],
)
async def test_the_form_says_who_has_to_approve(
    text: str, by: Actor, texts: dict[str, Any], says: str, harness: Harness
) -> None:
    """By the same rules as the command"""
    view = await changed(harness, text, by=by, **texts)
    assert preview(view).startswith(says)
    assert 1 == ids(view).count("preview")
    VIEW.validate(view)


@pytest.mark.parametrize(("by", "name"), [(NARROW, "shop-web"), (BILLING, "ci-bot")])
async def test_a_preview_reveals_no_key_that_the_person_may_not_see(
    by: Actor, name: str, harness: Harness
) -> None:
    """It stays as it was"""
    assert await changed(harness, "key delete", by=by, name=name) is None


@pytest.mark.parametrize("code", ["not_found", "hash_conflict"])
async def test_a_form_that_is_gone_or_changed_since_is_left_alone(
    code: str, harness: Harness
) -> None:
    """The later change redraws it"""
    slack = Redrawn(refusal=code)
    assert await changed(harness, "key create", slack=slack, env="e-dev") is None


async def opened(harness: Harness, text: str, by: Actor = TECH) -> Any:
    """The form that a typed command opens."""
    answering = Answering(harness)
    outcome = await harness.run(by, text)
    reply = Reply("https://hooks.slack.example/r", trigger="t")
    await answering.answers.send(Job("c9", by, text, "", reply, harness.clock.now()), outcome)
    (view,) = answering.slack.views
    VIEW.validate(view)
    return view


async def test_a_form_tells_who_approves_for_the_environment_that_was_typed(
    harness: Harness,
) -> None:
    """From its opening on"""
    assert preview(await opened(harness, "request shop", NEWCOMER)).startswith("Shop: needs 1")
    assert preview(await opened(harness, "request", NEWCOMER)).startswith("Choose an environment")


async def test_a_form_of_an_unclear_command_says_why_it_opened(harness: Harness) -> None:
    """Nothing is missing, so a person would not know what to do in it"""
    view = await opened(harness, "request shop-dev deploy need it for CI", NEWCOMER)
    assert "Is this right?" in str(view["blocks"][0])
    assert "Is this right?" not in str(await opened(harness, "request shop-dev", NEWCOMER))
    person = await opened(harness, "request shop-dev --reason ci --for mia", NEWCOMER)
    assert "Is this right?" not in str(person)


async def test_an_emergency_keeps_what_was_typed_in_its_form(harness: Harness) -> None:
    """It looks like one, asks for what is missing, and says nothing of an approval"""
    view = await opened(harness, "request shop deploy --emergency")
    assert "Use emergency access" == view["title"]["text"] == view["submit"]["text"]
    fields = {it["block_id"]: it["element"] for it in view["blocks"] if it["type"] == "input"}
    (place,) = fields["field:env"]["initial_options"]
    assert ("shop", "deploy") == (place["value"], fields["field:key"]["initial_value"])
    assert "preview" not in ids(view)
    assert await changed(harness, "request shop --emergency", env="shop-dev") is None
