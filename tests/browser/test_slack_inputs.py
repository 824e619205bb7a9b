"""Inputs in the simulated Slack's page: every kind, and with the keyboard alone."""

from playwright.async_api import expect

from sandbox.slack.payload import Payload
from tests.browser.one_of_each import FORM
from tests.browser.slack_alone import Window
from tests.contracts.slack_blocks import ask, menu, modal, plain
from tests.contracts.slack_lab import MIA, PLATFORM

NAME = ask("name", label=plain("Name"))
KEY = ask(
    "key",
    {"type": "external_select", "action_id": "key", "min_query_length": 2},
    label=plain("Key"),
)


def suggestion(name: str) -> Payload:
    """An option that the bot suggests."""
    return {"text": plain(name), "value": name}


async def test_every_input_gives_its_value(tom: Window) -> None:
    """Chosen and typed values arrive in Slack's format."""
    await tom.modal(modal(*FORM))
    form = tom.page.get_by_test_id("modal")
    await form.get_by_label("Name").fill("deploy")
    await form.get_by_label("Why").fill("two\nlines")
    await form.get_by_label("City").select_option("Porto")
    tom.lab.bot.body = {"options": [suggestion("ci-bot")]}
    await form.get_by_label("Key").press_sequentially("ci")
    await form.get_by_role("option", name="ci-bot").click()
    for tag in ("Red", "Green"):
        await form.get_by_label("Tags").click()
        await form.get_by_role("option", name=tag).click()
    await form.get_by_role("button", name="Remove Red").click()
    await form.get_by_label("Owner").select_option("Mia Lindqvist")
    await form.get_by_label("Where").select_option("#platform")
    await form.get_by_label("Write").check()
    await form.get_by_label("Fast").check()
    await form.get_by_label("Day").fill("2026-02-28")
    await form.get_by_label("Time").fill("23:45")
    await form.get_by_label("Moment").fill("2026-02-28T23:45")
    await form.get_by_label("How many").fill("3")
    await form.get_by_label("Email").fill("tom@lumen-goods.example")
    await form.get_by_label("Address").fill("https://example.com/")
    tom.lab.bot.body = ""
    await tom.submit()

    values = await tom.values()
    moment = await tom.page.evaluate("new Date('2026-02-28T23:45').getTime() / 1000")
    options = {"city": "porto", "key": "ci-bot", "pace": "fast"}
    lists = {"tags": ["green"], "roles": ["write"]}
    plainly = {
        "name": "deploy",
        "why": "two\nlines",
        "owner": MIA,
        "told": [MIA],
        "where": PLATFORM,
        "day": "2026-02-28",
        "time": "23:45",
        "at": moment,
        "count": "3",
        "mail": "tom@lumen-goods.example",
        "url": "https://example.com/",
    }
    assert plainly == {name: values[name] for name in plainly}
    assert options == {name: values[name]["value"] for name in options}
    assert lists == {name: [one["value"] for one in values[name]] for name in lists}


async def test_a_menu_gets_suggestions_while_typing(tom: Window) -> None:
    """After enough letters; chosen with the keyboard, cleared by typing on."""
    tom.lab.bot.body = {"options": [suggestion("ci-bot"), suggestion("ci-old")]}
    await tom.modal(modal(KEY))
    key = tom.page.get_by_label("Key", exact=True)
    options = tom.page.get_by_test_id("modal").get_by_role("option")
    await key.press_sequentially("c")
    await expect(options).to_have_text("Type at least 2 characters.")

    await key.press_sequentially("i")
    await expect(options).to_have_text(["ci-bot", "ci-old"])
    assert "ci" == (await tom.heard("block_suggestion"))["value"]
    await tom.page.keyboard.press("ArrowDown")
    await tom.page.keyboard.press("Enter")
    await expect(key).to_have_value("ci-old")

    tom.lab.bot.body = ""
    await tom.page.keyboard.press("Enter")
    assert {"text": plain("ci-old"), "value": "ci-old"} == (await tom.values())["key"]


async def test_escape_closes_the_menu_before_the_modal(tom: Window) -> None:
    """One at a time"""
    tom.lab.bot.body = {"options": [suggestion("ci-bot")]}
    await tom.modal(modal(KEY))
    await tom.page.get_by_label("Key", exact=True).press_sequentially("ci")
    option = tom.page.get_by_role("option", name="ci-bot")
    await option.wait_for()

    await tom.page.keyboard.press("Escape")
    await expect(option).to_be_hidden()
    await expect(tom.page.get_by_test_id("modal")).to_be_visible()

    await tom.page.keyboard.press("Escape")
    await expect(tom.page.get_by_test_id("modal")).to_be_hidden()


async def test_a_modal_works_with_the_keyboard(tom: Window) -> None:
    """Typing, ticking, choosing, moving within the modal, and submitting."""
    city = ask("city", menu("city", "oslo", "porto"), label=plain("City"))
    roles = ask("roles", {**menu("r", "read"), "type": "checkboxes"}, label=plain("Roles"))
    await tom.modal(modal(NAME, city, roles))
    press = tom.page.keyboard.press

    await expect(tom.page.get_by_label("Name")).to_be_focused()
    await tom.page.keyboard.type("deploy")
    await press("Tab")
    await expect(tom.page.get_by_label("City")).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        await press(key)
    await press("Tab")
    await press("Space")
    await press("Tab")
    await press("Tab")
    await expect(tom.page.get_by_test_id("modal-submit")).to_be_focused()
    await press("Enter")

    values = await tom.values()
    assert ["deploy", "porto"] == [values["name"], values["city"]["value"]]
    assert ["read"] == [one["value"] for one in values["roles"]]
    await expect(tom.page.get_by_test_id("modal")).to_be_hidden()
