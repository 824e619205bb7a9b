"""Debian's chromium, driven by Playwright, and a system whose pages it opens."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.slack import previews
from tests.browser.slack_alone import Window, window
from tests.scenarios.presses import fresh
from tests.scenarios.system import PATIENCE, System, running_system

expect.set_options(timeout=1_000 * PATIENCE)

QUIET = (
    "--no-sandbox",  # root and many containers have no sandbox; only our own pages are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",  # pages that every window hides
)


def chromium() -> str:
    """Find this machine's browser."""
    found = previews.chromium()
    assert found, "install chromium: `make tools` says how"
    return found


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Launch one browser for all tests of this directory that follow one another."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a window of its own; an error in a page's script fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    opened = await context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    yield opened
    await context.close()
    assert broken == []


@pytest.fixture(scope="package")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Run both twins and a bot."""
    async with running_system(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture
async def home(built: System) -> System:
    """Reset the system to its seed."""
    await fresh(built)
    return built


@pytest.fixture
async def tom(page: Page) -> AsyncIterator[Window]:
    """Open Tom's window into a Slack without the bot, in #platform."""
    async with window(page) as own:
        await own.enter("tom")
        yield own
