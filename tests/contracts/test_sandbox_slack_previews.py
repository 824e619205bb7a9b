from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.slack.payload import Payload
from sandbox.slack.previews import Mode, missing_for
from tests.contracts.slack_blocks import link, section
from tests.contracts.slack_lab import MIA, PLATFORM, Lab, lab, until

PAGE = """<!doctype html><title>one-time</title>
<script>fetch("/ran?saw=" + encodeURIComponent(location.hash))</script>
<button onclick="fetch('/pressed')">Reveal</button>"""


@asynccontextmanager
async def site() -> AsyncIterator[tuple[str, list[str]]]:
    """A page with a script and a button, a redirect to it, and the requests that they got."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        span = f" {request.headers['Range']}" if "Range" in request.headers else ""
        asked.append(f"{request.method} {request.path_qs}{span}")
        if request.path == "/moved":
            raise web.HTTPFound("/page")
        return web.Response(text=PAGE, content_type="text/html")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/"), asked


async def post_silently(it: Lab, **message: object) -> None:
    """Post with both flags false."""
    silent = {"channel": PLATFORM, "unfurl_links": False, "unfurl_media": False}
    await it.slack.api_call("chat.postMessage", json=silent | message)


async def opened(it: Lab, count: int) -> list[Payload]:
    """Wait for this number of visits, and give them."""

    async def all_of_them() -> bool:
        return [v["done"] for v in (await it.look("previews"))["visits"]] == [True] * count

    await until(all_of_them, seconds=30)
    found: list[Payload] = (await it.look("previews"))["visits"]
    return found


async def test_slack_respects_only_both_flags_together() -> None:
    """HEAD and GET for every other link."""
    async with lab() as it, site() as (url, asked):
        await post_silently(it, text=f"see <{url}/no|here>")
        await it.slack.chat_postMessage(channel=PLATFORM, text=f"see {url}/a", unfurl_links=False)
        await it.slack.chat_postMessage(channel=PLATFORM, text=f"see {url}/b", unfurl_media=False)
        await it.act("message", user=MIA, channel=PLATFORM, text=f"see {url}/c")
        visits = await opened(it, 6)

    assert sorted(asked) == [f"{method} /{page}" for method in ("GET", "HEAD") for page in "abc"]
    assert {(visit["mode"], visit["status"]) for visit in visits} == {("slack", 200)}


async def test_a_gateway_opens_every_link_in_every_way() -> None:
    """Despite the flags: by range, without the fragment, through redirects."""
    async with lab(previewer=Mode.PARANOID) as it, site() as (url, asked):
        blocks = [section(accessory=link(f"{url}/moved#secret"))]
        await post_silently(it, text="x", blocks=blocks)
        visits = await opened(it, 6)

    assert {visit["url"] for visit in visits} == {f"{url}/moved", f"{url}/moved#secret"}
    assert {visit["mode"] for visit in visits} == {"paranoid"}
    assert [(v["method"], v["range"]) for v in visits[:3]] == [
        ("HEAD", None),
        ("GET", None),
        ("GET", "bytes=0-32767"),
    ]
    assert set(asked) == {
        f"{method} /{page}" for method in ("HEAD", "GET") for page in ("moved", "page")
    } | {"GET /moved bytes=0-32767", "GET /page bytes=0-32767"}


async def test_a_browser_runs_scripts_and_clicks_nothing() -> None:
    """The scripts see the fragment too."""
    async with lab(previewer=Mode.BROWSER) as it, site() as (url, asked):
        await post_silently(it, text=f"see <{url}/page#secret>")
        [visit] = await opened(it, 1)

    assert (visit["mode"], visit["status"]) == ("browser", 200)
    assert {"GET /page", "GET /ran?saw=%23secret"} <= set(asked)
    assert "GET /pressed" not in asked


async def test_an_unreachable_page_has_no_status() -> None:
    """In every mode."""
    async with lab() as it:
        for mode in Mode:
            await it.act("previewer", mode=mode)
            await it.act("message", user=MIA, channel=PLATFORM, text="see http://127.0.0.1:1/")
        visits = await opened(it, 2 + 3 + 1)

    assert {visit["status"] for visit in visits} == {None}


async def test_the_mode_can_be_changed_until_a_reset() -> None:
    """For the links of later messages."""
    async with lab() as it, site() as (url, _):
        await it.act("previewer", mode="paranoid")
        await it.act("message", user=MIA, channel=PLATFORM, text=f"see {url}")
        gateway = await opened(it, 3)
        await it.act("reset")
        await it.act("message", user=MIA, channel=PLATFORM, text=f"see {url}")
        slack = await opened(it, 2)

    assert {visit["mode"] for visit in gateway} == {"paranoid"}
    assert {visit["mode"] for visit in slack} == {"slack"}


@pytest.mark.parametrize(
    ("browser", "driver", "what"),
    [("/usr/bin/chromium", None, "playwright"), (None, "found", "chromium")],
)
def test_the_browser_mode_names_what_is_missing(
    browser: str | None, driver: str | None, what: str
) -> None:
    """The other modes need neither."""
    assert what in missing_for(Mode.BROWSER, browser, driver)
    assert (missing_for(Mode.SLACK, None, None), missing_for(Mode.PARANOID, None, None)) == ("", "")


async def test_an_unknown_mode_is_refused() -> None:
    """There are three."""
    async with lab() as it:
        assert "error" in await it.act("previewer", mode="curious")
