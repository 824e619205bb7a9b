"""Messages whose place refuses them: another way, then the place again; nothing is dropped."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.kit import Message
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import (
    Posted,
    Topic,
    in_thread,
    redraw,
    to_person,
    to_security,
)
from bot.errors import SlackError
from handlers.channels import LOOK, TRIED_EVERY, Channels
from handlers.metrics import Metrics
from handlers.notices import Notices
from handlers.outbox import HOLDS, TURN, Outbox
from tests.flows.harness import Harness
from tests.flows.requested import asked, rule, under
from tests.traps.recorded_messages import APPROVALS, OPERATOR, SECURITY, FakeMessenger, outbox


class FirstRefused(FakeMessenger):
    """Slack, which does not take the form of the first message."""

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Refuse the first."""
        self.tries += 1
        if self.tries == 1:
            raise SlackError("invalid_blocks")
        return await super().send(channel, message, mark=mark, thread=thread)


class Setting:
    """An outbox with a request, and a clock that tests move."""

    def __init__(self, harness: Harness, request: Request) -> None:
        self.request = request
        self.messenger = FakeMessenger()
        self.outbox: Outbox = outbox(harness, self.messenger)
        self.time = 0.0
        self.channels: Channels = self.outbox.channels
        self.channels.now = lambda: self.time

    def refuse(self, *channels: str, code: str = "not_in_channel") -> None:
        """Let channels and people refuse from now on."""
        self.messenger.refused = dict.fromkeys(channels, code)

    def direct(self) -> dict[str, list[str]]:
        """Direct messages, by person."""
        people = [each for each in self.messenger.said if each not in {APPROVALS, SECURITY}]
        return {each: self.messenger.texts(each) for each in people}


@pytest.fixture
async def setting(harness: Harness, tmp_path: Path) -> Setting:
    """A request whose card is not posted yet, and of which no approver hears otherwise."""
    quiet = '@approvals("1")\n@approvers("key_roles")\n@notify("none")'
    return Setting(harness, await asked(under(harness, tmp_path, rule("key:request", quiet))))


async def test_a_refused_card_reaches_people_directly_and_its_channel_later(
    setting: Setting,
) -> None:
    """Possible approvers once with buttons, the requester, security; the card once it works"""
    setting.refuse(APPROVALS)
    card = redraw(setting.request.id, Topic.ASKED)

    ready = await setting.outbox("1-0", card, again=False)

    assert ready
    assert await ready() == LOOK
    asker = setting.request.terms.requester.user_id
    direct = setting.direct()
    (told,) = direct.pop(asker)
    assert "asked directly" in told
    assert 1 <= len(direct) <= 10
    for user, texts in direct.items():
        assert [text.count("you are asked directly") for text in texts] == [1]
        _, message = setting.messenger.said[user][0]
        assert "actions" in {block["type"] for block in message.blocks}
    assert "refuses Keysmith's messages (not_in_channel)" in setting.messenger.texts(SECURITY)[0]
    assert "APPROVALS_CHANNEL refuses" in setting.channels.remarks()[0]

    setting.time += TRIED_EVERY
    assert await ready() == 0
    assert await setting.outbox("1-0", card, again=False)
    assert setting.direct() == direct | {asker: [told]}
    assert len(setting.messenger.texts(SECURITY)) == 1

    setting.refuse()
    assert await setting.outbox("1-0", card, again=False) is None
    assert len(setting.messenger.texts(APPROVALS)) == 1
    assert setting.channels.remarks() == []


@pytest.mark.parametrize(("code", "left"), [("ratelimited", True), ("user_disabled", False)])
async def test_a_command_that_a_recovery_closed_is_told_to_its_person(
    setting: Setting, code: str, *, left: bool
) -> None:
    """By a direct message; one whom no time brings back is given up, in the log"""
    told = to_person("", Topic.FAILED, "U0ASKER", text="key disable ci-bot")
    setting.refuse("U0ASKER", code=code)
    assert left == (await setting.outbox("1-0", told, again=False) is not None)
    setting.refuse()
    assert await setting.outbox("1-0" if left else "2-0", told, again=False) is None
    (text,) = [each for each in setting.direct()["U0ASKER"] if "/cld key disable ci-bot" in each]
    assert "may or may not have been carried out" in text


async def test_one_item_tries_the_channel_for_all_that_wait(setting: Setting) -> None:
    """A hundred cards must not ask a gone channel a hundred times a minute"""
    setting.refuse(APPROVALS)
    ready = await setting.outbox("1-0", redraw(setting.request.id, Topic.ASKED), again=False)
    setting.time += TRIED_EVERY
    assert ready
    assert [await ready(), await ready()] == [0, LOOK]


async def test_a_message_that_only_time_helps_holds_its_lane_and_no_place(
    setting: Setting,
) -> None:
    """It waits outside, the next of its lane stays behind it, other lanes go on"""
    setting.refuse("U0TECH", code="ratelimited")
    first, second = (to_person(setting.request.id, topic, "U0TECH") for topic in TWO)
    other = to_person(setting.request.id, Topic.DENIED, "U0OTHER")
    urgent = to_security(setting.request.id, Topic.EMERGENCY)
    waits = await setting.outbox("1-0", first, again=False)
    behind = await setting.outbox("2-0", second, again=False)
    assert waits
    assert behind
    assert await setting.outbox("3-0", other, again=False) is None
    setting.messenger.refused |= {APPROVALS: "ratelimited"}
    assert await setting.outbox("4-0", redraw(setting.request.id, Topic.ASKED), again=False)
    assert await setting.outbox("5-0", urgent, again=False) is None
    assert [await waits() > 0, await waits(), await behind() > 0] == [True, 0, True]
    setting.refuse()
    assert await setting.outbox("1-0", first, again=False) is None
    assert await behind() == 0
    assert await setting.outbox("2-0", second, again=False) is None
    assert len(setting.messenger.texts("U0TECH")) == 2


