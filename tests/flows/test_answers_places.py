"""The places of answers are those that Slack's deliveries tell, and no listener makes another one.

An outcome that is known before the ack reaches its person from each of them.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.profiles import read_profile
from bot.cards.forms import working_view
from bot.cards.kit import TURN
from bot.domain.answers import ways
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH
from bot.domain.offers import Offer
from bot.domain.outcomes.general import NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Profile, Workspace
from bot.errors import SlackError
from bot.flows.directory import FreshDirectory
from bot.flows.intake import Delivery
from handlers.bolt import open_bolt, register
from handlers.directory import UserEvents
from handlers.gate import Gate
from handlers.leak_watch import LeakWatch
from handlers.origin import Body
from handlers.seeing import Seeing
from handlers.submit import Submitter
from tests.fakes.answering import METRICS, Answering, AnsweringSlack
from tests.fakes.filled import state_of
from tests.fakes.passphrases import FakePassphrases
from tests.fakes.requests import FakeRequests
from tests.flows.harness import TEAM, TECH, Harness
from tests.flows.test_answers_paths import HOOK, REPLIES

ROOT: Final = Path(__file__).parents[2]
BY: Final = {"team": {"id": TEAM}, "user": {"id": TECH.user_id}}
CHANNEL: Final = {"channel": {"id": "C1"}}
TRIGGER: Final = {"trigger_id": "t"}
MODAL: Final = {"id": "V1", "type": "modal", "callback_id": "form", "private_metadata": "o1"}
STATE: Final = state_of("key rename", name="ci-bot", new="z")


def press(action_id: str, **more: object) -> Body:
    """A press of a button."""
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": "o1"}
    return {"type": "block_actions", "actions": [action], **BY, **more}


def written(kind: str, **more: object) -> Body:
    """An event about what a person writes."""
    event = {"type": kind, "user": TECH.user_id, "text": "key list", **more}
    return {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}


DELIVERIES: Final[Mapping[str, tuple[str, Body]]] = {
    "a command": (
        "handlers/commands.py",
        {
            "command": "/cld",
            "text": "key list",
            "response_url": HOOK,
            "trigger_id": "t",
            "team_id": TEAM,
            "user_id": TECH.user_id,
            "channel_id": "C1",
        },
    ),
    "a button on a message": (
        "handlers/actions.py",
        press(f"{TURN}0", response_url=HOOK, **CHANNEL, **TRIGGER),
    ),
    "a button without a response URL": (
        "handlers/actions.py",
        press("offer:0", container={"type": "message", "channel_id": "C1"}, **TRIGGER),
    ),
    "a press that tells no place at all": ("handlers/actions.py", press("offer:0")),
    "a form": (
        "handlers/views.py",
        {"type": "view_submission", "view": MODAL | {"state": STATE}, **BY, **TRIGGER},
    ),
    "a button in a modal": ("handlers/actions.py", press("offer:0", view=MODAL, **TRIGGER)),
    "App Home": (
        "handlers/actions.py",
        press("offer:0", view={"id": "V2", "type": "home"}, **TRIGGER),
    ),
    "App Home without a trigger": (
        "handlers/actions.py",
        press("offer:0", view={"id": "V2", "type": "home"}),
    ),
    "a direct message": (
        "handlers/messages.py",
        written("message", channel="D1", channel_type="im"),
    ),
    "a mention": ("handlers/messages.py", written("app_mention", channel="C1", thread_ts="1.2")),
    "a shortcut on a message": (
        "handlers/shortcuts.py",
        {
            "type": "message_action",
            "callback_id": "open",
            "message": {"ts": "1.0"},
            **BY,
            **CHANNEL,
            **TRIGGER,
        },
    ),
}
"""By the place: the module whose listener hears the delivery, and its body."""
OF_NO_DELIVERY: Final = {
    "bot/flows/bulk/part_jobs.py",
    "bot/flows/rotations/keep_schedules.py",
    "bot/flows/rotations/run.py",
    "bot/flows/precheck.py",
    "bot/flows/requests/open.py",
    "bot/flows/shell.py",
}
"""Modules that make jobs with an empty reply."""


@dataclass
class KeptHere:
    """What listeners need of the stores."""

    requests: FakeRequests
    passphrases: FakePassphrases


@dataclass(frozen=True)
class Knows(Submitter):
    """Knows the outcome of each command before its ack."""

    replies: list[Reply] = field(default_factory=list)

    async def submit(self, delivery: Delivery) -> Outcome | None:
        """Keep where the answer goes."""
        self.replies.append(delivery.reply)
        return NotOffered()


class Offering(AnsweringSlack):
    """Knows the offer behind each button and form."""

    async def find(self, offer_id: str) -> Offer | None:
        """Give it."""
        assert offer_id == "o1"
        return Offer(TECH, "key rename")


async def ignored(_: Profile) -> None:
    """Hear of a user who changed."""


async def taken(answering: Answering, body: Body) -> tuple[list[Reply], str]:
    """Deliver what is done; gives where answers go, and the ack."""
    harness, home = answering.harness, answering.ways.home
    known = Knows(harness.flows.intake, answering.slack, Seeing(METRICS))
    events = UserEvents(
        FreshDirectory(harness.directory, harness.clock, harness.hints), read_profile, [ignored]
    )
    app = open_bolt(AsyncWebClient(), "xoxb-none", TEAM)
    forms = harness.flows.forms
    watch = LeakWatch(harness.flows.leak_reporter)
    stores = KeptHere(harness.requests, FakePassphrases())
    register(app, known, answering.answers, home, stores, events, forms, watch)
    gate = Gate(app, None, Workspace(TEAM, ""), METRICS)
    ack = await gate.dispatch(body, "d1", {})
    assert (200, str) == (ack.status, type(ack.body))
    return known.replies, ack.body


async def delivered(answering: Answering, place: str) -> tuple[Reply, str]:
    """Deliver what is done at a place; gives where its answer goes, and the ack."""
    (reply,), ack = await taken(answering, DELIVERIES[place][1])
    return reply, ack


def made(path: Path) -> list[set[str]]:
    """The parts of each reply that a module makes."""
    names = [each.name for each in fields(Reply)]
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return [
        {*names[: len(call.args)], *(str(word.arg) for word in call.keywords)}
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == Reply.__name__
    ]


def told(reply: Reply) -> set[str]:
    """The parts of a reply that are filled."""
    return {each.name for each in fields(Reply) if getattr(reply, each.name) != each.default}


def test_no_module_makes_a_reply_that_is_not_among_these() -> None:
    """Each makes it in one place, and a delivery fills each part of it"""
    trees = (ROOT / "handlers", ROOT / "bot" / "flows")
    found = {
        str(path.relative_to(ROOT)): made(path) for tree in trees for path in tree.rglob("*.py")
    }
    known: dict[str, set[str]] = {module: set() for module in OF_NO_DELIVERY}
    for place, (module, _) in DELIVERIES.items():
        known[module] = known.get(module, set()) | told(REPLIES[place])
    assert {module: [parts] for module, parts in known.items()} == {
        module: replies for module, replies in found.items() if replies
    }


@pytest.mark.parametrize("place", REPLIES)
async def test_an_outcome_known_before_the_ack_ends_with_the_person(
    harness: Harness, place: str
) -> None:
    """Once, whichever ways Slack refuses; the ack of a command alone carries it"""
    listed = ways(REPLIES[place], timedelta())
    for refused in range(len(listed)):
        answering = Answering(harness, Offering())
        slack = answering.slack
        slack.refusals |= dict.fromkeys(listed[:refused], SlackError("not_found"))
        reply, ack = await delivered(answering, place)
        assert REPLIES[place] == reply
        await answering.run()
        await answering.background.drain()
        if place == "a command":
            assert ("Nothing changed" in ack, []) == (True, slack.seen)
            continue
        assert json.dumps(working_view(ENGLISH)) in ack if place == "a form" else not ack
        assert [listed[refused]] == [way for way, _ in slack.seen]
        assert not answering.waiting()
