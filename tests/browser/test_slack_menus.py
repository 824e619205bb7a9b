"""The menus of the simulated Slack's page fit on phones and large screens, and can be closed."""

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from sandbox.slack.payload import Payload
from tests.browser.one_of_each import GALLERY, MENUS
from tests.browser.slack_alone import Window, fits
from tests.contracts.slack_blocks import ask, modal, option, plain

MANY: Payload = {"options": [option(f"key {n} of a long environment name") for n in range(30)]}
AWAY = {"x": 5, "y": 5}
"""A place outside of every menu."""

sizes = pytest.mark.parametrize("width", [390, 1280])


async def drawn(tom: Window, width: int) -> Locator:
    """A card with every menu, in a low window."""
    await tom.page.set_viewport_size(ViewportSize(width=width, height=600))
    messages = tom.page.get_by_test_id("message")
    before = await messages.count()
    tom.lab.bot.body = MANY
    await tom.lab.card(*MENUS)
    card = messages.nth(before)
    await card.wait_for()
    return card


@sizes
async def test_an_overflow_menu_fits_and_closes(tom: Window, width: int) -> None:
    """Each option on one line; Escape gives the focus back to its button"""
    card = await drawn(tom, width)
    opener = card.get_by_role("button", name="More actions").first
    menu = tom.page.get_by_role("menu").filter(has_text="Rotate")

    await opener.click()
    assert await fits(menu)
    boxes = [await one.bounding_box() for one in await menu.get_by_role("menuitem").all()]
    assert all(box and box["height"] < 45 for box in boxes)
    await tom.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(opener).to_be_focused()
    await opener.click()
    await tom.page.mouse.click(AWAY["x"], AWAY["y"])
    await expect(menu).to_be_hidden()


@sizes
async def test_suggestions_fit_and_close(tom: Window, width: int) -> None:
    """They scroll inside, with the keyboard too."""
    card = await drawn(tom, width)
    search = card.get_by_label("Search keys")
    found = tom.page.get_by_role("listbox").filter(has_text="Key 29")

    await search.press_sequentially("k")
    await expect(found).to_be_visible()
    assert await fits(found)
    await tom.page.keyboard.press("ArrowUp")
    await expect(found.get_by_role("option").last).to_be_in_viewport()
    await tom.page.keyboard.press("Escape")
    await expect(found).to_be_hidden()
    await search.press_sequentially("e")
    await expect(found).to_be_visible()
    await tom.page.mouse.click(AWAY["x"], AWAY["y"])
    await expect(found).to_be_hidden()


@sizes
async def test_a_menu_of_options_fits(tom: Window, width: int) -> None:
    """Its placeholder is no option, since Slack's menus cannot be emptied."""
    card = await drawn(tom, width)
    city = card.get_by_label("Choose a city")

    await city.click()
    first, last = (city.get_by_role("option", name=name) for name in ("Oslo", "Bari"))
    await expect(first).to_be_visible()
    assert await fits(first)
    assert await fits(last)
    await expect(city.get_by_role("option", name="Choose a city")).to_be_hidden()
    await tom.page.keyboard.press("Escape")
    await expect(first).to_be_hidden()
    await expect(city).to_have_value("turku")


@sizes
async def test_a_long_modal_scrolls_inside(tom: Window, width: int) -> None:
    """Its title and its buttons stay; Escape closes it."""
    await tom.page.set_viewport_size(ViewportSize(width=width, height=600))
    fields = [ask(f"b{number}", label=plain(f"Field {number}")) for number in range(20)]
    await tom.modal(modal(*fields))
    dialog = tom.page.get_by_test_id("modal")

    assert await fits(dialog)
    await tom.page.get_by_label("Field 19").focus()
    await expect(tom.page.get_by_label("Field 19")).to_be_in_viewport()
    await expect(tom.page.get_by_test_id("modal-submit")).to_be_in_viewport()
    await expect(dialog.get_by_role("heading", name="Keys")).to_be_in_viewport()
    await tom.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


@sizes
async def test_a_table_scrolls_sideways_by_itself(tom: Window, width: int) -> None:
    """The page does not; columns are aligned and wrapped as their settings say."""
    await tom.page.set_viewport_size(ViewportSize(width=width, height=900))
    for blocks in GALLERY:
        await tom.lab.card(*blocks)
    table = tom.page.get_by_role("region", name="Table").first
    await expect(table).to_be_visible()

    page = tom.page
    assert width == await page.evaluate("document.documentElement.scrollWidth")
    log = page.get_by_role("log")
    assert await log.evaluate("node => node.scrollWidth <= node.clientWidth")
    scrolls = await table.evaluate("node => node.scrollWidth > node.clientWidth")
    assert scrolls is (width == 390)
    age, used = table.get_by_text("812 d"), table.get_by_text("The web shop")
    await expect(age).to_have_css("text-align", "right")
    await expect(age).to_have_css("white-space", "nowrap")
    await expect(used).to_have_css("white-space", "normal")


async def test_markdown_is_drawn(tom: Window) -> None:
    """Headings, styles, links, lists, quotes, tables and code"""
    await tom.lab.card(*GALLERY[-1])
    drawn = tom.page.get_by_test_id("message").last

    await expect(drawn.get_by_role("heading", name="Rotating a key")).to_be_visible()
    await expect(drawn.locator(".markdown strong")).to_have_text("one owner")
    await expect(drawn.get_by_role("link", name="the guide")).to_have_attribute(
        "href", "https://example.com/docs"
    )
    assert ["Create the new key", "Deploy it"] == await drawn.locator("ol li").all_inner_texts()
    await expect(drawn.locator("blockquote")).to_contain_text("appear in red.")
    await expect(drawn.get_by_role("cell", name="403 days")).to_be_visible()
    await expect(drawn.locator("pre")).to_have_text("CLOUDINARY_URL=cloudinary://…")
    await expect(drawn.locator("hr")).to_have_count(1)
