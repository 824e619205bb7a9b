import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientError, StreamReader
from slack_sdk.errors import SlackApiError
from yarl import URL

from sandbox.company import CHANNELS, PEOPLE
from sandbox.slack import app
from sandbox.slack.payload import Payload
from tests.contracts.slack_blocks import modal, section
from tests.contracts.slack_lab import MIA, PLATFORM, TOM, Lab, lab


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_the_workspace_is_the_company(it: Lab) -> None:
    """All people and channels, and a direct conversation for each person."""
    seen = await it.look("workspace")

    assert (seen["team"]["name"], seen["app"]["command"]) == ("Lumen Goods", "/cld")
    assert {p["id"] for p in seen["people"]} == {p.id for p in PEOPLE}
    assert [c["id"] for c in seen["channels"] if not c["is_im"]] == [c.id for c in CHANNELS]
    assert {"D0TOM0001", "D0NIA0001"} <= {c["id"] for c in seen["channels"] if c["is_im"]}


def test_every_route_is_documented() -> None:
    """The README lists each route."""
    readme = (Path(app.__file__).parent / "README.md").read_text()

    assert {route.path for route in app.ROUTES if f"`{route.path}`" not in readme} == set()


async def test_people_post_messages(it: Lab) -> None:
    """Every member of the channel reads them, with escaped markup."""
    await it.act("message", user=MIA, channel=PLATFORM, text="hi @tom <b>")
    [message] = await it.messages(TOM)

    assert (message["user"], message["text"]) == (MIA, "hi <@U0TOM0001> &lt;b&gt;")
    assert "bot" not in message


async def changes(content: StreamReader) -> AsyncIterator[Payload]:
    """The events of a stream."""
    async for line in content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def test_a_stream_tells_of_changes_to_one_person_s_screen(it: Lab) -> None:
    """Another person's ephemeral message causes no event; a message and a modal do."""
    watching = it.session.get(f"{it.url}/sandbox/stream", params={"user": TOM})
    async with asyncio.timeout(5), watching as stream:
        heard = changes(stream.content)
        await it.slack.chat_postEphemeral(channel=PLATFORM, user=MIA, text="not for tom")
        await it.slack.chat_postMessage(channel=PLATFORM, text="for all")
        first = await anext(heard)
        await it.modal(modal())
        second = await anext(heard)

    assert first == {"type": "changed", "channel": PLATFORM}
    assert second == {"type": "changed", "channel": None}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
)
async def test_a_foreign_page_cannot_drive_the_sandbox(it: Lab, headers: dict[str, str]) -> None:
    """Neither by DNS rebinding nor from another origin."""
    async with it.session.get(f"{it.url}/sandbox/outbox", headers=headers) as looking:
        assert looking.status == 403
    async with it.session.post(f"{it.url}/sandbox/reset", json={}, headers=headers) as resetting:
        assert resetting.status == 403


async def test_the_sandboxs_own_page_can_drive_it(it: Lab) -> None:
    """It has the same origin."""
    async with it.session.post(
        f"{it.url}/sandbox/reset", json={}, headers={"Origin": it.url}
    ) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/page/..%2Fapp.py", "/page/%2e%2e%2fapp.py", "/page/nothing.js"])
async def test_only_the_page_s_files_are_served(it: Lab, path: str) -> None:
    """Nothing outside its directory, and nothing that is not there."""
    async with it.session.get(URL(it.url + path, encoded=True)) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("command", {"user": TOM}),
        ("command", {"user": TOM, "channel": PLATFORM, "text": "x", "colour": "red"}),
        ("faults", {"method": "*", "kind": "earthquake"}),
        ("person", {"id": TOM, "colour": "red"}),
        ("deliver", {"sign": True}),
        ("deliver", {"raw": "x", "sign": "nicely"}),
    ],
)
async def test_an_invalid_request_is_refused(it: Lab, what: str, body: Payload) -> None:
    """A misspelt field does not count as an absent one."""
    async with it.session.post(f"{it.url}/sandbox/{what}", json=body) as answer:
        assert answer.status == 400
        assert "error" in await answer.json()


