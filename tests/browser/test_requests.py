"""A request by two people, each in a window: opened, approved, collected, revealed."""

from playwright.async_api import Browser, Page, expect

from tests.browser.test_main_job import enter
from tests.scenarios.system import System

ASKED = '/cld request staging my-app --reason "INC-42: rotate after leak" --expires 7d'


async def window(browser: Browser, home: System, person: str, channel: str) -> Page:
    """Open a channel as this person, in a browser context of its own."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(f"{home.twins.at.slack}/?as={person}&in={channel}")
    await page.get_by_test_id("composer").wait_for()
    return page


async def ask(page: Page, home: System) -> None:
    """Make a request as Ivo, who has no Cloudinary user."""
    await enter(page, home, "ivo")
    await page.get_by_test_id("composer").fill(ASKED)
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("message").last).to_contain_text(
        "It needs approval before anything changes"
    )


async def test_a_request_is_asked_approved_collected_and_opened(
    page: Page, browser: Browser, home: System
) -> None:
    """Ivo requests, Ada approves in the channel, Ivo collects and opens the link: the key works."""
    ada = await window(browser, home, "ada", "key-approvals")
    await ask(page, home)
    card = ada.get_by_test_id("message").filter(has_text="Ivo Petrov").first
    await expect(card).to_contain_text("INC-42: rotate after leak")

    await card.get_by_role("button", name="Approve").click()

    await expect(card).to_contain_text("Ready to collect by")
    await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    assert (await home.key("my-app", "Staging"))["enabled"] is False
    await page.get_by_test_id("channel-keysmith").click()
    await page.get_by_role("button", name="Collect").click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Reveal credentials (one time)").click()
    reveal = await opening.value
    whose = reveal.get_by_test_id("whose")
    await expect(whose).to_contain_text("For Ivo Petrov of Lumen Goods")
    await reveal.get_by_role("button", name="Reveal credentials as Ivo Petrov").click()
    key = await home.key("my-app", "Staging")
    await expect(reveal.get_by_test_id("api-key")).to_have_text(key["api_key"])
    await expect(card).to_contain_text("Collected")
    assert await home.works(await home.key("my-app", "Staging"), "lumen-staging")
    await ada.context.close()


async def test_a_denial_wants_a_reason_and_is_told(
    page: Page, browser: Browser, home: System
) -> None:
    """The button opens a form; the requester gets the reason in a direct message."""
    ada = await window(browser, home, "ada", "key-approvals")
    await ask(page, home)
    card = ada.get_by_test_id("message").filter(has_text="Ivo Petrov").first

    await card.get_by_role("button", name="Deny").click()
    modal = ada.get_by_test_id("modal")
    await modal.get_by_label("Reason").fill("Use the shared one")
    await ada.get_by_test_id("modal-submit").click()

    await expect(modal).to_contain_text("Denied. Nothing changed.")
    await expect(card).to_contain_text("Denied")
    await page.get_by_test_id("channel-keysmith").click()
    await expect(page.get_by_test_id("message").last).to_contain_text("Use the shared one")
    await ada.context.close()


async def test_app_home_shows_what_waits_and_approves_it(
    page: Page, browser: Browser, home: System
) -> None:
    """Ada finds it without looking into the channel, and one press decides."""
    await ask(page, home)
    ada = await window(browser, home, "ada", "platform")
    await ada.get_by_test_id("channel-keysmith").click()
    await ada.get_by_test_id("tab-home").click()

    tab = ada.get_by_test_id("home")
    await expect(tab).to_contain_text("INC-42: rotate after leak")
    await tab.get_by_role("button", name="Approve").click()

    await expect(ada.get_by_test_id("modal")).to_contain_text("Approved.")
    await page.get_by_test_id("channel-keysmith").click()
    await expect(page.get_by_role("button", name="Collect")).to_be_visible()
    await ada.context.close()


async def fill(page: Page, command: str, *, says: str = "", **texts: str) -> None:
    """Open the form of a command, fill it in as a person does, and submit it."""
    await page.get_by_test_id("composer").fill(command)
    await page.get_by_test_id("composer").press("Enter")
    modal = page.get_by_test_id("modal")
    await page.get_by_test_id("modal-submit").wait_for()
    for label, text in texts.items():
        field = modal.get_by_label(label.replace("_", " "))
        if await field.get_attribute("role") == "combobox":
            await field.press_sequentially(text[:4])
            await page.get_by_role("option", name=text).first.click()
        else:
            await field.fill(text)
    await expect(modal).to_contain_text(says)
    await page.get_by_test_id("modal-submit").click()


async def closed(page: Page, answer: str) -> None:
    """Read the answer in the form's place, and close it."""
    await expect(page.get_by_test_id("modal")).to_contain_text(answer)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_be_hidden()


async def test_forms_alone_are_enough(page: Page, browser: Browser, home: System) -> None:
    """Two requests are made, one is approved, one denied, and a guarded key is disabled."""
    ada = await window(browser, home, "ada", "key-approvals")
    await enter(page, home, "ivo")
    for name, command, why, answer in (
        ("form-one", "/cld approve", {}, "Approved."),
        ("form-two", "/cld deny", {"Reason": "Use the shared one"}, "Denied. Nothing changed."),
    ):
        asked = {"Product_environment": "Staging", "Name_of_the_new_key": name, "Reason": "CI"}
        await fill(page, "/cld request", says="Staging: needs 1 approval", **asked)
        await closed(page, "Request sent")
        await fill(ada, command, says=name, **why)
        await closed(ada, answer)
    assert (await home.key("form-one", "Staging"))["enabled"] is False
    assert await home.find_key("form-two", "Staging") is None

    modal = ada.get_by_test_id("modal")
    await fill(ada, "/cld key disable archive-sync", says="last enabled", Name_to_confirm="other")
    await expect(modal).to_contain_text("To confirm, type archive-sync.")
    assert (await home.key("archive-sync", "Brand archive"))["enabled"] is True
    await modal.get_by_label("Name to confirm").fill("archive-sync")
    await ada.get_by_test_id("modal-submit").click()
    await closed(ada, "archive-sync in Brand archive is now disabled")
    assert (await home.key("archive-sync", "Brand archive"))["enabled"] is False
    await ada.context.close()


async def test_a_user_is_invited_by_choosing(page: Page, home: System) -> None:
    """The role is a radio button, the environments are searched; what is asked says all three"""
    await enter(page, home, "ada")
    await page.get_by_test_id("composer").fill("/cld user add wren@lumen-goods.example")
    await page.get_by_test_id("composer").press("Enter")
    modal = page.get_by_test_id("modal")
    await modal.get_by_role("radio", name="Media Library user").check()
    for name in ("Staging", "Development"):
        await modal.get_by_label("Product environments").press_sequentially(name[:4])
        await page.get_by_role("option", name=name).first.click()
    await modal.get_by_label("Reason").fill("new editor")
    await page.get_by_test_id("modal-submit").click()
    await closed(page, "Request sent")

    await page.goto(f"{home.twins.at.slack}/?as=sam&in=key-approvals")
    card = page.get_by_test_id("message").filter(has_text="wren@lumen-goods.example").first
    await expect(card).to_contain_text(
        "wren@lumen-goods.example gets the role Media Library user in Development and Staging"
    )
    await expect(card).to_contain_text("No member of this Slack workspace has that email.")
