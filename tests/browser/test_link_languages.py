"""The page of a link in the language of a browser, from left to right and from right to left."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from tests.browser.axe import obstacles
from tests.contracts.link_page import SIGNS, LinkPages, link_pages
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import CREDENTIALS

__all__ = ["redis", "server"]

LOCALES = {"de": "de-CH", "he": "he-IL"}
TEXTS = """
() => [...document.querySelectorAll("h1, p, dt, button")]
  .filter((each) => each.checkVisibility() && each.textContent)
  .map((each) => [each.textContent, each.ariaLabel ?? each.textContent])
  .flat()
"""
"""Everything that a person reads or hears."""
LEFT_TO_RIGHT = "all => all.filter(each => getComputedStyle(each).direction !== 'ltr').length"


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[LinkPages]:
    """Serve one link in three languages."""
    async with link_pages(redis, tmp_path) as serving:
        yield serving


async def read(page: Page, code: str) -> None:
    """Expect every visible text in the language, and a page without obstacles."""
    own = {"CLOUDINARY_URL"}
    texts = [text for text in await page.evaluate(TEXTS) if text not in own]
    assert len(texts) >= 4
    assert [text for text in texts if not text.startswith(SIGNS[code])] == []
    assert await page.locator("code").evaluate_all(LEFT_TO_RIGHT) == 0
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await obstacles(page) == []


@pytest.mark.parametrize("code", LOCALES)
async def test_the_whole_way_through_a_link_is_in_the_readers_language(
    code: str, site: LinkPages, browser: Browser
) -> None:
    """Keys, URLs and fingerprints are read from left to right in every language"""
    context = await browser.new_context(
        locale=LOCALES[code], viewport={"width": 390, "height": 844}
    )
    page = await context.new_page()
    await page.goto(site.url)
    press = page.get_by_test_id("reveal")
    await expect(press).to_contain_text("Tom")
    html = page.locator("html")
    await expect(html).to_have_attribute("dir", "rtl" if code == "he" else "ltr")
    await read(page, code)

    await press.click()
    await expect(page.get_by_test_id("api-key")).to_have_text(CREDENTIALS.api_key)
    await page.get_by_test_id("show-cloudinary-url").click()
    await expect(page.get_by_test_id("cloudinary-url")).to_have_text(CREDENTIALS.url.show())
    await read(page, code)
    await page.get_by_test_id("copy-api-secret").click()
    await expect(page.get_by_test_id("status")).to_contain_text(SIGNS[code])
    await page.locator("#done").click()
    await expect(page.locator("h1:visible")).to_have_text(f"{SIGNS[code]} This page is cleared")

    await page.goto(site.url)
    month = {"de": "März", "he": "במרץ"}[code]
    await expect(page.locator("#opened time")).to_contain_text(month)
    await read(page, code)
    await context.close()