TWO = (Topic.APPROVED, Topic.DONE)


async def test_one_message_that_is_never_taken_does_not_hold_up_its_lane_for_good(
    setting: Setting,
) -> None:
    """It goes on waiting beside it"""
    first, second = (to_person(setting.request.id, topic, "U0TECH") for topic in TWO)
    setting.refuse("U0TECH", code="never_heard_of")
    for _ in range(HOLDS):
        assert await setting.outbox("1-0", first, again=False)
        assert (behind := await setting.outbox("2-0", second, again=False))
        assert await behind() > 0
    assert await setting.outbox("1-0", first, again=False)
    assert (behind := await setting.outbox("2-0", second, again=False))
    assert await behind() != TURN
    setting.refuse()
    assert await setting.outbox("2-0", second, again=False) is None
    assert await setting.outbox("1-0", first, again=False) is None


async def test_a_fault_of_keysmiths_own_holds_up_no_lane(setting: Setting) -> None:
    """The worker logs it; the next message goes on"""

    class Broken(FakeMessenger):
        async def send(
            self, channel: str, message: Message, *, mark: str, thread: str | None = None
        ) -> Posted:
            """Fail in a way that no code expects."""
            raise KeyError(channel, message, mark, thread)

    first, second = (to_person(setting.request.id, topic, "U0TECH") for topic in TWO)
    broken = replace(setting.outbox, messenger=Broken())
    with pytest.raises(KeyError):
        await broken("1-0", first, again=False)
    assert await setting.outbox("2-0", second, again=False) is None


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive"])
async def test_with_a_revoked_token_everything_waits(code: str, setting: Setting) -> None:
    """However often it is tried"""
    card, news = (
        redraw(setting.request.id, Topic.ASKED),
        to_security(setting.request.id, Topic.DONE),
    )
    everywhere = (APPROVALS, SECURITY, OPERATOR, setting.request.terms.requester.user_id)
    setting.refuse(*everywhere, code=code)
    for _ in range(20):
        assert await setting.outbox("1-0", card, again=False)
        assert await setting.outbox("2-0", news, again=False)
    setting.refuse()
    assert await setting.outbox("1-0", card, again=False) is None
    assert await setting.outbox("2-0", news, again=False) is None


async def test_security_is_told_elsewhere_and_in_its_channel_again(setting: Setting) -> None:
    """First in the channel of approvals, then by operators' direct messages, then it waits"""
    security = setting.outbox.security
    notices = Notices(security, Metrics())
    setting.refuse(SECURITY, code="is_archived")
    assert await notices("1-0", "one", "") is None
    setting.refuse(SECURITY, APPROVALS)
    assert await notices("2-0", "two", "") is None
    setting.refuse(SECURITY, APPROVALS, OPERATOR)
    assert await notices("3-0", "three", "")
    setting.refuse()
    assert await notices("3-0", "three", "") is None
    assert ["one"] == [text.split()[-1] for text in setting.messenger.texts(APPROVALS)]
    assert ["two"] == [text.split()[-1] for text in setting.messenger.texts(OPERATOR)]
    assert ["three"] == setting.messenger.texts(SECURITY)


async def test_what_ends_its_processes_is_left_out_and_security_is_told(setting: Setting) -> None:
    """Once, however often Slack refuses; nothing of its text is drawn"""
    notices = Notices(setting.outbox.security, Metrics())
    setting.refuse(SECURITY, APPROVALS, OPERATOR, code="ratelimited")
    note = to_person("c1r", Topic.QUESTION, "U0TECH", text="evil text")
    for _ in range(2):
        assert await notices("1-0", "evil text", "U0EVIL", again=True, worn_out=True)
        assert await notices.left_out("2-0", note)
    setting.refuse()
    assert await notices("1-0", "evil text", "U0EVIL", again=True, worn_out=True) is None
    assert await notices.left_out("2-0", note) is None
    notice, message = setting.messenger.texts(SECURITY)
    assert "A notice ended the processes" in notice
    assert "`/cld requests c1r`, and tell the user U0TECH" in message
    assert "evil" not in (notice + message).lower()


async def test_a_message_whose_form_is_refused_arrives_as_a_short_text(harness: Harness) -> None:
    """It says where to look"""
    picky = FirstRefused()
    deliver = outbox(harness, picky)
    request = await asked(harness)
    note = to_person(request.id, Topic.APPROVED, "U0TECH")
    assert await deliver("1-0", note, again=False) is None
    (text,) = picky.texts("U0TECH")
    assert f"/cld requests {request.id}" in text


async def test_a_deleted_card_of_an_open_request_is_replaced(setting: Setting) -> None:
    """Otherwise only typing could decide it"""
    card = redraw(setting.request.id, Topic.ASKED)
    assert await setting.outbox("1-0", card, again=False) is None
    setting.messenger.said[APPROVALS][0] = ("deleted", setting.messenger.said[APPROVALS][0][1])
    setting.messenger.refusal = "thread_not_found"
    news = in_thread(setting.request.id, Topic.REMINDER)
    assert await setting.outbox("2-0", news, again=False) is None
    assert [mark for mark, _ in setting.messenger.said[APPROVALS]] == [
        "deleted",
        setting.request.id,
    ]
