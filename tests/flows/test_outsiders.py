"""People who may not use Keysmith, by every way in but commands: nothing of the workspace shows."""

from dataclasses import replace
from typing import Any, Final

import pytest
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.kit import Block
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import BY_WORDS
from bot.domain.people import Actor
from handlers.background import Background
from handlers.gate import ACTOR
from handlers.home import AppHome
from tests.fakes.answering import AnsweringSlack
from tests.flows.harness import ADMIN, TEAM, Harness, english, goes_on, staffed
from tests.flows.menus import Menus
from tests.flows.requested import asked, collected
from tests.flows.test_messages import Room

OUTSIDERS: Final[dict[str, dict[str, Any]]] = {
    "a guest": {"guest": True},
    "a bot": {"bot": True},
    "a stranger of Slack Connect": {"stranger": True},
    "of another workspace": {"team_id": "T0PARTNER"},
    "deactivated": {"deleted": True},
    "invited": {"invited": True},
    "of an address that is not confirmed": {"email_confirmed": False},
}
NAMES: Final = ("shop", "ci-bot", "builds", "deploy", "tech", "approve", "e-dev")
"""Of environments, keys, requests and people here."""
MENUS: Final = (
    *(("key create", "env"), ("key disable", "name"), ("request", "env"), ("env show", "name")),
    *(("approve", "id"), ("deny", "id"), ("cancel", "id"), ("renew", "id"), ("review", "id")),
)


class Tab(AnsweringSlack):
    """Keeps the last App Home."""

    home = ""

    async def publish(self, user_id: str, view: Block) -> None:
        """Keep it."""
        assert user_id
        self.home = str(view["blocks"])


@pytest.fixture(params=[*OUTSIDERS.values()], ids=[*OUTSIDERS])
async def outside(request: pytest.FixtureRequest) -> Harness:
    """A workspace with requests and keys, whose Admin has become an outsider."""
    harness = staffed()
    await collected(harness)
    await asked(harness)
    profile = await harness.directory.profile(ADMIN)
    changed = replace(profile, **request.param)
    harness.directory.add(changed)
    harness.rebuild()
    return harness


@pytest.mark.parametrize("by", [ADMIN, Actor("T0PARTNER", ADMIN.user_id)], ids=["here", "there"])
async def test_menus_and_forms_show_an_outsider_nothing(outside: Harness, by: Actor) -> None:
    """Nor does a form that they opened before, or as the actor of their own workspace"""
    menus = Menus(outside)
    for text, name in MENUS:
        assert [] == await menus.options(by, text, name), text
    for words in (("key", "create"), ("request",), ("key", "disable")):
        spec = BY_WORDS[words]
        texts = (("env", "shop-dev"), ("name", "ci-bot"))
        form = Incomplete(spec, tuple(each for each in texts if each[0] in spec.fields))
        assert () == await outside.flows.forms.previewer.of(by, form)
        complete = spec.make(dict.fromkeys(spec.required, "nowhere"))
        assert await outside.flows.forms.precheck.problem(by, complete) is None


async def test_app_home_shows_an_outsider_nothing(outside: Harness) -> None:
    """It says why, and has no button"""
    slack, background = Tab(), Background()
    home = AppHome(outside.flows.home, slack, slack, background, goes_on, english)
    await home.opened({"event": {"tab": "home"}}, AsyncBoltContext({ACTOR: ADMIN}))
    await background.drain()
    assert "Keysmith" in slack.home
    assert not [name for name in NAMES if name in slack.home.casefold()]
    assert "button" not in slack.home
    assert not slack.offered


@pytest.mark.parametrize(
    "text", ["key list", "requests all", "approve", "key disable ci-bot", "hi"]
)
async def test_messages_and_mentions_show_an_outsider_nothing(outside: Harness, text: str) -> None:
    """They are told why; nothing runs, and nothing is offered"""
    room = Room(outside)
    for deliver in (room.write, room.mention):
        answers = await deliver(ADMIN, text)
        said = "".join(each for _, each in answers).replace(text, "").casefold()
        assert "keysmith" in said
        assert not [name for name in NAMES if name in said]
    assert not room.answering.slack.offered
    assert TEAM not in str(answers)
