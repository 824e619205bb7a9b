"""A key for uploads on a phone: asked for in a form, approved, revealed, used and explained."""

from pathlib import Path

import pytest
from cloudinary import exceptions
from playwright.async_api import Browser, expect

from tests.browser.test_main_job import PHONE, enter
from tests.browser.test_requests import closed, fill
from tests.scenarios.system import running_system
from tests.scenarios.test_key_roles import PIXEL, used

ASKED = {
    "Product_environment": "Production",
    "Name_of_the_new_key": "ci-upload",
    "Reason": "uploads of the build",
    "Role": "Upload manager",
}
FITS = "document.documentElement.scrollWidth <= innerWidth"


async def test_a_developer_gets_a_key_for_uploads_on_a_phone(
    browser: Browser, tmp_path: Path
) -> None:
    """The role is in the form, on the card, on the page, and in what the pair can do"""
    async with running_system(tmp_path, permissions=True) as system:
        context = await browser.new_context(viewport=PHONE)
        mia, ada = await context.new_page(), await context.new_page()
        await enter(mia, system, "mia")
        await fill(mia, "/cld request", says="Production: needs 1 approval", **ASKED)
        await closed(mia, "Request sent")

        await ada.goto(f"{system.twins.at.slack}/?as=ada&in=key-approvals")
        card = ada.get_by_test_id("message").filter(has_text="ci-upload").first
        await expect(card).to_contain_text("Upload manager")
        await card.get_by_role("button", name="Approve").click()
        await expect(card).to_contain_text("Ready to collect by")

        await mia.goto(f"{system.twins.at.slack}/?as=mia&in=keysmith")
        await mia.get_by_role("button", name="Collect").click()
        link = mia.get_by_role("link", name="Reveal credentials (one time)")
        await mia.goto(str(await link.get_attribute("href")))
        await expect(mia.get_by_test_id("whose")).to_contain_text("Upload manager")
        await mia.get_by_test_id("reveal").click()
        key = await system.key("ci-upload")
        await expect(mia.get_by_test_id("api-key")).to_have_text(key["api_key"])
        base = f"{system.twins.at.cloudinary}/v1_1/lumen-production/ping"
        tried = f"curl --user {key['api_key']} {base}"
        await expect(mia.get_by_test_id("try")).to_have_text(tried)
        await mia.get_by_test_id("show-api-secret").click()
        await expect(mia.get_by_test_id("api-secret")).to_have_text(key["api_secret"])
        assert await mia.evaluate(FITS)

        await used(system, "upload", key, PIXEL)
        with pytest.raises(exceptions.NotAllowed):
            await used(system, "destroy", key, "anything")
        await enter(ada, system, "ada")
        await ada.get_by_test_id("composer").fill("/cld key why ci-upload delete")
        await ada.get_by_test_id("composer").press("Enter")
        why = ada.get_by_test_id("message").last
        await expect(why).to_contain_text("Delete assets: no. None of its roles allows it.")
        await expect(why).to_contain_text("/cld key roles ci-upload add")
        assert await ada.evaluate(FITS)
        await context.close()
