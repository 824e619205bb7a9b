"""The composer of the simulated Slack's page: Enter sends what was typed."""

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.slack_alone import Window, fits
from tests.contracts.slack_lab import until


async def commanded(tom: Window) -> str:
    """Wait for the command that the bot gets, and give its text."""
    await until(lambda: any("command" in one.form for one in tom.lab.bot.received))
    (told,) = [one.form for one in tom.lab.bot.received if "command" in one.form]
    return told["text"]


def offered(page: Page) -> Locator:
    """The suggestions above the composer."""
    return page.locator("#offers").get_by_role("option")


@pytest.mark.parametrize("typed", ["", "k", "key", "key l", "key list", "key create", "x"])
async def test_enter_sends_what_was_typed(tom: Window, typed: str) -> None:
    """Even if a suggestion is longer"""
    await tom.page.get_by_test_id("composer").press_sequentially(f"/cld {typed}")
    await tom.page.keyboard.press("Enter")

    assert typed == await commanded(tom)
    await expect(tom.page.get_by_test_id("composer")).to_have_value("")


async def test_a_suggestion_is_completed_only_on_request(tom: Window) -> None:
    """By Tab, or by Enter once the arrow keys have led into the list; then Enter sends"""
    composer = tom.page.get_by_test_id("composer")
    await composer.press_sequentially("/cld key")
    await expect(offered(tom.page).first).to_have_attribute("aria-selected", "false")
    await tom.page.keyboard.press("Tab")
    await expect(composer).to_have_value("/cld key list ")

    await composer.fill("/cld key")
    await tom.page.keyboard.press("ArrowDown")
    await tom.page.keyboard.press("ArrowDown")
    await expect(offered(tom.page).nth(1)).to_have_attribute("aria-selected", "true")
    await tom.page.keyboard.press("Enter")
    await expect(composer).to_have_value("/cld key show ")
    await tom.page.keyboard.press("Enter")
    assert "key show" == await commanded(tom)


async def test_typing_on_leaves_the_list(tom: Window) -> None:
    """Enter sends again"""
    await tom.page.get_by_test_id("composer").press_sequentially("/cld ")
    await tom.page.keyboard.press("ArrowDown")
    await tom.page.keyboard.type("who")
    await tom.page.keyboard.press("Enter")

    assert "who" == await commanded(tom)


@pytest.mark.parametrize(("width", "height"), [(390, 500), (1280, 500)])
async def test_the_suggestions_fit_and_close(tom: Window, width: int, height: int) -> None:
    """They scroll inside; Escape and a click elsewhere close them."""
    await tom.page.set_viewport_size(ViewportSize(width=width, height=height))
    composer, box = tom.page.get_by_test_id("composer"), tom.page.locator("#offers")

    async def opened() -> None:
        await composer.fill("")
        await composer.press_sequentially("/cld ")
        await expect(box).to_be_visible()

    await opened()
    assert await fits(box)
    await tom.page.keyboard.press("ArrowUp")
    await expect(offered(tom.page).last).to_be_in_viewport()
    await tom.page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await opened()
    await tom.page.locator(".top").click(position={"x": 200, "y": 5})
    await expect(box).to_be_hidden()
