"""The page on which an approver signs in: axe in every state, and the whole way from Slack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from bot.adapters.languages import Languages
from bot.domain.sign_in import Unproven
from bot.flows.requests.sign_in import ApproverAddresses
from handlers.approver_pages import ANOTHER, ApproverPages
from handlers.sign_in import BACK
from sandbox.ports import bind, served, url_of
from tests.browser.test_accessibility import check, check_themes
from tests.browser.test_requests import window
from tests.browser.test_sign_in import CLIENT
from tests.flows.approver_signed import SignInSetup
from tests.flows.harness import COLLEAGUE, TECH
from tests.scenarios.presses import ask
from tests.scenarios.system import ADA, MIA, System, running_system
from tests.scenarios.test_request_rules import SHIPPED

RISKY = '@id("members-request-in-production")\n'


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[tuple[SignInSetup, str]]:
    """Serve the pages alone, with one request; gives where they are."""
    setup, bound = SignInSetup(tmp_path), bind()
    await setup.ask()
    url, language = url_of(bound), Languages()
    made = ApproverPages(setup.flow, url, healthy, language.of_header)
    app = web.Application()
    app.add_routes([*made.routes(), web.get(BACK, made.returned)])
    async with served(app, bound):
        yield setup, url


async def healthy() -> None:
    """Redis can be believed."""


async def test_axe_finds_nothing_on_the_page_in_any_state(
    page: Page, pages: tuple[SignInSetup, str]
) -> None:
    """Phone and desktop, light and dark, left to right and right to left"""
    setup, url = pages
    for code in ("he", "en"):
        language = Languages().of_header(code)
        address = ApproverAddresses(setup.sealer, url)(TECH, setup.request, language)
        for more in ("", f"?ended={ANOTHER}", f"?ended={Unproven.CANCELLED}"):
            await page.goto(f"{address}{more}")
            await expect(page.locator("a.main")).to_be_visible()
            assert await page.evaluate("document.documentElement.dir") == language.direction
            await (check(page) if code == "en" else check_themes(page))
    await setup.sign_in(setup.token())
    await page.goto(address)
    await expect(page.locator("a.main")).to_have_count(0)
    await check(page)
    await setup.harness.run(COLLEAGUE, f"deny {setup.request.id} --reason no")
    for gone in (address, f"{url}/a/none"):
        await page.goto(gone)
        await check(page)


@pytest.fixture(scope="module")
async def risky(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Run a bot that signs people in, with requests of high risk in production."""
    directory = tmp_path_factory.mktemp("risky")
    policy = directory / "rules.cedar"
    policy.write_text(SHIPPED.read_text().replace(RISKY, f'{RISKY}@risk("high")\n'))
    async with running_system(
        directory,
        host="localhost",
        POLICY_FILE=str(policy),
        SLACK_CLIENT_ID=CLIENT.client_id,
        SLACK_CLIENT_SECRET=CLIENT.client_secret,
    ) as one:
        yield one


async def test_an_approver_signs_in_from_the_form_and_approves_without_the_name(
    browser: Browser, risky: System
) -> None:
    """An empty name is refused in the form first; another account counts for no one"""
    await ask(risky, 'request production grave --reason "a release" --expires 7d', MIA)
    ada = await window(browser, risky, "ada", "key-approvals")
    card = ada.get_by_test_id("message").filter(has_text="grave").first
    await card.get_by_role("button", name="Approve").click()
    modal = ada.get_by_test_id("modal")
    await expect(modal).to_contain_text("Signing in alone approves nothing")
    await ada.get_by_test_id("modal-submit").click()
    await expect(modal).to_contain_text("Sign in with Slack first")

    async with ada.context.expect_page() as opening:
        await modal.get_by_role("link", name="Sign in with Slack").click()
    page = await opening.value
    compared = page.get_by_text("Compare the fingerprint").locator("code").last
    await expect(modal).to_contain_text(f"Fingerprint: {await compared.inner_text()}")
    await page.get_by_role("link", name="Sign in with Slack").click()
    await page.get_by_role("button", name="Tom Berg").click()
    await expect(page.get_by_role("heading", name="This form isn't yours")).to_be_visible()
    await page.get_by_role("link", name="Sign in again").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("You cancelled the sign-in")).to_be_visible()
    await page.get_by_role("link", name="Sign in again").click()
    await page.get_by_role("button", name="Ada Okafor").click()
    await expect(page.get_by_role("heading", name="You're signed in")).to_be_visible()
    assert "code=" not in page.url

    await ada.get_by_test_id("modal-submit").click()
    await expect(modal).to_contain_text("Approved.")
    await page.reload()
    await expect(page.get_by_role("heading", name="no longer waits")).to_be_visible()
    votes = [each for each in await risky.audit() if each["deed"] == "decided"]
    assert (votes[-1]["actor"].endswith(ADA), votes[-1]["target"]["signed_in"]) == (True, "slack")
    assert await page.context.cookies() == []
    await ada.context.close()
