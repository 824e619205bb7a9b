"""Sign in with Slack before a reveal, in a real browser, at a Slack of another site."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Page, Request, Route, expect

from sandbox.slack.config import SlackConfig
from tests.browser.test_main_job import enter, make_link
from tests.scenarios.system import SECURITY, System, running_system, until

CLIENT = SlackConfig("")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SLACKS_LOG: list[str] = []
"""What Slack's side gets: addresses, with every header."""


@web.middleware
async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log as an access log does that has every header."""
    SLACKS_LOG.append(f"{request.path_qs} {dict(request.headers)}")
    return await handler(request)


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Run a bot that signs visitors in: at `localhost`, which is another site than Slack's."""
    directory = tmp_path_factory.mktemp("sign-in")
    system = running_system(
        directory,
        host="localhost",
        middlewares=(logged,),
        SLACK_CLIENT_ID=CLIENT.client_id,
        SLACK_CLIENT_SECRET=CLIENT.client_secret,
    )
    async with system as one:
        yield one


def sent(page: Page, log: list[str]) -> None:
    """Log what the browser sends: address, headers and body, without what stays in the browser."""

    async def note(request: Request) -> None:
        address = urlsplit(request.url)._replace(fragment="").geturl()
        log.append(f"{address} {await request.all_headers()} {request.post_data}")

    page.on("request", note)


async def without_a_door(route: Route) -> None:
    """Answer a sign-in as a process does that signs no one in, in the middle of a deployment."""
    if "sign_in" not in (route.request.post_data or ""):
        return await route.fallback()
    names = "owner", "workspace", "name", "environment", "fingerprint"
    given = zip(names, ("Tom Berg", "Lumen", "rolled", "Staging", "1"), strict=True)
    return await route.fulfill(json=dict(given))


async def without_an_answer(route: Route) -> None:
    """Lose the answer of a page that asks what unwraps its key."""
    lost = "unwrap" in (route.request.post_data or "")
    await (route.abort() if lost else route.fallback())


async def test_the_owner_signs_in_and_the_fragment_comes_back_without_leaving_the_browser(
    page: Page, guarded: System
) -> None:
    """Someone else is refused, spends nothing, and is told of; then the owner reveals."""
    await enter(page, guarded, "tom")
    link = await make_link(page, "guarded")
    path, _, key = link.partition("#")
    log: list[str] = []
    sent(page, log)
    SLACKS_LOG.clear()

    await page.goto(link)
    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")
    await expect(page.locator("footer")).to_contain_text("Only the person")
    await page.get_by_role("button", name="Sign in with Slack").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    await page.go_back()
    await page.get_by_role("button", name="Sign in with Slack").click()
    await page.get_by_role("button", name="Ada Okafor").click()
    await expect(page.get_by_role("heading", name="This link isn't for you")).to_be_visible()
    assert urlsplit(page.url).query == ""
    waits = str(await page.evaluate("sessionStorage.getItem('keysmith-link')"))
    assert (urlsplit(path).path in waits, key in waits) == (True, False)
    assert (await guarded.key("guarded", "Staging"))["enabled"] is False

    async def told() -> bool:
        messages = await guarded.messages("U0ADA0001", SECURITY)
        return any("to open a link that is for" in each["text"] for each in messages)

    assert await until(told)

    await page.get_by_role("link", name="Back to the link").click()
    await page.get_by_role("button", name="Sign in with Slack").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", name="You aren't signed in")).to_be_visible()

    await page.get_by_role("link", name="Back to the link").click()
    await page.get_by_role("button", name="Sign in with Slack").click()
    await page.get_by_role("button", name="Tom Berg").click()
    await expect(page.get_by_role("button", name="Reveal credentials as Tom")).to_be_enabled()
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Reveal credentials as Tom Berg").click()
    await expect(page.get_by_test_id("status")).to_contain_text("Your sign-in is over")
    await page.get_by_role("button", name="Sign in with Slack as Tom Berg").click()
    await page.get_by_role("button", name="Tom Berg").click()
    await page.get_by_role("button", name="Reveal credentials as Tom Berg").click()
    made = await guarded.key("guarded", "Staging")
    await expect(page.get_by_test_id("api-key")).to_have_text(made["api_key"])
    assert page.url == path
    assert await page.evaluate("sessionStorage.length") == 0

    cookies = await page.context.cookies()
    hidden = {each["name"].rpartition("-")[0]: each["httpOnly"] for each in cookies}
    assert hidden == {"keysmith-signed-in": True, "keysmith-wrapping": True}
    everything = "\n".join([*log, *SLACKS_LOG, guarded.bot.log])
    assert "/sign-in/slack?" in everything
    assert "/openid/connect/authorize?" in everything
    assert [it for it in (key, made["api_secret"]) if it in everything] == []
    revealed = [each for each in await guarded.audit() if each["deed"] == "revealed"]
    assert "U0TOM0001" in revealed[-1]["actor"]


async def test_a_page_that_lost_its_cookie_asks_for_the_link_again(
    page: Page, guarded: System
) -> None:
    """What waits is worth nothing without it, and goes; an answer that fails keeps it"""
    await enter(page, guarded, "tom")
    link = await make_link(page, "lost")
    path, _, key = link.partition("#")
    await page.goto(link)
    await page.get_by_role("button", name="Sign in with Slack").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()

    await page.clock.install()
    await page.route("**/s/**", without_an_answer)
    await page.go_back()
    await expect(page.get_by_test_id("status")).to_contain_text("Trying again")
    for _ in range(16):
        await page.clock.run_for(2_000)
    await expect(page.get_by_test_id("status")).to_contain_text("Reload this page")
    await page.unroute("**/s/**")
    await page.reload()
    await expect(page.get_by_role("button", name="Sign in with Slack")).to_be_enabled()
    assert await page.evaluate("sessionStorage.length") == 0
    assert page.url == link

    await page.get_by_role("button", name="Sign in with Slack").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    await page.context.clear_cookies()
    await page.go_back()
    await expect(page.get_by_role("heading", name="This link is incomplete")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    assert (page.url.rstrip("#"), key in await page.content()) == (path, False)
    await page.goto(link)
    await page.get_by_role("button", name="Sign in with Slack").click()
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    await page.goto(link)
    await expect(page.get_by_role("button", name="Sign in with Slack")).to_be_enabled()
    assert await page.evaluate("sessionStorage.length") == 0, "the whole link is here"


async def test_a_process_that_signs_no_one_in_leads_to_the_reveal(
    page: Page, guarded: System
) -> None:
    """The next process asks for the sign-in again; nothing is spent"""
    await enter(page, guarded, "tom")
    await page.goto(await make_link(page, "rolled"))
    await page.route("**/s/**", without_a_door)
    await page.get_by_role("button", name="Sign in with Slack").click()
    await page.get_by_role("button", name="Reveal credentials as Tom Berg").click()
    await expect(page.get_by_test_id("status")).to_contain_text("Your sign-in is over")
    await expect(page.get_by_role("button", name="Sign in with Slack")).to_be_enabled()
