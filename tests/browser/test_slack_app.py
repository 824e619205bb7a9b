"""The app in the simulated Slack's page: its Home, its shortcuts, and late answers."""

from playwright.async_api import Route, expect

from tests.browser.one_of_each import HOME
from tests.browser.slack_alone import Window
from tests.contracts.slack_blocks import actions, button
from tests.contracts.slack_lab import MIA, PLATFORM, TOM


async def test_a_late_answer_shows_slacks_notice(tom: Window) -> None:
    """For a command, and for a click"""
    tom.lab.bot.free.clear()
    toast = tom.page.get_by_test_id("toast")

    await tom.say("/cld key list")
    await expect(toast).to_have_text('/cld failed with the error "operation_timeout"')
    await toast.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(0)

    await tom.lab.card(actions(button()))
    await tom.page.get_by_role("button", name="Go").click()
    await expect(toast).to_have_text("We had some trouble connecting. Try again?")


async def test_home_is_requested_and_shown(tom: Window) -> None:
    """The bot gets app_home_opened; clicks on its buttons reach it."""
    await tom.page.get_by_test_id("channel-keysmith").click()
    await tom.page.get_by_test_id("tab-home").click()
    assert "home" == (await tom.heard("app_home_opened"))["tab"]
    await expect(tom.page.get_by_test_id("home")).to_contain_text("is empty")

    await tom.lab.slack.views_publish(user_id=TOM, view=HOME)
    await tom.page.get_by_test_id("home").get_by_role("button", name="Collect").click()
    assert "collect" == (await tom.heard("block_actions"))["actions"][0]["action_id"]

    await tom.page.keyboard.press("Shift+Tab")
    await tom.page.get_by_test_id("tab-home").focus()
    await tom.page.keyboard.press("ArrowRight")
    await expect(tom.page.get_by_test_id("composer")).to_be_visible()
    await expect(tom.page.get_by_test_id("home")).to_be_hidden()


async def test_shortcuts_are_in_their_menus(tom: Window) -> None:
    """Global ones behind a slash, those of a message in its menu"""
    await tom.page.get_by_test_id("composer").press_sequentially("/ask for")
    await expect(tom.page.get_by_role("option", name="Ask for a key")).to_be_visible()
    await tom.page.keyboard.press("ArrowDown")
    await tom.page.keyboard.press("Enter")
    assert "ask" == (await tom.heard("shortcut"))["callback_id"]
    await expect(tom.page.get_by_test_id("composer")).to_have_value("")

    said = await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Look")
    await tom.page.get_by_test_id("message").hover()
    await tom.page.get_by_test_id("more-actions").click()
    await tom.page.get_by_role("menuitem", name="Ask about this").click()
    assert said["ts"] == (await tom.heard("message_action"))["message_ts"]


async def test_files_and_reactions_are_shown_with_their_message(tom: Window) -> None:
    """A file can be opened; a reaction names its users."""
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="The export")
    file = {"id": "F1", "name": "audit.csv", "title": "Audit", "size": 2048, "url": "/audit.csv"}
    extras = {"files": [file], "reactions": [{"name": "eyes", "users": [TOM, MIA]}]}

    async def answer(route: Route) -> None:
        response = await route.fetch()
        screen = await response.json()
        told = screen | {"messages": [message | extras for message in screen["messages"]]}
        await route.fulfill(response=response, json=told)

    await tom.page.route("**/sandbox/screen?*", answer)
    await tom.page.reload()

    attached = tom.page.get_by_test_id("file")
    await expect(attached).to_contain_text("Audit")
    await expect(attached).to_contain_text("audit.csv · 2.0 kB")
    await expect(attached).to_have_attribute("href", "/audit.csv")
    reaction = tom.page.get_by_role("list", name="Reactions").get_by_role("listitem")
    await expect(reaction).to_contain_text("you, Mia Lindqvist reacted with eyes")
    await tom.page.unroute_all(behavior="wait")
