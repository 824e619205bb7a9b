"""Block Kit in the simulated Slack's page: what is shown, and what a click does."""

from playwright.async_api import Locator, expect

from tests.browser.one_of_each import CARD, SURE
from tests.browser.slack_alone import Window
from tests.contracts.slack_blocks import actions, ask, button, menu, plain, section
from tests.contracts.slack_lab import MIA, PLATFORM


def card(tom: Window) -> Locator:
    """The last message."""
    return tom.page.get_by_test_id("message").last


async def test_one_of_each_is_shown(tom: Window) -> None:
    """Texts, styles, mentions, dates, links and menus"""
    await tom.lab.card(*CARD)
    drawn = card(tom)

    await expect(drawn.get_by_role("heading", name="Disable a key")).to_be_visible()
    await expect(drawn.locator("strong", has_text="ci-bot")).to_be_visible()
    await expect(drawn.locator("blockquote").first).to_have_text("It leaked.")
    await expect(drawn).to_contain_text(
        "Key ci-bot of @Tom Berg in #general was created Nov 14, 2023"
    )
    await expect(drawn.locator("ol li").last).to_have_text("italic and struck")
    await expect(drawn.get_by_role("link", name="What that means")).to_have_attribute(
        "href", "https://example.com/docs"
    )
    await expect(drawn.get_by_role("link", name="Read more")).to_be_visible()
    await expect(drawn.locator("input[type=date]")).to_have_value("2026-01-31")


async def test_an_unsupported_block_is_shown_as_such(tom: Window) -> None:
    """With its whole content"""
    await tom.lab.card({"type": "plan", "title": "Somewhere else"})
    undrawn = tom.page.get_by_test_id("undrawn")

    await expect(undrawn).to_contain_text("This block isn't drawn here: plan")
    await undrawn.locator("summary").click()
    await expect(undrawn).to_contain_text("Somewhere else")


async def test_typed_text_is_never_markup(tom: Window) -> None:
    """And links lead only to web pages"""
    evil = "<img src=x onerror=alert(1)> <javascript:alert(1)|here> *<b>bold</b>*"
    await tom.lab.slack.chat_postMessage(channel=PLATFORM, text=evil)

    await expect(card(tom)).to_contain_text("img src=x")
    await expect(card(tom).locator("a, img[src=x], b")).to_have_count(0)


async def test_a_click_shows_progress(tom: Window) -> None:
    """Until the bot answers; a second click does nothing."""
    await tom.lab.card(actions(button()))
    tom.lab.bot.free.clear()
    go = tom.page.get_by_role("button", name="Go")

    await go.click()
    await expect(go).to_have_attribute("aria-busy", "true")
    await go.click()
    tom.lab.bot.free.set()
    await expect(go).not_to_have_attribute("aria-busy", "true")
    assert 1 == len(tom.lab.bot.received)


async def test_a_confirmation_can_be_declined(tom: Window) -> None:
    """Nothing is sent, and a menu shows its former value."""
    city = menu("city", "oslo", "porto", confirm=SURE, placeholder=plain("City"))
    await tom.lab.card(actions(button(confirm=SURE), city))
    dialog = tom.page.get_by_role("alertdialog", name="Disable ci-bot?")

    await tom.page.get_by_role("button", name="Go").click()
    await dialog.get_by_role("button", name="Keep it").click()
    await tom.page.get_by_label("City").select_option("Oslo")
    await tom.page.keyboard.press("Escape")
    await expect(tom.page.get_by_label("City")).to_have_value("")
    assert [] == tom.lab.bot.received

    await tom.page.get_by_role("button", name="Go").click()
    await dialog.get_by_role("button", name="Disable", exact=True).click()
    assert "go" == (await tom.heard("block_actions"))["actions"][0]["action_id"]


async def test_a_choice_survives_rerendering(tom: Window) -> None:
    """A reply rerenders the message; its menu and its notice stay."""
    note = ask("note", label=plain("Note"))
    ts = await tom.lab.card(actions(menu("city", "oslo", placeholder=plain("City"))), note)
    await tom.page.get_by_label("City").select_option("Oslo")
    await tom.page.get_by_label("Note").fill("half a sen")
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Hm", thread_ts=ts)

    await tom.page.get_by_role("button", name="1 reply").wait_for()
    await expect(tom.page.get_by_label("City")).to_have_value("oslo")
    await expect(tom.page.get_by_label("Note")).to_have_value("half a sen")
    await expect(tom.page.get_by_label("Note")).to_be_focused()


async def test_a_menu_works_with_the_keyboard(tom: Window) -> None:
    """And the choice reaches the bot."""
    options = menu("more", "rotate", "disable")
    await tom.lab.card(section("A key", accessory={**options, "type": "overflow"}))

    await card(tom).get_by_role("button", name="More actions").first.focus()
    await tom.page.keyboard.press("Enter")
    await expect(tom.page.get_by_role("menuitem", name="Rotate")).to_be_focused()
    await tom.page.keyboard.press("ArrowDown")
    await tom.page.keyboard.press("Enter")

    action = (await tom.heard("block_actions"))["actions"][0]
    assert "disable" == action["selected_option"]["value"]
