"""What the page of a link lets a person do with credentials, and that it forgets them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, expect
from redis.asyncio import Redis

from tests.browser.axe import COLOURS, obstacles
from tests.contracts.link_page import LinkPages, link_pages
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import CREDENTIALS, SECRET, TTL

__all__ = ["redis", "server"]

HEADING = "h1:visible"
CLEARED = "This page is cleared"
USED = "This link has been used"
MASKED = "•" * 16
KEPT = "[history.state, document.title, location.href, {...localStorage}, {...sessionStorage}]"
PASTED = "navigator.clipboard.readText()"
ENV = f"""CLOUDINARY_URL={CREDENTIALS.url.show()}
CLOUDINARY_CLOUD_NAME={CREDENTIALS.cloud_name}
CLOUDINARY_API_KEY={CREDENTIALS.api_key}
CLOUDINARY_API_SECRET={SECRET}
"""


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[LinkPages]:
    """Serve one link."""
    async with link_pages(redis, tmp_path) as serving:
        yield serving


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Open a window in which pages may use the clipboard; no script of theirs may fail."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = await browser.new_context(locale="en-GB", permissions=permissions)
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    yield context
    await context.close()
    assert broken == []


async def revealed(window: BrowserContext, site: LinkPages) -> Page:
    """Reveal the credentials, with a clock that the test moves."""
    page = await window.new_page()
    await page.clock.install()
    await page.goto(site.url)
    await page.get_by_test_id("reveal").click()
    await expect(page.get_by_test_id("api-key")).to_have_text(CREDENTIALS.api_key)
    return page


async def test_the_console_of_the_browser_stays_empty(
    window: BrowserContext, site: LinkPages
) -> None:
    """It knows every word of every header, and no policy stops the page's own style and script"""
    said: list[str] = []
    window.on("console", lambda message: said.append(message.text))
    await revealed(window, site)
    assert said == []


async def test_the_page_forgets_after_five_minutes_unless_it_is_told_to_wait(
    window: BrowserContext, site: LinkPages
) -> None:
    """A minute before it says so; then nothing of it is left in the page or the browser"""
    page = await revealed(window, site)
    await expect(page.get_by_test_id("left")).to_contain_text("in 5:00.")
    await page.clock.run_for(4 * 60_000 + 1_000)
    await expect(page.get_by_test_id("status")).to_have_text(
        "This page forgets the credentials in a minute."
    )
    await page.get_by_test_id("longer").click()
    await page.clock.run_for(4 * 60_000)
    await page.get_by_test_id("show-api-secret").click()
    await expect(page.get_by_test_id("api-secret")).to_have_text(SECRET)

    await page.clock.run_for(60_000)

    await expect(page.locator(HEADING)).to_have_text(CLEARED)
    key = site.url.partition("#")[2]
    left = await page.content() + str(await page.evaluate(KEPT))
    for secret in (SECRET, CREDENTIALS.api_key, key, "deploy"):
        assert secret not in left
    assert await page.evaluate("document.getElementById('download').onclick === null")
    await page.reload()
    await expect(page.locator(HEADING)).to_have_text(USED)


async def test_a_copied_secret_leaves_the_clipboard_after_a_minute(
    window: BrowserContext, site: LinkPages
) -> None:
    """A name that is no secret stays, and so does what a person copies after the secret"""
    await window.route(
        "**/paste", lambda route: route.fulfill(body="<p>", content_type="text/html")
    )
    paste = await window.new_page()
    await paste.goto(site.url.partition("/s/")[0] + "/paste")
    page = await revealed(window, site)

    async def pasted() -> str:
        return str(await paste.evaluate(PASTED))

    await page.get_by_test_id("copy-api-secret").click()
    await expect(page.get_by_test_id("status")).to_contain_text("API secret copied. In a minute")
    assert await pasted() == SECRET
    await page.get_by_test_id("copy-cloud-name").click()
    await expect(page.get_by_test_id("status")).to_have_text("Cloud name copied.")
    await page.clock.run_for(60_000)
    assert await pasted() == CREDENTIALS.cloud_name

    await page.get_by_test_id("copy-cloudinary-url").click()
    await expect(page.get_by_test_id("status")).to_contain_text("CLOUDINARY_URL copied.")
    assert await pasted() == CREDENTIALS.url.show()
    await page.clock.run_for(60_000)
    await expect(page.get_by_test_id("status")).to_have_text("Your clipboard is cleared.")
    assert await pasted() == ""


