"""The page of the simulated Cloudinary account: who holds which role."""

from typing import Final

from playwright.async_api import Locator, Page, expect

from sandbox import at_cloudinary
from sandbox.cloudinary.roles import CONTRIBUTOR, UPLOADER
from tests.browser.axe import obstacles
from tests.contracts.cloudinary_account import KEYS, LEA, PIA, STAGING, TOM, account

SHOWN: Final = "Roles"


def row(page: Page, id_: str) -> Locator:
    """The row of a key or a user."""
    return page.locator(f"[data-key='{id_}'], [data-principal='{id_}']")


async def test_the_page_shows_the_roles_of_each_key(page: Page) -> None:
    """With their folders; a key without one is marked"""
    async with account(permissions=True) as it:
        key, old = await it.done("POST", KEYS, json={"name": "new"}), await it.key("e2e-tests")
        await page.goto(it.url)
        await expect(row(page, key["api_key"])).to_contain_text("No role")
        await expect(row(page, old["api_key"])).to_contain_text("Master Admin")

        await it.assign(key, UPLOADER, STAGING)
        await it.assign(key, CONTRIBUTOR, STAGING, folder_id="shop")

        roles = "Upload manager, Contributor (folder shop)"
        await expect(row(page, key["api_key"])).to_contain_text(roles)
        assert [] == await obstacles(page)


async def test_the_page_shows_the_roles_of_each_user_and_of_the_account_key(page: Page) -> None:
    """Where each role is held, who is pending, and who signs in elsewhere"""
    async with account(permissions=True) as it:
        await page.goto(it.url)
        await expect(row(page, TOM)).to_contain_text("Master Admin in all environments")
        await expect(row(page, PIA)).to_contain_text("pending")
        await expect(row(page, LEA)).to_contain_text("saml")
        own = "Master Admin of the account; Master Admin in all environments"
        await expect(row(page, "000000000000000")).to_contain_text(own)

        await it.done("POST", "/sandbox/own_role", json={"environment": STAGING, "taken": True})

        others = ", ".join(each.name for each in at_cloudinary.ENVIRONMENTS if each.id != STAGING)
        await expect(row(page, "000000000000000")).to_contain_text(f"Master Admin in {others}")


async def test_an_account_without_roles_shows_what_its_users_are(page: Page) -> None:
    """And no roles of keys, which it does not have"""
    async with account() as it:
        await page.goto(it.url)
        await expect(row(page, TOM)).to_contain_text("technical_admin")
        await expect(page.get_by_role("columnheader", name=SHOWN)).to_have_count(0)
