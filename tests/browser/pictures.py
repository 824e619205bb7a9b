"""`make pictures`: the README's pictures, taken of a running system."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser.conftest import QUIET, chromium
from tests.scenarios.system import System, running_system

PLACE = Path(__file__).parents[2] / "docs/pictures"
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)


async def send(page: Page, text: str) -> None:
    """Type a message, and wait for the answer."""
    before = await page.get_by_test_id("message").count()
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")
    await page.get_by_test_id("message").nth(before).wait_for()


async def slack(browser: Browser, home: System, person: str, texts: list[str], name: str) -> Page:
    """Send messages as one person, and take a picture."""
    page = await browser.new_page(viewport=DESKTOP if person == "tom" else PHONE)
    await page.goto(f"{home.twins.at.slack}/?as={person}&in=platform")
    await page.get_by_role("heading", name="You are").wait_for()
    for text in texts:
        await send(page, text)
    await page.screenshot(path=PLACE / f"{name}.png")
    return page


async def main() -> None:
    """Take all pictures."""
    PLACE.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        home = await stack.enter_async_context(running_system(Path(directory)))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        stack.push_async_callback(browser.close)
        create = "/cld key create deploy --env staging"
        texts = ["/cld key list", "/cld key disable ci-bot", create]
        page = await slack(browser, home, "tom", texts, "slack")
        await slack(browser, home, "mia", ["/cld key disable ci-bot"], "refused")
        await request(browser, home)
        link = await page.get_by_role("link", name="Reveal credentials").get_attribute("href")
        reveal = await browser.new_page(viewport=PHONE)
        await reveal.goto(str(link))
        await reveal.get_by_test_id("reveal").click()
        await reveal.get_by_test_id("api-key").wait_for()
        await reveal.screenshot(path=PLACE / "link.png")


async def request(browser: Browser, home: System) -> None:
    """Ivo makes a request, Ada reads and approves it, Ivo collects."""
    ada = await browser.new_page(viewport=DESKTOP)
    await ada.goto(f"{home.twins.at.slack}/?as=ada&in=key-approvals")
    ivo = await browser.new_page(viewport=PHONE)
    await ivo.goto(f"{home.twins.at.slack}/?as=ivo&in=platform")
    await ivo.get_by_role("heading", name="You are").wait_for()
    await send(ivo, '/cld request staging my-app --reason "INC-42: rotate after leak" --expires 7d')
    approve = ada.get_by_role("button", name="Approve")
    await approve.wait_for()
    await ada.screenshot(path=PLACE / "request.png")
    await approve.click()
    await ada.get_by_text("Ready to collect by").wait_for()
    await ivo.goto(f"{home.twins.at.slack}/?as=ivo&in=D0IVO0001")
    await ivo.get_by_role("button", name="Collect").click()
    await ivo.get_by_role("link", name="Reveal credentials").wait_for()
    await ivo.mouse.move(0, 0)  # else the menu of the message that it pressed covers text
    await ivo.screenshot(path=PLACE / "collect.png")


if __name__ == "__main__":
    asyncio.run(main())
