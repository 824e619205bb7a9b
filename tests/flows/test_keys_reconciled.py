"""Keys at Cloudinary compared with their records: what changed elsewhere is told once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest

from bot.cards.keys import key_card
from bot.cards.kit import plain
from bot.domain.audit import Entry
from bot.domain.drift import Found
from bot.domain.drift_reports import DriftReport
from bot.domain.environments import Environment
from bot.domain.key_records import Happened, KeyEvent, Line
from bot.domain.keys import WEBHOOKS, Key
from bot.domain.outcomes.keys import KeyChanged, KeyShown
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.errors import Conflict, Forbidden, StoreError, Unavailable
from tests.fakes.hasty_loop import HastyLoop
from tests.fakes.sightings import FakeSightings
from tests.flows.harness import CREATE, DEV, PROD, STAGING, TECH, Harness, ready, staffed
from tests.traps.recorded_messages import SECURITY, FakeMessenger, outbox

Edit = Callable[[Harness, Key], None]


def look(harness: Harness, times: int = 1) -> None:
    """Compare the account, without its pauses."""

    async def looks() -> None:
        for _ in range(times):
            assert [] == await harness.flows.reconciler.look()

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(looks())


def failures(harness: Harness) -> list[Exception]:
    """Compare the account, and give what failed."""
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        return runner.run(harness.flows.reconciler.look())


async def compared(harness: Harness, times: int = 1) -> None:
    """The same, in a loop of its own."""
    await asyncio.to_thread(look, harness, times)


def told(harness: Harness, audience: Audience = Audience.SECURITY) -> list[list[str]]:
    """What each message says, by the environment and the changes."""
    messages = [each for each in harness.records.told if each.topic is Topic.DRIFT]
    reports = [DriftReport.read(each.text) for each in messages if each.audience is audience]
    return [
        [report.environment, *(f"{it.what} {it.name}" for it in report.drifts)]
        for report in reports
    ]


@pytest.fixture
async def seen() -> Harness:
    """An account whose keys were compared once, an hour ago."""
    harness = staffed()
    await compared(harness)
    harness.clock.go_on(hours=1)
    return harness


def _edited(**fields: object) -> Edit:
    def edit(harness: Harness, key: Key) -> None:
        harness.account.replace_key(DEV.id, replace(key, **fields))  # type: ignore[arg-type]

    return edit


EDITS: Final[dict[str, Edit]] = {
    "seen renamed robot": _edited(name="robot"),
    "seen disabled ci-bot": _edited(enabled=False),
    "seen pinned ci-bot": _edited(dedicated_for=(WEBHOOKS,)),
    "seen deleted ci-bot": lambda harness, key: harness.account.remove_key(DEV.id, key.api_key),
    "seen created sly": lambda harness, _: (harness.account.add_key(DEV.id, "sly"), None)[1],
}


async def test_what_was_there_at_first_is_no_change() -> None:
    """However often it is compared; each key has a record then, written once"""
    harness = staffed()
    await compared(harness, 2)
    assert [] == told(harness)
    assert 10 == len(harness.records.kept)
    assert 3 == harness.sightings.steps


async def test_a_pin_that_keysmith_moved_is_not_told_where_its_key_is_gone(seen: Harness) -> None:
    """Also where a single key is read first: the key that took the pin is not there any more"""
    former, key = await seen.key(DEV, "ci-bot"), await seen.key(DEV, "uploader")
    for each in (former, key):
        text = f"key webhook {each.name} --env shop-dev --confirm {each.name}"
        assert isinstance(await seen.run(TECH, text), KeyChanged)
        seen.clock.go_on(minutes=1)
    seen.account.remove_key(DEV.id, key.api_key)
    await seen.run(TECH, "key show ci-bot --env shop-dev")
    await compared(seen)
    assert [["Shop dev", "seen deleted uploader"]] == told(seen)


async def test_a_pin_is_not_told_where_keysmith_deleted_the_key_that_took_it(seen: Harness) -> None:
    """Before the next look: the record of that key says when it was pinned"""
    former = await seen.key(DEV, "ci-bot")
    pin = "key webhook {0} --env shop-dev --confirm {0}"
    await seen.run(TECH, pin.format("ci-bot"))
    seen.clock.go_on(minutes=1)
    await seen.run(TECH, CREATE)
    new = await seen.key(DEV, "new")
    await seen.account.set_enabled(DEV.id, new.api_key, enabled=True)
    (waiting,) = await seen.pending.pending_of(TECH)
    seen.pending.collect(waiting.id)
    seen.clock.go_on(minutes=1)
    await seen.run(TECH, pin.format("new"))
    assert (await seen.key(DEV, "new")).pinned
    seen.account.remove_key(DEV.id, new.api_key)
    line = Line(seen.clock.now(), Happened.DELETED)
    seen.records.touch(KeyEvent(new.api_key, line, gone=True))
    await compared(seen)
    assert [] == told(seen)
    assert not seen.records.kept[former.api_key].pinned


@pytest.mark.parametrize("change", EDITS)
async def test_a_change_in_the_console_is_told_once(seen: Harness, change: str) -> None:
    """And stays as it is"""
    key = await seen.key(DEV, "ci-bot")
    EDITS[change](seen, key)
    before = await seen.account.keys(DEV.id)
    await compared(seen, 2)
    assert [["Shop dev", change]] == told(seen)
    assert [] == told(seen, Audience.PERSON)
    assert before == await seen.account.keys(DEV.id)
    if "deleted" not in change:
        shown = await seen.run(TECH, f"key show {change.rsplit(maxsplit=1)[-1]} --env shop-dev")
        assert isinstance(shown, KeyShown)
        words = plain(key_card(shown))
        assert "outside Keysmith" in words
        assert "by Keysmith" not in words
    record = next(
        it for it in seen.records.kept.values() if change.endswith(f" {it.name}") and it.name
    )
    assert change.startswith(record.history[0].what)
    assert record.history[0].by is None


async def test_each_change_of_one_key_is_told(seen: Harness) -> None:
    """There and back again, and its pin that moves to another one"""
    key = await seen.key(DEV, "ci-bot")
    for enabled in (False, True, False):
        seen.account.replace_key(DEV.id, replace(key, enabled=enabled))
        await compared(seen)
    words = ["disabled", "enabled", "disabled"]
    assert [["Shop dev", f"seen {word} ci-bot"] for word in words] == told(seen)
    seen.account.replace_key(DEV.id, replace(key, enabled=False, dedicated_for=(WEBHOOKS,)))
    await compared(seen)
    await seen.account.pin(DEV.id, (await seen.key(DEV, "uploader")).api_key)
    seen.own_acts.marked.clear()  # as if in the Console
    await compared(seen)
    assert ["Shop dev", "seen pinned uploader"] == told(seen)[-1]
    assert 5 == len(told(seen))
    edited = replace(await seen.key(DEV, "uploader"), dedicated_for=())
    seen.account.replace_key(DEV.id, edited)
    await compared(seen)
    assert ["Shop dev", "seen unpinned uploader"] == told(seen)[-1]


async def test_many_changes_are_one_message(seen: Harness) -> None:
    """For each environment; it names some of them and counts the rest"""
    for number in range(200):
        seen.account.add_key(DEV.id, f"terraform-{number}")
    seen.account.add_key(PROD.id, "one")
    await compared(seen)
    messenger = FakeMessenger()
    drifts = [it for it in seen.records.told if it.topic is Topic.DRIFT]
    for number, message in enumerate(drifts):
        await outbox(seen, messenger)(f"{number}-0", message, again=False)
    dev, prod = messenger.texts(SECURITY)
    assert "200 changes of keys in Shop dev were made outside Keysmith" in dev
    assert "and 180 more keys" in dev
    assert "A key in Shop changed outside Keysmith" in prod


async def test_the_owner_of_a_key_is_told(seen: Harness) -> None:
    """In a direct message about their own keys alone"""
    ready(await seen.run(TECH, CREATE))
    await compared(seen)
    assert [] == told(seen)
    for name in ("new", "ci-bot"):
        seen.account.replace_key(DEV.id, replace(await seen.key(DEV, name), name=f"{name}-2"))
    await compared(seen)
    assert [["Shop dev", "seen renamed new-2"]] == told(seen, Audience.PERSON)
    assert 3 == len(told(seen)[0])
    messenger = FakeMessenger()
    (message,) = [it for it in seen.records.told if it.audience is Audience.PERSON]
    await outbox(seen, messenger)("1-0", message, again=False)
    (said,) = messenger.texts(TECH.user_id)
    assert "One of your keys in Shop dev changed outside Keysmith" in said
    assert "new" in said


COMMANDS: Final = (
    "key disable ci-bot",
    "key enable preview-bot --env shop-stag",
    "key rename uploader loader",
    "key webhook ci-bot --confirm ci-bot",
    "key create new --env shop-dev",
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_change_of_keysmiths_own_is_none(seen: Harness, command: str) -> None:
    """Neither when it is done, nor where its process died before it was on the record"""
    await seen.run(TECH, command)
    await compared(seen)
    assert [] == told(seen)
    kept = dict(seen.records.kept)
    await compared(seen)
    assert kept == seen.records.kept


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_change_whose_job_died_is_none(seen: Harness, command: str) -> None:
    """Its record is left to the job; it takes the change over if no job ever writes it"""
    before = dict(seen.records.kept)
    await seen.run(TECH, command)
    seen.records.kept.clear()
    seen.records.kept |= before  # as if it had died before its last step
    await compared(seen)
    assert [] == told(seen)
    assert before == seen.records.kept
    seen.clock.go_on(hours=1)
    await compared(seen, 2)
    assert [] == told(seen)


async def test_a_mark_explains_one_change(seen: Harness) -> None:
    """What a person does in the Console afterwards is another one, also the same again"""
    key = await seen.key(DEV, "ci-bot")
    for text in ("key disable ci-bot", "key enable ci-bot"):
        await seen.run(TECH, text)
        seen.clock.go_on(minutes=1)
    seen.account.replace_key(DEV.id, replace(key, enabled=False))
    await compared(seen)
    assert [["Shop dev", "seen disabled ci-bot"]] == told(seen)


async def test_a_refused_change_explains_nothing(seen: Harness) -> None:
    """One that may have happened does"""
    key = await seen.key(DEV, "ci-bot")
    seen.account.fail_next("rename", Conflict("taken", status=409))
    with pytest.raises(Conflict):
        await seen.run(TECH, "key rename ci-bot robot")
    seen.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=True)
    with pytest.raises(Unavailable):
        await seen.run(TECH, "key disable uploader")
    seen.account.replace_key(DEV.id, replace(key, name="robot"))
    await compared(seen)
    assert [["Shop dev", "seen renamed robot"]] == told(seen)


async def test_of_what_is_not_readable_nothing_is_concluded(seen: Harness) -> None:
    """An environment that Cloudinary refuses, or fails to read, or no longer lists"""
    kept = dict(seen.records.kept)
    seen.account.fail_next("keys", Forbidden("no", status=403))
    await compared(seen)
    assert kept == seen.records.kept
    seen.account.fail_next("keys", Unavailable("500", maybe_done=False))
    (failure,) = await asyncio.to_thread(failures, seen)
    assert isinstance(failure, Unavailable)
    del seen.account._environments[STAGING.id]
    await compared(seen)
    assert kept == seen.records.kept
    assert [] == told(seen)


async def test_a_key_of_an_environment_that_was_not_readable_at_first_is_no_change() -> None:
    """Where the key is older than the first comparison; one that is younger is told"""
    harness = staffed()
    harness.clock.go_on(hours=1)
    harness.account.fail_next("keys", Forbidden("no", status=403))
    await compared(harness)
    harness.clock.go_on(hours=1)
    harness.account.add_key(DEV.id, "sly")
    await compared(harness)
    assert [["Shop dev", "seen created sly"]] == told(harness)


async def test_the_root_key_of_a_new_environment_is_no_change(seen: Harness) -> None:
    """Cloudinary creates it with the environment; another key in it is one"""
    place = seen.account.add_environment(Environment("e-new", "Shop new", "shop-new"))
    seen.account.add_key(place.id, "", root=True)
    await compared(seen)
    assert [] == told(seen)
    seen.account.add_key(place.id, "sly")
    await compared(seen)
    assert [["Shop new", "seen created sly"]] == told(seen)


async def test_a_key_that_is_read_is_compared(seen: Harness) -> None:
    """By the command that shows it, and by one that is to change it; neither fails by that"""
    for text, name in (("key show ci-bot", "robot"), ("key rename uploader new", "loader")):
        key = await seen.key(DEV, text.split()[2])
        seen.account.replace_key(DEV.id, replace(key, name=name))
        await seen.run(TECH, text.replace(key.name, name))
        assert ["Shop dev", f"seen renamed {name}"] == told(seen)[-1]
    assert 2 == len(told(seen))
    seen.sightings.away = True
    assert isinstance(await seen.run(TECH, "key show robot"), KeyShown)


async def test_a_change_by_a_command_hides_no_other_one(seen: Harness) -> None:
    """A key that is renamed in the Console, and disabled by Keysmith a moment later"""
    seen.account.replace_key(DEV.id, replace(await seen.key(DEV, "ci-bot"), name="robot"))
    assert isinstance(await seen.run(TECH, "key disable robot"), KeyChanged)
    await compared(seen, 2)
    assert [["Shop dev", "seen renamed robot"]] == told(seen)


@dataclass
class Dying(FakeSightings):
    """Its process dies once, before or after a step is done."""

    dies: str = ""

    async def write(
        self, found: Sequence[Found], entry: Entry, notifications: Sequence[Notification]
    ) -> bool:
        """Write them, and die."""
        dies, self.dies = self.dies, ""
        written = dies != "before" and await super().write(found, entry, notifications)
        if dies:
            raise StoreError("killed")
        return written


@pytest.mark.parametrize("dies", ["before", "after"])
async def test_a_crash_at_the_step_tells_it_once(seen: Harness, dies: str) -> None:
    """With a command and another process at the same time"""
    seen.account.replace_key(DEV.id, replace(await seen.key(DEV, "ci-bot"), enabled=False))
    seen.sightings = Dying(seen.records, seen.sightings.noted_at, dies=dies)
    seen.rebuild()
    assert 1 == len(await asyncio.to_thread(failures, seen))
    await asyncio.gather(seen.run(TECH, "key show ci-bot"), seen.run(TECH, "key show ci-bot"))
    await compared(seen)
    assert [["Shop dev", "seen disabled ci-bot"]] == told(seen)


async def test_records_of_an_earlier_time_say_nothing_false(seen: Harness) -> None:
    """After Redis went back, each change is told once more, and as one without a record"""
    earlier = dict(seen.records.kept)
    seen.account.replace_key(DEV.id, replace(await seen.key(DEV, "ci-bot"), name="robot"))
    await compared(seen)
    await seen.run(TECH, "key disable uploader")
    seen.records.kept.clear()
    seen.records.kept |= earlier
    seen.own_acts.marked.clear()
    await compared(seen, 2)
    renamed = "seen renamed robot"
    both = ["Shop dev", renamed, "seen disabled uploader"]
    assert [["Shop dev", renamed], both] == told(seen)


@pytest.mark.parametrize("after", ["seen deleted uploader", "seen unpinned uploader"])
async def test_a_pin_that_keysmith_moved_was_taken_from_no_key_elsewhere(
    seen: Harness, after: str
) -> None:
    """Also where the key that got it loses it before the next look"""
    old, new = await seen.key(DEV, "ci-bot"), await seen.key(DEV, "uploader")
    EDITS["seen pinned ci-bot"](seen, old)
    await compared(seen)
    seen.clock.go_on(hours=1)
    pinned = await seen.run(TECH, "key webhook uploader --env shop-dev --confirm uploader")
    assert isinstance(pinned, KeyChanged)
    if after == "seen deleted uploader":
        seen.account.remove_key(DEV.id, new.api_key)
    else:
        seen.account.replace_key(DEV.id, new)
    await compared(seen)
    assert [["Shop dev", after]] == told(seen)[1:]
