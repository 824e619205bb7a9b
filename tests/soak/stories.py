"""What the people of a soak do: read, create, disable, and request, approve, collect, reveal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from sandbox.slack.workspace import Message
from tests.scenarios.presses import APPROVALS, direct
from tests.scenarios.system import until
from tests.soak.farm import PLACES
from tests.soak.load import Load
from tests.soak.tally import READ

READS: Final = ("key show {}", "explain key disable {}", "key show {} --env staging")
CREATIONS: Final = 25
"""One story in so many makes a key: changes of one environment wait for each other."""
REQUESTS: Final = 125
"""One story in so many requests it: Slack takes one message a second in the approvals channel."""
PATIENCE: Final = 20.0
"""Seconds after which a person acts again; a process that dies costs a lease of ten."""
TRIES: Final = 6
PAUSE: Final = 1.0
"""Seconds until a person acts again after a failure that they see."""

T = TypeVar("T")
Look = Callable[[], Awaitable[T | None]]


async def mixed(load: Load, number: int) -> None:
    """Tell the story with this number; one that does not come to its end is noted."""
    person = load.farm.people[number % len(load.farm.people)].id
    if number % CREATIONS:
        text = load.chance.choice(READS).format(f"soak-{number:06d}")
        await load.say(READ, person, text)
        return
    story = Key(load, number, person)
    try:
        await (story.requested() if number % REQUESTS == CREATIONS else story.created())
    except TimeoutError:
        load.tally.stuck[story.name] = story.next


@dataclass
class Key:
    """The story of one key, which its owner makes, opens and disables."""

    load: Load
    number: int
    owner: str
    next: str = "creation"
    """The kind of the act that comes next."""
    visit: str = field(default_factory=secrets.token_urlsafe)

    @property
    def name(self) -> str:
        """The name of the key."""
        return f"soak-{self.number:06d}"

    async def created(self) -> None:
        """Create a key; every second one is opened, and every fourth is disabled then."""
        turn = self.number // CREATIONS
        place = sorted(PLACES)[turn % len(PLACES)]
        opened, disabled = turn // 2 % 2 == 1, turn // 4 % 2 == 0
        text = f"key create {self.name} --env {place}"
        if not await self.load.say("creation", self.owner, text):
            self._ends(enabled=False)
            return
        mark = await until(self._answered(text), PATIENCE * TRIES)
        if not self.load.tally.answers[mark].link:
            mark = await self._claimed()
        if opened:
            await self._opened(mark)
        if opened and disabled:
            await self._disabled(place)
        self._ends(enabled=opened and not disabled)

    async def requested(self) -> None:
        """Request a key, have it approved, collect and open it, and disable it."""
        self.next = "request"
        text = f'request staging {self.name} --reason "builds of the shop"'
        if not await self.load.say("request", self.owner, text):
            self._ends(enabled=False)
            return
        card, ready = self._with("approve", APPROVALS), self._with("claim", direct(self.owner))
        people = self.load.farm.people
        await until(card, PATIENCE * TRIES)
        await self._pressed("approval", people[(self.number + 1) % len(people)].id, card, ready)
        _, claim = await until(ready)
        await self._pressed("collection", self.owner, ready, self._link(claim))
        await self._opened(claim)
        await self._disabled("staging")
        self._ends(enabled=False)

    def _ends(self, *, enabled: bool) -> None:
        self.load.tally.expected[self.number] = enabled

    async def _insist(self, act: Callable[[], Awaitable[bool]], look: Look[T]) -> T:
        """Act until `look` finds what comes of it, as people do."""
        for _ in range(TRIES):
            await self.load.turn()
            patience = PATIENCE if await act() else PAUSE
            try:
                return await until(look, patience)
            except TimeoutError:
                continue
        raise TimeoutError

    async def _pressed(
        self, kind: str, user: str, find: Look[tuple[Message, str]], look: Look[object]
    ) -> None:
        """Press a button, unless a press before took it away."""
        self.next = kind

        async def act() -> bool:
            found = await find()
            return found is None or await self.load.press(kind, user, *found)

        await self._insist(act, look)

    async def _claimed(self) -> str:
        """Collect by command, as an answer tells whose link was lost with its process."""
        self.next, text = "collection", f"claim {self.name}"
        act = partial(self.load.say, "collection", self.owner, text)
        await self._insist(act, self._link(text))
        return text

    async def _opened(self, mark: str) -> None:
        """Open the link that answered an act, and press Reveal on its page until it shows."""
        self.next, shown = "opening", ""
        async with asyncio.timeout(PATIENCE * TRIES):
            while True:
                await self.load.turn()
                link = self.load.tally.answers[mark].link
                if link != shown:
                    shown = link if await self.load.open(self.name, link) else ""
                elif await self.load.reveal(self.name, link, self.visit):
                    return
                else:
                    await asyncio.sleep(PAUSE)

    async def _disabled(self, place: str) -> None:
        self.next = "disabling"
        text = f"key disable {self.name} --env {place}"

        async def disabled() -> bool:
            answer = self.load.tally.answers.get(text)
            return answer is not None and "disabled" in answer.text

        act = partial(self.load.say, "disabling", self.owner, text)
        await self._insist(act, disabled)

    def _answered(self, mark: str) -> Look[str]:
        async def look() -> str | None:
            return mark if mark in self.load.tally.answers else None

        return look

    def _link(self, mark: str) -> Look[str]:
        async def look() -> str | None:
            answer = self.load.tally.answers.get(mark)
            return answer.link if answer else None

        return look

    def _with(self, verb: str, channel: str) -> Look[tuple[Message, str]]:
        """Find the message about the key that has this button, and the button's id."""

        async def look() -> tuple[Message, str] | None:
            for message in self.load.farm.board.about[self.number].values():
                ids = [
                    str(element.get("action_id"))
                    for block in message.blocks
                    for element in block.get("elements", [])
                    if f":{verb}:" in str(element.get("action_id"))
                ]
                if message.channel == channel and ids:
                    return message, ids[0]
            return None

        return look
