"""A link that asks for a passphrase, on a phone: WebCrypto derives what the server did."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect
from redis.asyncio import Redis

from bot.adapters.passphrases import Passphrases
from bot.adapters.vault import FieldSealer
from bot.domain.passphrases import folded
from bot.domain.secret import Secret
from bot.flows.links.make import LinkCreator
from tests.browser.axe import obstacles
from tests.contracts.link_page import LinkPages, link_pages
from tests.contracts.redis_server import redis, server
from tests.contracts.test_links_opened import SECRET, TTL
from tests.unit.test_passphrases import kept_in

__all__ = ["redis", "server"]

TYPED: Final = Secret("Cafe\u0301 \u201cau\u201d lait \u2013 it\u2019s")
"""As a phone writes it in Slack."""
SAME: Final = ' Caf\u00e9 "au" lait - it\'s '
"""As another keyboard writes it on the page."""
HEADING: Final = "h1:visible"


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[LinkPages]:
    """Serve one link with a passphrase."""
    async with link_pages(redis, tmp_path) as serving:
        setup = serving.setup
        passphrases = Passphrases(FieldSealer(setup.ledger.keyring))
        kept = await kept_in(passphrases, folded(TYPED))
        setup.pending = replace(setup.pending, id="c2", passphrase=kept)
        seal = passphrases.seal_bundle
        setup.creator = LinkCreator(setup.kept, setup.clock, seal, "", TTL)
        link_id, key = await setup.made()
        root = serving.url.partition("/s/")[0]
        serving.url = f"{root}/s/{link_id}#{key}"
        yield serving


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """Open a small window; no script of its pages may fail."""
    size: ViewportSize = {"width": 390, "height": 844}
    context = await browser.new_context(locale="en-GB", viewport=size)
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    yield await context.new_page()
    await context.close()
    assert broken == []


async def typed(phone: Page, passphrase: str, said: str) -> None:
    """Type a passphrase, and read what the page says."""
    await phone.get_by_test_id("passphrase").fill(passphrase)
    await phone.get_by_test_id("passphrase").press("Enter")
    await expect(phone.get_by_test_id("status")).to_have_text(said)


async def test_the_right_passphrase_opens_after_a_wrong_one(phone: Page, site: LinkPages) -> None:
    """However the keyboard writes it; nothing typed stays in the page"""
    await phone.goto(site.url)
    await expect(phone.get_by_label("Passphrase", exact=True)).to_be_visible()
    opens = "This link opens only with its passphrase."
    await expect(phone.locator("#opens")).to_have_text(opens)
    for _ in range(2):
        left = "Wrong passphrase. Nothing was revealed. Tries left: 4"
        await typed(phone, "wrong horse battery", left)
    await phone.get_by_test_id("show-passphrase").click()
    await expect(phone.get_by_test_id("passphrase")).to_have_attribute("type", "text")
    assert await obstacles(phone) == []
    await phone.get_by_test_id("passphrase").fill(SAME)
    await phone.get_by_test_id("reveal").click()
    await phone.get_by_test_id("show-api-secret").click()
    await expect(phone.get_by_test_id("api-secret")).to_have_text(SECRET)
    assert await phone.get_by_test_id("passphrase").input_value() == ""


async def test_a_fingerprint_is_in_one_piece_on_every_phone(phone: Page, site: LinkPages) -> None:
    """It is there to be compared: no line ends at its hyphen"""
    await phone.goto(site.url)
    await expect(phone.locator("#whose code")).to_be_visible()
    for width in range(320, 440, 10):
        await phone.set_viewport_size({"width": width, "height": 844})
        lines = await phone.locator("#whose code").evaluate("it => it.getClientRects().length")
        assert (width, lines) == (width, 1)


async def test_five_wrong_ones_end_the_link(phone: Page, site: LinkPages) -> None:
    """The page says so, again after a reload, and forgets the key to the link"""
    await phone.goto(site.url)
    await expect(phone.get_by_test_id("reveal")).to_be_enabled()
    await phone.get_by_test_id("reveal").click()
    await expect(phone.get_by_test_id("passphrase")).to_be_focused()
    for left in (4, 3, 2, 1):
        said = f"Wrong passphrase. Nothing was revealed. Tries left: {left}"
        await typed(phone, f"wrong one {left}", said)
    await typed(phone, "the last wrong one", "")
    for _ in range(2):
        await expect(phone.locator(HEADING)).to_have_text("This link has ended")
        assert await obstacles(phone) == []
        assert "#" not in phone.url
        await phone.reload()
    await phone.goto("about:blank")
    await phone.goto(site.url)
    await expect(phone.locator(HEADING)).to_have_text("This link has ended")
