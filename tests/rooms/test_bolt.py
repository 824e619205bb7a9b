"""Defects of Bolt that no request shows from outside: the design avoids each of them.

The others (B1, B6, B7, B9, B12) are in `tests/scenarios/test_gate.py` and `test_strangers.py`.
"""

import asyncio
import re
from pathlib import Path

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.domain.people import Workspace
from handlers.background import Background
from handlers.gate import Gate
from handlers.metrics import Metrics
from handlers.origin import Body
from handlers.socket import SocketListener

ROOT = Path(__file__).parents[2]
OURS = "\n".join(
    path.read_text() for tree in ("bot", "handlers") for path in (ROOT / tree).rglob("*.py")
)
TEAM = "T1"


async def authorize() -> AuthorizeResult:
    """Authorize every delivery for the workspace."""
    return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-none")


def gate(app: AsyncApp) -> Gate:
    """Build a gate before this app."""
    return Gate(app, None, Workspace(TEAM, ""), Metrics())


class Wire:
    """A socket client that collects the answers."""

    def __init__(self) -> None:
        self.sent: list[SocketModeResponse] = []

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """Collect an answer."""
        self.sent.append(response)


def test_each_surface_has_one_listener_for_everything() -> None:
    """B2: Bolt also runs a second matching listener when the first one is slow."""
    for surface in ("command", "action", "view_submission", "view_closed"):
        assert len(re.findall(rf"app\.{surface}\(ANY\)", OURS)) == 1, surface


async def test_work_that_fails_after_the_ack_does_not_undo_the_ack() -> None:
    """B3: an error raised into Bolt erases the ack; background work is logged instead."""
    background = Background()

    async def breaks() -> None:
        raise RuntimeError("after the ack")

    app = AsyncApp(authorize=authorize, process_before_response=True, token="xoxb-none")

    @app.command("/cld")
    async def listener(ack: AsyncAck) -> None:
        await ack("kept")
        background.run(breaks())

    body: Body = {"command": "/cld", "team_id": TEAM, "text": ""}
    answer = await gate(app).dispatch(body, "d", {})
    await background.drain()

    assert (answer.status, answer.body) == (200, "kept")


def test_nothing_is_lazy_nothing_is_an_error_handler_and_nothing_signs_in_by_oauth() -> None:
    """B4, B5, B10: the product does not use these parts of Bolt, so their defects do not matter."""
    for pattern in (
        r"lazy=",
        r"@app\.error",
        r"\.error\(",
        r"oauth_settings",
        r"installation_store",
    ):
        found = [m for m in re.findall(pattern, OURS) if m != ".error("]
        assert found == [], pattern
    assert "app.error(" not in OURS


@pytest.mark.parametrize("payload", [{"team_id": TEAM, "command": "/x"}, {"team_id": "T2"}, {}])
async def test_every_envelope_is_acked(payload: dict[str, str]) -> None:
    """B11: without an ack, an unknown or foreign envelope would show its person a time-out."""
    app = AsyncApp(authorize=authorize, process_before_response=True, token="xoxb-none")
    wire, listener = Wire(), SocketListener(gate(app))
    request = SocketModeRequest(type="slash_commands", envelope_id="e1", payload=payload)

    await asyncio.wait_for(listener(wire, request), 2)

    assert [response.envelope_id for response in wire.sent] == ["e1"]


async def test_an_envelope_whose_listener_raises_is_acked() -> None:
    """B11: a bug in a listener does not show its person a time-out."""

    class Broken(AsyncApp):
        async def async_dispatch(self, _: object) -> object:  # type: ignore[override]  # it breaks
            raise RuntimeError

    app = Broken(authorize=authorize, token="xoxb-none")
    wire = Wire()
    request = SocketModeRequest(type="slash_commands", envelope_id="e2", payload={"team_id": TEAM})

    await SocketListener(gate(app))(wire, request)

    assert [response.envelope_id for response in wire.sent] == ["e2"]
