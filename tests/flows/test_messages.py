"""Direct messages to the bot and mentions: who is answered, where, and what runs."""

from itertools import count
from typing import Final

import pytest
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.answers import Way
from bot.domain.people import Actor
from bot.errors import SlackError
from handlers.gate import ACTOR, DELIVERY
from handlers.leak_watch import LeakWatch
from handlers.messages import Messages
from handlers.metrics import Metrics
from handlers.seeing import Seeing
from handlers.submit import Submitter
from tests.fakes.answering import Answering
from tests.flows.harness import DEV, GUEST, NEWCOMER, TECH, Harness, staffed
from tests.flows.requested import collected

BOT: Final = "U0KEYSMITH"
CHANNEL: Final = "C1"
Event = dict[str, object]


class Room:
    """A Slack in which people write to the bot, and its worker."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.answering = Answering(harness)
        slack = self.answering.slack
        submitter = Submitter(harness.flows.intake, slack, Seeing(Metrics()))
        watch = LeakWatch(harness.flows.leak_reporter)
        self.messages = Messages(submitter, self.answering.answers, watch)
        self.ids = count()

    async def write(
        self, actor: Actor, text: str, more: Event | None = None, delivery: str = ""
    ) -> list[tuple[Way, str]]:
        """Deliver a direct message; gives the answers to it."""
        inner: Event = {"type": "message", "channel_type": "im", "channel": "D1", "text": text}
        return await self._deliver(actor, inner | (more or {}), delivery)

    async def mention(
        self, actor: Actor, text: str, more: Event | None = None, delivery: str = ""
    ) -> list[tuple[Way, str]]:
        """Deliver a mention in a channel; gives the answers to it."""
        said = f"<@{BOT}> {text}"
        inner: Event = {"type": "app_mention", "channel": CHANNEL, "text": said}
        return await self._deliver(actor, inner | (more or {}), delivery)

    async def _deliver(self, actor: Actor, event: Event, delivery: str) -> list[tuple[Way, str]]:
        before = len(self.answering.slack.seen)
        bots = [{"is_bot": True, "user_id": BOT}]
        body: Event = {"event": event, "authorizations": bots}
        context = AsyncBoltContext({ACTOR: actor, DELIVERY: delivery or f"e{next(self.ids)}"})
        hears = self.messages.direct if event["type"] == "message" else self.messages.mentioned
        known = len(self.harness.jobs.queue)
        await hears(body, context)
        for job_id in self.harness.jobs.queue[known:]:
            job = await self.harness.jobs.load(job_id)
            assert job
            await self.answering.answers.send(job, await self.harness.flows.dispatcher.run(job))
        await self.answering.run()
        return self.answering.slack.seen[before:]


@pytest.fixture
def room() -> Room:
    """A workspace with people."""
    return Room(staffed())


async def test_a_command_in_a_direct_message_runs_as_if_typed(room: Room) -> None:
    """The answer is a direct message, and does not excuse itself for that"""
    ((way, text),) = await room.write(TECH, "key show ci-bot")
    assert way is Way.DIRECT
    assert "ci-bot" in text
    assert "did not take" not in text
    await room.write(TECH, "/cld key disable ci-bot")
    assert not (await room.harness.key(DEV, "ci-bot")).enabled


async def test_a_link_never_comes_in_a_direct_message(room: Room) -> None:
    """There is Collect, and its press brings a message for its person alone"""
    ((way, text),) = await room.write(TECH, "key create new --env shop-dev")
    assert way is Way.DIRECT
    assert "Press Collect" in text
    assert "Reveal credentials" not in text


@pytest.mark.parametrize("text", ["hello", "can I have a key, please?", "", "thanks\nbye"])
async def test_prose_is_answered_with_what_the_person_can_do(room: Room, text: str) -> None:
    """In a direct message and after a mention"""
    for answer in (await room.write(TECH, text), await room.mention(TECH, text)):
        assert ["Hello Tech" in each for _, each in answer] == [True]
        assert ["request", "requests mine", "help"] == room.answering.slack.offered[-3:]


async def test_a_mention_runs_nothing_and_offers_its_command_to_its_person(room: Room) -> None:
    """In an answer that they alone see, or a direct message where the channel refuses that"""
    ((way, text),) = await room.mention(TECH, "key disable ci-bot", {"thread_ts": "1.2"})
    assert way is Way.CHANNEL
    assert "/cld key disable ci-bot" in text
    assert "Only you can see this" in text
    assert (await room.harness.key(DEV, "ci-bot")).enabled
    room.answering.slack.refusals[Way.CHANNEL] = SlackError("not_in_channel")
    ((way, text),) = await room.mention(TECH, "key list")
    assert way is Way.DIRECT
    assert "/cld key list" in text


async def test_a_command_without_its_noun_is_offered_whole(room: Room) -> None:
    """As people in a hurry write: nothing runs before they press"""
    for say in (room.write, room.mention):
        ((_, text),) = await say(TECH, "disable ci-bot")
        assert "Did you mean /cld key disable ci-bot?" in text.replace("`", "")
        assert "key disable ci-bot" == room.answering.slack.offered[-1]
    assert (await room.harness.key(DEV, "ci-bot")).enabled


async def test_a_command_that_lacks_something_offers_its_form(room: Room) -> None:
    """A message has no trigger: the press of the button brings one"""
    ((_, text),) = await room.write(TECH, "key disable")
    assert "/cld key disable" in text
    assert "key disable" == room.answering.slack.offered[-1]


async def test_the_same_event_runs_once(room: Room) -> None:
    """Slack delivers it until it is accepted"""
    for deliver in (room.write, room.mention):
        first = await deliver(TECH, "whoami", delivery=f"event_id:{deliver.__name__}")
        again = await deliver(TECH, "whoami", delivery=f"event_id:{deliver.__name__}")
        assert (len(first), len(again)) == (1, 0)


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"edited": {"user": "U1", "ts": "1.2"}},
        {"hidden": True},
    ],
    ids=str,
)
async def test_bots_and_edits_get_no_answer(room: Room, more: Event) -> None:
    """Nor does Keysmith answer itself, which would never end"""
    assert [] == await room.write(TECH, "key list", more)
    assert [] == await room.mention(TECH, "key list", more)


async def test_a_conversation_with_others_in_it_is_not_listened_to(room: Room) -> None:
    """Only what is written to the bot alone runs"""
    for kind in ("channel", "group", "mpim"):
        assert [] == await room.write(TECH, "key list", {"channel_type": kind})


async def test_who_may_not_use_keysmith_is_told_so_and_nothing_runs(room: Room) -> None:
    """The same gate as for commands"""
    for answer in (
        await room.write(GUEST, "key disable ci-bot"),
        await room.mention(GUEST, "key disable ci-bot"),
    ):
        ((_, text),) = answer
        assert "can't use Keysmith" in text
    assert (await room.harness.key(DEV, "ci-bot")).enabled


async def test_a_mention_stops_no_key_for_an_owner_without_a_role_either(room: Room) -> None:
    """It is offered; what stops only own keys needs no role, and a press like all others"""
    held = await collected(room.harness)
    for said in (f"key disable {held.terms.name}", "key disable"):
        ((way, text),) = await room.mention(NEWCOMER, said)
        assert way is Way.CHANNEL
        assert f"/cld {said}" in text
        assert (await room.harness.key(DEV, held.terms.name)).enabled
        assert said == room.answering.slack.offered[-1]
    await room.write(NEWCOMER, f"key disable {held.terms.name}")
    assert not (await room.harness.key(DEV, held.terms.name)).enabled