async def test_a_rate_limit_on_demand(it: Lab) -> None:
    """One call is refused with 429 and Retry-After; the next goes through."""
    await it.act("faults", method="users.info", kind="ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await it.slack.users_info(user=TOM)

    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "7"
    assert (await it.slack.users_info(user=TOM))["ok"]


async def test_a_status_on_demand_for_every_method(it: Lab) -> None:
    """A star means any method; faults end by their count or when they are cleared."""
    await it.act("faults", method="*", kind="status", status=500, count=9)
    statuses = []
    for _ in range(2):
        async with it.session.post(f"{it.url}/api/api.test") as answer:
            statuses.append(answer.status)
    await it.session.delete(f"{it.url}/sandbox/faults")

    assert statuses == [500, 500]
    assert (await it.slack.api_test())["ok"]


async def test_a_refusal_on_demand(it: Lab) -> None:
    """With any error that Slack may give, until it is cleared."""
    await it.act("faults", method="*", kind="refused", error="token_revoked", count=9)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await it.slack.auth_test()
        assert (caught.value.response.status_code, caught.value.response["error"]) == (
            200,
            "token_revoked",
        )
    await it.session.delete(f"{it.url}/sandbox/faults")

    assert (await it.slack.auth_test())["ok"]


async def test_latency_on_demand(it: Lab) -> None:
    """The answer comes, later."""
    await it.act("faults", method="api.test", kind="latency", seconds=0.05)
    began = asyncio.get_running_loop().time()
    await it.slack.api_test()

    assert asyncio.get_running_loop().time() - began >= 0.05


@pytest.mark.parametrize(("kind", "done"), [("reset", []), ("lost", ["hello"])])
async def test_a_connection_breaks_before_or_after_the_work(
    it: Lab, kind: str, done: list[str]
) -> None:
    """`reset` stops the work; `lost` does it and drops the answer."""
    await it.act("faults", method="chat.postMessage", kind=kind)
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    with pytest.raises(ClientError):
        await it.session.post(
            f"{it.url}/api/chat.postMessage",
            json={"channel": PLATFORM, "text": "hello"},
            headers=bearer,
        )

    assert await it.texts() == done


async def test_a_response_url_can_fail_on_demand(it: Lab) -> None:
    """The fault does not count as a use, and the payload is logged."""
    form = await it.command("help")
    await it.act("faults", method="response_url", kind="status", status=502)
    failed, _ = await it.respond(form["response_url"], text="x")
    statuses = [(await it.respond(form["response_url"], text="x"))[0] for _ in range(5)]

    assert (failed, statuses) == (502, [200] * 5)
    assert len((await it.look("outbox"))["outbox"]) == 6


async def test_a_reset_restores_the_seed(it: Lab) -> None:
    """Messages, modals, people, faults, and what the bot sent: all as at the start."""
    await it.slack.chat_postMessage(channel=PLATFORM, text="x")
    await it.modal(modal())
    await it.act("person", id=TOM, deleted=True)
    await it.act("faults", method="*", kind="status", count=9)
    await it.act("reset")

    assert (await it.look("outbox"))["outbox"] == []
    assert not (await it.slack.users_info(user=TOM))["user"]["deleted"]
    screen = await it.look("screen", user=TOM, channel=PLATFORM)
    assert screen == {"messages": [], "modal": None, "home": None, "toasts": []}


async def test_the_outbox_can_be_emptied(it: Lab) -> None:
    """Both the payloads and the violations."""
    await it.slack.api_call("chat.postMessage", json={"channel": PLATFORM, "blocks": [section()]})
    noted = await it.violations()
    await it.session.delete(f"{it.url}/sandbox/outbox")

    assert noted == ["missing_text"]
    assert (await it.look("outbox"))["outbox"] == []
    assert await it.violations() == []
