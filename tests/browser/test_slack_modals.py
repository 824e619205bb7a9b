"""Modals in the simulated Slack's page: values, errors, stacks and submissions."""

from playwright.async_api import expect

from tests.browser.slack_alone import Window
from tests.contracts.slack_blocks import actions, ask, button, menu, modal, plain, section
from tests.contracts.slack_lab import APPROVALS, MIA, PLATFORM, TOM, Received

NAME = ask("name", label=plain("Name"))
REASON = ask("why", label=plain("Reason"))


async def test_errors_are_shown_beside_their_fields_and_typed_values_stay(tom: Window) -> None:
    """First the client's own, then the bot's; correcting a field removes its error."""
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


async def test_an_error_below_a_field_at_the_edge_of_a_long_form_is_in_view(tom: Window) -> None:
    """The field has the focus already, so the browser has no reason to scroll"""
    more = (ask(f"more{n}", label=plain(f"More {n}"), optional=True) for n in range(9))
    await tom.modal(modal(*more, NAME, REASON, section("The end")))
    name = tom.page.get_by_label("Name")
    await tom.page.get_by_label("Reason").fill("a leak")
    await name.fill("abc")
    await name.evaluate("it => it.scrollIntoView({block: 'end'})")
    tom.lab.bot.body = {"response_action": "errors", "errors": {"name": "Too short."}}
    await tom.submit()
    await expect(tom.page.get_by_text("Too short.")).to_be_in_viewport(ratio=1)


async def test_typed_values_survive_changes_by_others(tom: Window) -> None:
    """Another person posts; the bot updates the view."""
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


async def test_views_are_stacked(tom: Window) -> None:
    """The lower view's values are still there when the upper one is closed."""
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


async def test_a_field_with_dispatch_action_notifies_the_bot(tom: Window) -> None:
    """A menu at once, a text on Enter, and neither submits."""
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


async def test_a_late_answer_is_shown_in_the_modal(tom: Window) -> None:
    """Where it can be closed"""
    await tom.modal(modal())
    tom.lab.bot.free.clear()
    await tom.submit()

    toast = tom.page.get_by_test_id("modal").get_by_test_id("toast")
    await expect(toast).to_have_text("We had some trouble connecting. Try again?")
    await toast.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(0)


async def test_two_people_see_each_others_changes(tom: Window) -> None:
    """One opens a form, the other clicks; each sees only their own views."""
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
