"""Modals in the make-believe Slack's page: what is typed, chosen, refused and sent."""

from playwright.async_api import expect

from tests.browser.slack_alone import Window
from tests.contracts.slack_twin import APPROVALS, MIA, PLATFORM, TOM, Received
from tests.contracts.slack_twin_blocks import actions, ask, button, menu, modal, plain, section

NAME = ask("name", label=plain("Name"))
REASON = ask("why", label=plain("Reason"))


async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(tom: Window) -> None:
    """First the client's own, then the bot's; one that is mended goes away."""
    await tom.modal(modal(NAME, REASON))
    name, reason = tom.page.get_by_label("Name"), tom.page.get_by_label("Reason")
    await name.fill("no such")
    await tom.submit()
    await expect(reason).to_have_accessible_description("Please complete this required field.")
    await expect(reason).to_be_focused()

    await reason.fill("a leak")
    await expect(reason).to_have_accessible_description("")
    answer = {"response_action": "errors", "errors": {"name": "No key is called so."}}
    tom.lab.bot.body = answer
    await tom.submit()
    await expect(name).to_have_accessible_description("No key is called so.")
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_value("no such")
    await expect(reason).to_have_value("a leak")


async def test_what_is_typed_survives_what_others_do(tom: Window) -> None:
    """Somebody writes; the bot changes the view beneath one's fingers."""
    view = modal(section("Before"), NAME, external_id="form")
    await tom.modal(view)
    name = tom.page.get_by_label("Name")
    await name.press_sequentially("dep")
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Hello")
    await tom.page.get_by_text("Hello").wait_for(state="attached")
    await expect(name).to_be_focused()

    changed = {**view, "blocks": [section("After"), {**NAME, "hint": plain("Short")}, REASON]}
    await tom.lab.slack.views_update(external_id="form", view=changed)
    await tom.page.get_by_text("After").wait_for()
    await expect(name).to_have_value("dep")
    await expect(name).to_be_focused()


async def test_views_lie_on_one_another(tom: Window) -> None:
    """What was typed beneath is there again when the upper one is closed."""
    await tom.modal(modal(NAME, actions(button("deeper"))))
    await tom.page.get_by_label("Name").fill("dep")

    async def push(received: Received) -> None:
        trigger = received.payload["trigger_id"]
        await tom.lab.slack.views_push(
            trigger_id=trigger, view=modal(REASON, title=plain("Deeper"))
        )

    tom.lab.bot.on_delivery = push
    await tom.page.get_by_role("button", name="Go").click()
    await expect(tom.page.get_by_role("dialog", name="Deeper")).to_be_visible()
    tom.lab.bot.on_delivery = None

    await tom.page.get_by_role("button", name="Back").click()
    await expect(tom.page.get_by_role("dialog", name="Keys")).to_be_visible()
    await expect(tom.page.get_by_label("Name")).to_have_value("dep")


async def test_a_field_tells_the_bot_of_a_choice_if_it_is_to(tom: Window) -> None:
    """A menu at once, a text when Enter is pressed, and neither submits."""
    city = ask("city", menu("city", "oslo"), label=plain("City"), dispatch_action=True)
    await tom.modal(modal(city, {**NAME, "dispatch_action": True}))

    await tom.page.get_by_label("City").select_option("Oslo")
    first = await tom.heard("block_actions")
    assert "oslo" == first["actions"][0]["selected_option"]["value"]

    tom.lab.bot.received.clear()
    await tom.page.get_by_label("Name").fill("dep")
    await tom.page.keyboard.press("Enter")
    assert "dep" == (await tom.heard("block_actions"))["actions"][0]["value"]
    await expect(tom.page.get_by_test_id("modal")).to_be_visible()


async def test_a_late_answer_is_told_in_the_modal(tom: Window) -> None:
    """Where it can be read, and closed"""
    await tom.modal(modal())
    tom.lab.bot.free.clear()
    await tom.submit()

    toast = tom.page.get_by_test_id("modal").get_by_test_id("toast")
    await expect(toast).to_have_text("We had some trouble connecting. Try again?")
    await toast.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(0)


async def test_an_approver_decides_while_the_asker_looks_on(tom: Window) -> None:
    """Two windows: one opens a form, the other presses; each sees what is theirs."""
    ada = Window(await tom.page.context.new_page(), tom.lab)
    await ada.enter("ada", "key-approvals")
    await tom.modal(modal(REASON), TOM)
    await tom.lab.slack.chat_postMessage(
        channel=APPROVALS, text="Decide", blocks=[actions(button("yes"))]
    )
    await ada.page.get_by_role("button", name="Go").click()

    assert "yes" == (await tom.heard("block_actions"))["actions"][0]["action_id"]
    await expect(ada.page.get_by_test_id("modal")).to_be_hidden()
    await expect(tom.page.get_by_label("Reason")).to_be_focused()
    await ada.page.close()
