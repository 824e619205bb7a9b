"""axe finds no serious violation on any page, light or dark, wide or narrow."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, Route, ViewportSize, expect
from redis.asyncio import Redis

from handlers.page_words import texts
from tests.browser.axe import COLOURS, obstacles
from tests.browser.one_of_each import CARD, FORM, GALLERY, HOME
from tests.browser.slack_alone import Window
from tests.browser.test_main_job import enter, make_link, say
from tests.contracts.link_page import CLOUDINARY, SIGNS, link_pages
from tests.contracts.redis_server import redis, server
from tests.contracts.slack_blocks import modal
from tests.contracts.slack_lab import MIA, PLATFORM, TOM
from tests.scenarios.system import System

__all__ = ["redis", "server"]

ROOT: Final = Path(__file__).parents[2]
Scene = Callable[[Window], Awaitable[None]]

NARROW: Final = 390
WIDTHS: Final = (NARROW, 1280)
"""The narrow one is first: people must be able to do everything there."""


async def resize(page: Page, width: int) -> None:
    """Set a window's size."""
    await page.set_viewport_size(ViewportSize(width=width, height=844))


async def check_themes(page: Page) -> None:
    """Check what is on the page: all rules while it is light, those of colours while it is dark."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert [] == await obstacles(page), "light"
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert [] == await obstacles(page, *COLOURS), "dark"


async def check(page: Page) -> None:
    """Check what is on the page at every width."""
    for width in WIDTHS:
        await resize(page, width)
        await check_themes(page)


def test_the_dark_theme_is_other_colours_alone() -> None:
    """So a dark page needs no other rules"""
    sheets = [path for top in ("sandbox", "handlers") for path in (ROOT / top).rglob("*.css")]
    dark = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?)^\}", re.DOTALL | re.MULTILINE)
    blocks = [block for sheet in sheets for block in dark.findall(sheet.read_text())]
    assert 3 == len(blocks)
    assert all(
        re.fullmatch(r"\s*:root \{\s*(--[\w-]+: [^;{}]+;\s*)+\}\s*", each) for each in blocks
    )


async def channel(tom: Window) -> None:
    """Show messages of people and of the app, an ephemeral one, a toast, an unread one."""
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Look, @tom: `ci-bot` :key:")
    for blocks in GALLERY:
        await tom.lab.card(*blocks)
    await tom.lab.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="Only *you*")
    await tom.lab.slack.chat_postMessage(channel=TOM, text="Your key is ready")
    await tom.say("/nothing of this name")
    await tom.page.get_by_test_id("toast").wait_for()


async def empty_channel(tom: Window) -> None:
    """Show the welcome."""
    await tom.page.get_by_test_id("composer").wait_for()


async def commands(tom: Window) -> None:
    """Open the list of commands."""
    await tom.page.get_by_test_id("composer").fill("")
    await tom.page.get_by_test_id("composer").press_sequentially("/cld key")
    await tom.page.get_by_role("option", name="/cld key list").wait_for()


async def form(tom: Window) -> None:
    """Show one input of each kind, each with an error."""
    await tom.modal(modal(*FORM))
    await tom.submit()
    await tom.page.locator(".error:not(:empty)").first.wait_for()


async def tags(tom: Window) -> None:
    """Open a menu."""
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


MENUS: Final[dict[Scene, Scene]] = {empty_channel: commands, form: tags}
"""What else a scene shows; another width closes it."""


@pytest.mark.parametrize("scene", [empty_channel, channel, form, thread, app_home])
async def test_slacks_page(tom: Window, scene: Scene) -> None:
    """Everything that people meet in it"""
    await resize(tom.page, NARROW)
    await scene(tom)

    for width in WIDTHS:
        await resize(tom.page, width)
        if opens := MENUS.get(scene):
            await opens(tom)
        await check_themes(tom.page)
        assert width == await tom.page.evaluate("document.documentElement.scrollWidth")


async def test_the_accounts_page(page: Page, home: System) -> None:
    """Its keys, with a secret shown"""
    await resize(page, NARROW)
    await page.goto(home.twins.at.cloudinary)
    await page.get_by_role("button", name="Show").first.click()

    await check(page)


async def test_a_list_of_keys(page: Page, home: System) -> None:
    """Its menus and its table, and the card of a key that a menu leads to"""
    await resize(page, NARROW)
    await enter(page, home, "tom")
    await say(page, "/cld key list", "20 keys, page 1 of 2")
    await page.get_by_role("combobox", name="Choose a key").click()
    await page.get_by_role("option", name="ci-bot in Production").click()
    shown = page.get_by_test_id("message").nth(1)
    await expect(shown.get_by_role("button", name="Disable", exact=True)).to_be_visible()
    await check(page)


@pytest.mark.parametrize("code", ["de", "he"])
async def test_what_the_page_of_a_link_says_after_a_sign_in(
    page: Page, redis: Redis, tmp_path: Path, code: str
) -> None:
    """To another person, and where no one signed in"""
    async with link_pages(redis, tmp_path) as site:
        fields = texts(site.pages.of_header(code), "", None) | {"cloudinary": CLOUDINARY}
        for state in ("foreign", "unsigned"):
            html = site.pages.document.fill(fields | {"state": state})
            served = partial(Route.fulfill, body=html, content_type="text/html")
            await page.route("**/sign-in/slack", served)
            await page.goto(f"{site.url.partition('/s/')[0]}/sign-in/slack")
            await page.evaluate("document.querySelectorAll('.back').forEach(it => it.hidden = 0)")
            await expect(page.locator("h1:visible")).to_contain_text(SIGNS[code])
            await expect(page.locator(".back:visible")).to_have_count(1)
            await check(page)


async def test_the_links_page(page: Page, home: System) -> None:
    """Before it is opened, when it shows the credentials, and afterwards"""
    await resize(page, NARROW)
    await enter(page, home, "tom")
    link = await make_link(page, "ci-key")
    await page.goto(link)
    await check(page)

    await resize(page, NARROW)
    await page.get_by_test_id("reveal").click()
    await page.get_by_test_id("show-api-secret").click()
    await check(page)

    await page.goto("about:blank")
    await page.goto(link)
    await page.get_by_role("heading", name="This link has been used").wait_for()
    await check(page)
