"""axe finds no serious violation on any page, light or dark, wide or narrow."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal

import pytest
from playwright.async_api import Page, ViewportSize

from tests.browser.axe import obstacles
from tests.browser.one_of_each import CARD, FORM, HOME
from tests.browser.slack_alone import Window
from tests.browser.test_main_job import enter, make_link
from tests.contracts.slack_blocks import modal
from tests.contracts.slack_lab import MIA, PLATFORM, TOM
from tests.scenarios.system import System

Theme = Literal["light", "dark"]
Scene = Callable[[Window], Awaitable[None]]

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
widths = pytest.mark.parametrize("width", [1280, 390])


async def resize(page: Page, width: int) -> None:
    """Set a window's size, and stop animations."""
    await page.emulate_media(reduced_motion="reduce")
    await page.set_viewport_size(ViewportSize(width=width, height=844))


async def check(page: Page) -> None:
    """Check what is on the page, light and dark: the style sheets alone know the theme."""
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert [] == await obstacles(page), theme


async def channel(tom: Window) -> None:
    """Show messages of people and of the app, an ephemeral one, a toast, an unread one."""
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Look, @tom: `ci-bot` :key:")
    await tom.lab.card(*CARD)
    await tom.lab.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="Only *you*")
    await tom.lab.slack.chat_postMessage(channel=TOM, text="Your key is ready")
    await tom.say("/nothing of this name")
    await tom.page.get_by_test_id("toast").wait_for()


async def empty_channel(tom: Window) -> None:
    """Show the welcome, and the list of commands."""
    await tom.page.get_by_test_id("composer").press_sequentially("/cld key")
    await tom.page.get_by_role("option", name="/cld key list").wait_for()


async def form(tom: Window) -> None:
    """Show one input of each kind, each with an error, and an open menu."""
    await tom.modal(modal(*FORM))
    await tom.submit()
    await tom.page.locator(".error:not(:empty)").first.wait_for()
    await tom.page.get_by_label("Tags").click()
    await tom.page.get_by_role("option", name="Red").wait_for()


async def thread(tom: Window) -> None:
    """Show a thread beside the channel."""
    root = await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Which key?")
    await tom.lab.slack.chat_postMessage(
        channel=PLATFORM, thread_ts=root["ts"], text="This one", blocks=CARD
    )
    await tom.page.get_by_role("button", name="1 reply").click()
    await tom.page.get_by_test_id("reply").wait_for()


async def app_home(tom: Window) -> None:
    """Show the app's Home."""
    await tom.lab.slack.views_publish(user_id=TOM, view=HOME)
    await tom.enter("tom", "keysmith")
    await tom.page.get_by_test_id("tab-home").click()
    await tom.page.get_by_role("button", name="Collect").wait_for()


@widths
@pytest.mark.parametrize("scene", [empty_channel, channel, form, thread, app_home])
async def test_slacks_page(tom: Window, scene: Scene, width: int) -> None:
    """Everything that people meet in it"""
    await resize(tom.page, width)

    await scene(tom)

    await check(tom.page)
    assert width == await tom.page.evaluate("document.documentElement.scrollWidth")


@widths
async def test_the_accounts_page(page: Page, home: System, width: int) -> None:
    """Its keys, with a secret shown"""
    await resize(page, width)
    await page.goto(home.twins.at.cloudinary)
    await page.get_by_role("button", name="Show").first.click()

    await check(page)


@widths
async def test_the_links_page(page: Page, home: System, width: int) -> None:
    """Before it is opened, when it shows the credentials, and afterwards"""
    await resize(page, width)
    await enter(page, home, "tom")
    link = await make_link(page, f"key-{width}")
    await page.goto(link)
    await check(page)

    await page.get_by_test_id("reveal").click()
    await page.get_by_test_id("show-api-secret").click()
    await check(page)

    await page.goto("about:blank")
    await page.goto(link)
    await page.get_by_role("heading", name="This link was opened").wait_for()
    await check(page)
