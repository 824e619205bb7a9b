"""Every modal, the card of a request and App Home, as Slack's page shows what the bot draws."""

import os
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.axe import COLOURS, obstacles
from tests.browser.modals_drawn import cards, homes, modals
from tests.browser.slack_alone import Window, fits
from tests.contracts.slack_lab import TOM

MODAL: Final = "[data-testid=modal]"
WIDTHS: Final = (390, 1280)
WIDE: Final = """() => [...document.querySelectorAll('body, body *')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1
        && !['visible', 'hidden', 'clip'].includes(getComputedStyle(each).overflowX))
    .map((each) => each.outerHTML.slice(0, 200))"""
"""Elements that people would have to scroll sideways."""


async def resize(page: Page, width: int) -> None:
    """Set a window's size."""
    await page.set_viewport_size(ViewportSize(width=width, height=844))


async def fit(page: Page, *inside: Locator) -> None:
    """Look at what is on the page: it fits every width."""
    for width in WIDTHS:
        await resize(page, width)
        assert all([await fits(each) for each in inside])
        assert width == await page.evaluate("document.documentElement.scrollWidth")
        assert [] == await page.evaluate(WIDE)


async def examine(page: Page, where: str = ":root") -> None:
    """Let axe look at both themes."""
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert [] == await obstacles(page, *COLOURS, where=where), "dark"
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert [] == await obstacles(page, where=where), "light"


def traits(value: Any) -> set[str]:
    """What a view has to draw: its kinds of blocks and elements, and the fields of each."""
    if isinstance(value, list):
        return {each for item in value for each in traits(item)}
    if not isinstance(value, dict):
        return set()
    inside = {each for item in value.values() for each in traits(item)}
    return inside | {f"{value.get('type')} {name} {value[name] is True}" for name in value}


@pytest.mark.timeout(300)  # draws dozens
async def test_every_modal(tom: Window) -> None:
    """It opens, names itself, fits a phone and a desktop, and its buttons are in reach

    axe looks at those that have what none before had; in `make fuzz`, at each.
    """
    await tom.page.emulate_media(reduced_motion="reduce")
    seen = set[str]()
    for view in sorted(modals().values(), key=lambda it: -len(traits(it))):
        drawn: Any = view
        await tom.modal(drawn)
        modal = tom.page.get_by_test_id("modal")
        await expect(modal).to_contain_text(drawn["title"]["text"])
        buttons = [tom.page.get_by_test_id("modal-submit")] if "submit" in drawn else []
        await fit(tom.page, modal, *buttons)
        if "FUZZ_EXAMPLES" in os.environ or not traits(view) <= seen:
            await examine(tom.page, where=MODAL)
        seen |= traits(view)
        await tom.page.keyboard.press("Escape")
        await expect(modal).to_be_hidden()


async def test_the_card_of_a_request_in_every_state(tom: Window) -> None:
    """In the approvals channel"""
    blocks = cards()
    for start in range(0, len(blocks), 10):
        await tom.lab.card(*blocks[start : start + 10])
    await expect(tom.page.get_by_test_id("message").last).to_be_visible()
    await fit(tom.page)
    await examine(tom.page)


@pytest.mark.parametrize("which", ["empty", "full"])
async def test_app_home(tom: Window, which: str) -> None:
    """A newcomer's, and one with much to do"""
    await tom.lab.slack.views_publish(user_id=TOM, view=homes()[which])
    await tom.enter("tom", "keysmith")
    await tom.page.get_by_test_id("tab-home").click()
    await expect(tom.page.get_by_test_id("home")).to_contain_text("Tom")
    await fit(tom.page)
    await examine(tom.page)
