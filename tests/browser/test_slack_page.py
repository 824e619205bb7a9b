"""The simulated Slack's page: unread messages, threads, people, channels and drafts."""

from playwright.async_api import ViewportSize, expect

from tests.browser.slack_alone import Window
from tests.contracts.slack_lab import APPROVALS, GENERAL, MIA, PLATFORM, TOM

PHONE = ViewportSize(width=390, height=844)


async def test_unread_channels_are_bold_and_mentions_are_counted(tom: Window) -> None:
    """A channel message has no number; mentions and direct messages have."""
    await tom.lab.act("message", user=MIA, channel=GENERAL, text="Good morning")
    await tom.lab.slack.chat_postMessage(channel=APPROVALS, text=f"<@{TOM}>, decide")
    await tom.lab.slack.chat_postMessage(channel=TOM, text="Your key is ready")
    link = tom.page.get_by_test_id

    await expect(link("channel-general")).to_have_accessible_name("general 1 unread message")
    await expect(link("channel-key-approvals")).to_contain_text("1 for you")
    await expect(link("channel-keysmith").locator(".count")).to_have_text("1")
    await expect(link("channel-general").locator(".count")).to_have_count(0)
    await expect(tom.page).to_have_title("(2) #platform · Tom Berg · Sandbox")


async def test_read_messages_stay_read(tom: Window) -> None:
    """In this window and in a later one."""
    await tom.lab.slack.chat_postMessage(channel=APPROVALS, text="Decide")
    link = tom.page.get_by_test_id("channel-key-approvals")
    await expect(link).to_have_class("unread")

    await link.click()
    await tom.page.get_by_text("Decide").wait_for()
    await expect(link).not_to_have_class("unread")

    await tom.enter("tom")
    await tom.page.get_by_test_id("channel-keysmith").wait_for()
    await expect(link).not_to_have_class("unread")


async def test_a_line_marks_the_first_new_message(tom: Window) -> None:
    """Below the read messages"""
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="old")
    await tom.page.get_by_text("old").wait_for()
    await tom.page.get_by_test_id("channel-general").click()
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="fresh")

    await tom.page.get_by_test_id("channel-platform").click()

    await expect(tom.page.locator(".new + article")).to_contain_text("fresh")


async def test_an_unsent_reply_stays(tom: Window) -> None:
    """While others post, and when the thread is closed and opened again."""
    root = await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Which key?")
    message = tom.page.get_by_test_id("message").first
    await message.hover()
    await message.get_by_role("button", name="Reply in thread").click()
    reply = tom.page.get_by_test_id("reply")
    await reply.fill("The one th")
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Hm?", thread_ts=root["ts"])

    await tom.page.get_by_label("Thread").get_by_text("Hm?").wait_for()
    await expect(reply).to_have_value("The one th")
    await expect(reply).to_be_focused()

    await tom.page.keyboard.press("Escape")
    await tom.page.get_by_role("button", name="1 reply").click()
    await expect(reply).to_have_value("The one th")
    await expect(reply).to_be_focused()  # the one of the thread as it was closed is there a moment

    await reply.press_sequentially("at leaked")
    await tom.page.keyboard.press("Enter")
    await expect(tom.page.get_by_role("button", name="2 replies")).to_be_visible()
    assert "The one that leaked" in await tom.lab.texts()


async def test_two_windows_are_two_people(tom: Window) -> None:
    """Each sees the other's messages at once, but not the other's ephemeral answers."""
    mia = Window(await tom.page.context.new_page(), tom.lab)
    await mia.enter("mia")

    await tom.say("Is it done?")
    await mia.page.get_by_text("Is it done?").wait_for()
    await mia.say("Yes")
    await tom.page.get_by_text("Yes", exact=True).wait_for()
    await tom.lab.slack.chat_postEphemeral(channel=PLATFORM, user=MIA, text="Only for you")

    await expect(mia.page.get_by_test_id("message").last).to_contain_text("Only visible to you")
    assert 2 == await tom.page.get_by_test_id("message").count()
    await mia.page.close()


async def test_a_window_can_switch_to_another_person(tom: Window) -> None:
    """In the same channel, if they are a member"""
    await tom.page.get_by_test_id("person").select_option("Mia Lindqvist · Content editor")

    await expect(tom.page).to_have_url(f"{tom.lab.url}/?as=mia&in=platform")
    await expect(tom.page.get_by_test_id("channel-key-approvals")).to_have_count(0)


async def test_a_person_can_choose_their_language(tom: Window) -> None:
    """The bot reads it; dates are written in it, and each text in its own direction."""
    await tom.lab.slack.chat_postMessage(
        channel=PLATFORM, text="<!date^1700000000^{date_short}|then> שלום"
    )
    message = tom.page.get_by_test_id("message").last
    await expect(message).to_contain_text("Nov 14, 2023")

    await tom.page.get_by_label("Language").select_option("Deutsch")
    await expect(message).to_contain_text("14. Nov. 2023")
    told = await tom.lab.slack.users_info(user=TOM, include_locale=True)
    assert "de-DE" == told["user"]["locale"]
    await tom.page.reload()
    await expect(tom.page.get_by_label("Language")).to_have_value("de-DE")


async def test_on_a_phone_the_channels_are_a_drawer(tom: Window) -> None:
    """It opens, closes and navigates; the page does not scroll sideways."""
    await tom.page.set_viewport_size(PHONE)
    drawer = tom.page.get_by_role("button", name="Channels and people")
    link = tom.page.get_by_test_id("channel-general")
    await expect(link).to_be_hidden()

    await drawer.click()
    await expect(link).to_be_visible()
    await tom.page.keyboard.press("Escape")
    await expect(link).to_be_hidden()
    await expect(drawer).to_be_focused()

    await drawer.click()
    await link.click()
    await expect(link).to_be_hidden()
    await expect(tom.page.get_by_role("heading", level=1)).to_have_text("general")
    assert PHONE["width"] == await tom.page.evaluate("document.documentElement.scrollWidth")


async def test_a_draft_stays_in_its_channel(tom: Window) -> None:
    """It is not shown in another channel."""
    composer = tom.page.get_by_test_id("composer")
    await composer.fill("Not yet")
    await tom.page.get_by_test_id("channel-general").click()
    await expect(composer).to_have_value("")

    await tom.page.get_by_test_id("channel-platform").click()
    await expect(composer).to_have_value("Not yet")


async def test_a_lost_server_is_shown(tom: Window) -> None:
    """Until it is back"""
    await tom.page.route("**/sandbox/screen?*", lambda route: route.abort())
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Anybody?")
    await tom.page.get_by_role("alert").filter(has_text="Reconnecting").wait_for()

    await tom.page.unroute_all(behavior="wait")
    await tom.lab.act("message", user=MIA, channel=PLATFORM, text="Back")

    await tom.page.get_by_text("Back", exact=True).wait_for()
    await expect(tom.page.locator("#offline")).to_be_hidden()
