"""A person's main tasks in a browser: on the sandbox's page, then on the link's page."""

from playwright.async_api import Page, Route, ViewportSize, expect

from tests.scenarios.system import System

PHONE = ViewportSize(width=390, height=844)


async def enter(page: Page, home: System, person: str) -> None:
    """Open the workspace as this person."""
    await page.goto(f"{home.twins.at.slack}/?as={person}&in=platform")
    await page.get_by_role("heading", name=f"You are {person.capitalize()}").wait_for()


async def say(page: Page, text: str, answer: str) -> None:
    """Type into the composer, and wait for the app's answer."""
    before = await page.get_by_test_id("message").count()
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("message").nth(before)).to_contain_text(answer)


async def make_link(page: Page, name: str) -> str:
    """Create a key, and return its link."""
    await say(page, f"/cld key create {name} --env staging", "disabled until you collect it")
    link = page.get_by_role("link", name="Reveal credentials (one time)").last
    return str(await link.get_attribute("href"))


async def test_tom_lists_disables_creates_and_opens_the_link_once(page: Page, home: System) -> None:
    """From the command to the credentials; a second visit shows when the link was opened."""
    await enter(page, home, "tom")
    await say(page, "/cld key list", "20 keys, page 1 of 2")
    await say(page, "/cld key disable ci-bot", "ci-bot in Production is now disabled")
    assert (await home.key("ci-bot"))["enabled"] is False

    link = await make_link(page, "deploy")
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Reveal credentials (one time)").click()
    reveal = await opening.value
    await reveal.get_by_test_id("reveal").click()
    key = await home.key("deploy", "Staging")
    await expect(reveal.get_by_test_id("api-key")).to_have_text(key["api_key"])
    await expect(reveal.get_by_test_id("api-secret")).to_have_text("•" * 16)
    await reveal.get_by_test_id("show-api-secret").click()
    await expect(reveal.get_by_test_id("api-secret")).to_have_text(key["api_secret"])
    assert "#" not in reveal.url
    assert await home.works(await home.key("deploy", "Staging"), "lumen-staging")

    again = await page.context.new_page()
    await again.goto(link)
    await expect(again.get_by_role("heading", name="This link has been used")).to_be_visible()
    await expect(again.locator("#opened")).to_contain_text("(your time)")
    await expect(again.get_by_test_id("reveal")).to_be_hidden()


async def test_mia_is_refused_on_a_phone(page: Page, home: System) -> None:
    """A narrow window shows the same text and does not scroll sideways."""
    await page.set_viewport_size(PHONE)
    await enter(page, home, "mia")

    await say(page, "/cld key disable ci-bot", "You can't use /cld key disable")

    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert (await home.key("ci-bot"))["enabled"] is True


async def test_an_answer_is_for_one_person_and_ends_with_a_reload(page: Page, home: System) -> None:
    """Other people don't see it, and a reload removes it."""
    await enter(page, home, "tom")
    await say(page, "/cld whoami", "Technical admin")
    other = await page.context.new_page()
    await enter(other, home, "mia")
    assert await other.get_by_test_id("message").count() == 0

    await page.reload()
    await page.get_by_role("heading", name="You are Tom").wait_for()
    assert await page.get_by_test_id("message").count() == 0


async def test_the_keyboard_is_enough(page: Page, home: System) -> None:
    """Complete a command, fill in its form and close the answer without a mouse."""
    await enter(page, home, "tom")
    await page.keyboard.type("/cld key dis")
    await page.keyboard.press("Tab")
    await expect(page.get_by_test_id("composer")).to_have_value("/cld key disable ")
    await page.keyboard.press("Enter")
    modal = page.get_by_test_id("modal")
    await modal.get_by_label("Key", exact=True).wait_for()
    await page.keyboard.type("e2e")
    await page.get_by_role("option", name="e2e-tests · Staging").wait_for()
    await page.keyboard.press("Enter")
    await expect(modal).to_contain_text("Staging: no approval needed.")
    submit = page.get_by_test_id("modal-submit")
    for _ in range(6):
        await page.keyboard.press("Tab")
        if await submit.evaluate("node => node === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("modal")).to_contain_text(
        "e2e-tests in Staging is now disabled"
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_be_hidden()
    assert (await home.key("e2e-tests", "Staging"))["enabled"] is False


async def test_a_robot_that_runs_the_page_spends_nothing(page: Page, home: System) -> None:
    """A visit without a press changes nothing, with JavaScript or without."""
    await enter(page, home, "tom")
    link = await make_link(page, "robot")
    for _ in range(2):
        visit = await page.context.new_page()
        await visit.goto(link)
        await visit.get_by_test_id("reveal").wait_for()
    assert (await home.key("robot", "Staging"))["enabled"] is False


async def test_an_answer_lost_on_its_way_is_asked_for_again(page: Page, home: System) -> None:
    """The key is enabled by then, so the page must get the credentials."""
    await enter(page, home, "tom")
    link = await make_link(page, "lost")
    lost: list[str] = []

    async def lose(route: Route) -> None:
        asked = route.request.post_data_json or {}
        if lost or "proof" not in asked or "whose" in asked:
            await route.continue_()
            return
        answer = await route.fetch()
        lost.append(await answer.text())
        await route.abort()

    await page.route("**/s/*", lose)
    await page.goto(link)
    await page.get_by_test_id("reveal").click()

    key = await home.key("lost", "Staging")
    await expect(page.get_by_test_id("api-key")).to_have_text(key["api_key"])
    assert ["sealed"] == [name for name in ("sealed", "error") if name in lost[0]]


async def test_a_link_that_never_was_looks_like_one_that_expired(page: Page, home: System) -> None:
    """Both get the same page."""
    await page.goto(f"{home.twins.at.bot}/s/AAAAAAAAAAAAAAAAAAAAAA#{'A' * 43}")

    heading = page.get_by_role("heading", name="This link is no longer valid")
    await expect(heading).to_be_visible()


async def test_the_account_page_shows_what_happened(page: Page, home: System) -> None:
    """The page follows Cloudinary's state."""
    await page.goto(home.twins.at.cloudinary)
    key = await home.key("ci-bot")
    row = page.locator(f"[data-key='{key['api_key']}']")
    await expect(row).to_contain_text("enabled")

    await home.send("key disable ci-bot")

    await expect(row).to_contain_text("disabled")
