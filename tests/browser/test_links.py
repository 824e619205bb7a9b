"""The page of a link in a real browser: what a reload, another tab and the history lead to."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_main_job import enter, make_link
from tests.scenarios.system import System

USED = "This link has been used"


async def test_the_link_survives_everything_until_it_is_revealed_and_nothing_after(
    page: Page, home: System
) -> None:
    """A reload, going away and back, and the address in another tab: each shows the owner."""
    await enter(page, home, "tom")
    link = await make_link(page, "again")

    await page.goto(link)
    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")
    await page.reload()
    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")
    await page.goto("about:blank")
    await page.go_back()
    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")
    assert page.url == link, "what “Open in browser” passes on"
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.get_by_test_id("whose")).to_contain_text("Tom Berg")

    await page.get_by_test_id("reveal").click()
    key = await home.key("again", "Staging")
    await expect(page.get_by_test_id("api-key")).to_have_text(key["api_key"])
    assert "#" not in page.url
    assert "#" not in str(await page.evaluate("document.location.href"))
    await page.goto("about:blank")
    await page.go_back()
    await expect(page.get_by_role("heading", name=USED)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name=USED)).to_be_visible()

    await other.get_by_test_id("reveal").click()
    await expect(other.get_by_role("heading", name=USED)).to_be_visible()
    assert "#" not in other.url
    assert key["api_secret"] not in await page.content() + await other.content()


@pytest.mark.parametrize("cut", ["", "#", "#abc"])
async def test_an_incomplete_link_says_so_and_the_whole_one_then_works(
    page: Page, home: System, cut: str
) -> None:
    """Some programs cut the end off; the whole address over it needs no reload by hand."""
    await enter(page, home, "tom")
    link = await make_link(page, "cut")

    await page.goto(link.partition("#")[0] + cut)
    await expect(page.get_by_role("heading", name="This link is incomplete")).to_be_visible()

    await page.goto(link)
    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")


async def test_a_link_outlasts_an_outage_of_keysmith(page: Page, home: System) -> None:
    """The page that says "try again" can be reloaded: it has kept the whole address."""
    await enter(page, home, "tom")
    link = await make_link(page, "outage")
    await page.route("**/s/*", lambda route: route.fulfill(status=503, body="away"))
    await page.goto(link)
    await page.unroute("**/s/*")

    await page.reload()

    await expect(page.get_by_test_id("whose")).to_contain_text("Tom Berg")