async def test_the_credentials_are_saved_as_a_file_and_used_by_examples(
    window: BrowserContext, site: LinkPages, tmp_path: Path
) -> None:
    """By the keyboard alone; no example has a secret, and no other address is asked for anything"""
    page = await window.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(site.url)
    await expect(page.get_by_test_id("reveal")).to_be_enabled()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(":focus")).to_have_text("Credentials for deploy in Staging")
    await expect(page.get_by_test_id("api-secret")).to_have_text(MASKED)

    await page.get_by_test_id("download").focus()
    async with page.expect_download() as saving:
        await page.keyboard.press("Enter")
    file = await saving.value
    assert file.suggested_filename == "cloudinary.env"
    await file.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == ENV

    await page.locator("summary").focus()
    await page.keyboard.press("Enter")
    names = await page.locator("#uses option").all_text_contents()
    assert {"Python", "Node.js", "PHP", "Ruby", "Java", "Go", ".NET", "Cloudinary CLI"} < {*names}
    assert {"GitHub Actions", "GitLab CI", "Docker", "Docker Compose"} < {*names}
    for name in names:
        await page.get_by_label("Where").select_option(name)
        example = await page.get_by_test_id("snippet").text_content() or ""
        assert example
        assert SECRET not in example
        assert "undefined" not in example
    for width, scheme in ((390, "light"), (1280, "dark")):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert await obstacles(page, *(COLOURS if scheme == "dark" else ())) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with pytest.raises(Error, match="TrustedHTML"):  # no string becomes markup or code
        await page.evaluate("document.body.innerHTML = '<b>'")
    own = site.url.partition("#")[0]
    assert {each for each in asked if not each.startswith(("data:", "blob:"))} == {own}


async def test_a_press_without_a_network_spends_nothing_and_goes_on_by_itself(
    window: BrowserContext, site: LinkPages
) -> None:
    """The page says that it waits"""
    page = await window.new_page()
    await page.goto(site.url)
    await expect(page.get_by_test_id("reveal")).to_be_enabled()
    await window.set_offline(True)
    await page.get_by_test_id("reveal").click()
    await expect(page.get_by_test_id("status")).to_contain_text("You're offline")
    assert not site.setup.enabler.enabled
    await window.set_offline(False)
    await expect(page.get_by_test_id("api-key")).to_have_text(CREDENTIALS.api_key)


async def test_a_link_that_ends_behind_an_open_page_says_so_at_the_press(
    window: BrowserContext, site: LinkPages
) -> None:
    """Nothing is revealed: its owner lost the right, then it expired"""
    page = await window.new_page()
    await page.goto(site.url)
    press = page.get_by_test_id("reveal")
    await expect(press).to_be_enabled()
    site.setup.access.answer = False
    await press.click()
    await expect(page.get_by_test_id("status")).to_contain_text("You no longer have access")
    site.setup.access.answer = True
    site.setup.clock.go_on(seconds=TTL.total_seconds())
    await press.click()
    await expect(page.locator(HEADING)).to_have_text("This link is no longer valid")
    assert "#" not in page.url
    assert site.setup.enabler.calls == []


async def test_of_two_tabs_one_gets_the_credentials(
    window: BrowserContext, site: LinkPages
) -> None:
    """The other reads that they were revealed; a page that comes back from the cache as well"""
    tabs = [await window.new_page() for _ in range(2)]
    for tab in tabs:
        await tab.goto(site.url)
        await expect(tab.get_by_test_id("reveal")).to_be_enabled()
    await asyncio.gather(*(tab.get_by_test_id("reveal").click() for tab in tabs))
    first = page_with(tabs, await shown(tabs))
    (second,) = (tab for tab in tabs if tab is not first)
    if await second.get_by_test_id("reveal").is_visible():  # while the other was being opened
        await second.get_by_test_id("reveal").click()
    await expect(second.locator(HEADING)).to_have_text(USED)
    assert SECRET not in await second.content()

    back = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
    await first.evaluate(back)
    await expect(first.locator(HEADING)).to_have_text(USED)


async def shown(tabs: list[Page]) -> list[bool]:
    """Wait until one of them shows the credentials."""
    for _ in range(100):
        seen = [await tab.get_by_test_id("api-key").is_visible() for tab in tabs]
        if any(seen):
            return seen
        await asyncio.gather(*(tab.wait_for_timeout(50) for tab in tabs))
    raise AssertionError("no tab shows the credentials")


def page_with(tabs: list[Page], seen: list[bool]) -> Page:
    """The only one that shows them."""
    (found,) = (tab for tab, has in zip(tabs, seen, strict=True) if has)
    return found


async def test_without_javascript_the_page_says_what_it_needs(
    browser: Browser, site: LinkPages
) -> None:
    """And spends nothing"""
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(site.url)
    await expect(page.locator("noscript .note")).to_be_visible()
    await expect(page.get_by_test_id("reveal")).to_be_disabled()
    await context.close()
