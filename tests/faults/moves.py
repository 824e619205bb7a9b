"""A story of moves: what people do, or time that passes, each until a step is on record."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tests.faults.crash_points import CrashPoints
from tests.faults.story import PLACE, TIMEOUT, Act, Story
from tests.faults.typed_story import REQUEST
from tests.faults.watch import Point, When
from tests.scenarios.system import PLATFORM, TOM, Json, until


@dataclass(frozen=True)
class Move:
    """What a person types, or the time that passes; then what is on record last."""

    to: str
    text: str = ""
    action: str = "requests"
    by: str = TOM
    wait: timedelta = timedelta()


Does = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class MovesStory:
    """Each move is repeated where it was not accepted, and is over before the next."""

    setup: CrashPoints
    other: dict[str, Does]
    """What stands for a move that is no command, by the text of the move."""

    async def run(self, moves: tuple[Move, ...]) -> None:
        """Make the moves."""
        for move in moves:
            await self._move(move)

    async def _move(self, move: Move) -> None:
        before = (await self.written())[move.to]
        if move.wait:
            self.setup.advance(move.wait)
        elif other := self.other.get(move.text):
            await other()
        else:
            await self.insist(move.action, await self._typed(move))

        async def over() -> bool:
            return (await self.written())[move.to] > before and await self.setup.idle()

        await until(over, TIMEOUT)

    async def insist(self, action: str, act: Act) -> None:
        """Act until it is accepted."""
        await Story(self.setup).insist(action, act)

    async def _typed(self, move: Move) -> Act:
        entries = await self.setup.audit_entries() if REQUEST in move.text else []
        request = next((it["target"]["request"] for it in entries if "request" in it["target"]), "")
        text, act = move.text.replace(REQUEST, request), self.setup.system.act
        return partial(act, "command", user=move.by, channel=PLATFORM, text=text)

    async def written(self) -> Counter[str]:
        """Count the steps that are on record, by the names that the watch gives them."""
        return Counter(
            f"{it['deed']} {it['detail'].strip() if it['deed'] == 'moved' else it['action']}"
            for it in await self.setup.audit_entries()
        )

    async def keys(self, name: str) -> list[Json]:
        """The keys whose names begin so, as Cloudinary has them."""
        state = await self.setup.system.cloudinary("state")
        place = next(each for each in state["environments"] if each["name"] == PLACE)
        return [each for each in place["keys"] if str(each["name"]).startswith(name)]

    async def each_is_on_record_once(self, steps: tuple[str, ...]) -> None:
        """Check what is on record: as often as it is a step."""
        await until(self.setup.idle, TIMEOUT)
        counted = Counter(step.rstrip(" 0123456789") for step in steps)
        written = await self.written()
        expected = {it: n for it, n in counted.items() if it.startswith(("moved", "done"))}
        assert expected == {it: written[it] for it in expected}
        assert "intact" in await self.setup.system.command_line("audit", "verify")


def points_of_redis(steps: tuple[str, ...]) -> list[str]:
    """The crash points around the steps."""
    return [str(Point(when, step)) for step in steps for when in When]


def points_of_bot(steps: tuple[str, ...]) -> list[str]:
    """The same for a dead bot: to it, before a step is after the step before that."""
    return [str(Point(When.BEFORE, steps[0])), *(str(Point(When.AFTER, it)) for it in steps)]
