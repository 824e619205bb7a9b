"""A story of commands that people type one after another; some wait for an approval."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.faults.crash_points import CrashPoints
from tests.faults.story import TIMEOUT, Story
from tests.scenarios.presses import QUEUES, SAM
from tests.scenarios.system import PLATFORM, TOM, until

JOBS: Final = QUEUES[:2]
LIST: Final = "LIST"
"""Stands in a command for the id of the list that the person was shown last."""

REQUEST: Final = "REQUEST"
"""Stands for the id of the last request."""


@dataclass(frozen=True)
class Line:
    """What one person types, and the changes that it leaves on record."""

    action: str
    text: str
    by: str = TOM
    approved: bool = False
    effects: tuple[tuple[str, str], ...] | None = None
    """The action on record and Cloudinary's call of each; without it, its own action once."""

    @property
    def changes(self) -> Counter[str]:
        """The actions that are on record once it is over."""
        if self.effects is None:
            return Counter([self.action])
        return Counter(action for action, _ in self.effects)


@dataclass(frozen=True)
class TypedStory:
    """Each command is typed again where it was not accepted, and is over before the next."""

    setup: CrashPoints
    lines: tuple[Line, ...]

    async def run(self) -> None:
        """Run the whole story; Slack may still wait for its messages."""
        for line in self.lines:
            await self._type(line)

    async def _type(self, line: Line) -> None:
        before, asked, text = await self.done(), await self._ids("request"), line.text
        if LIST in text:
            text = text.replace(LIST, (await self._ids("bulk"))[-1])
        if REQUEST in text:
            text = text.replace(REQUEST, (await self._ids("request"))[-1])
        await self._accepted(line.action, text, line.by)
        if line.approved:
            request = await until(partial(self._new, "request", asked), TIMEOUT)
            await self._accepted("decide", f"approve {request}", SAM)
        queues = JOBS if line.approved else QUEUES  # Slack takes a message a second in a channel

        async def over() -> bool:
            return await self.done() >= before + line.changes and await self.setup.idle(queues)

        await until(over, TIMEOUT)

    async def _accepted(self, action: str, text: str, by: str) -> None:
        act = partial(self.setup.system.act, "command", user=by, channel=PLATFORM, text=text)
        await Story(self.setup).insist(action, act)

    async def done(self) -> Counter[str]:
        """Count the changes that are on record, by their action."""
        actions = {action for line in self.lines for action in line.changes}
        entries = await self.setup.audit_entries()
        return Counter(
            it["action"] for it in entries if it["deed"] == "done" and it["action"] in actions
        )

    async def each_is_on_record_once(self) -> None:
        """Check the audit log once every queue is empty."""
        await until(self.setup.idle, TIMEOUT)
        expected: Counter[str] = Counter()
        for line in self.lines:
            expected += line.changes
        assert expected == await self.done()
        assert "intact" in await self.setup.system.command_line("audit", "verify")

    async def _ids(self, kind: str) -> list[str]:
        """The ids of all requests, or of all lists, in the audit log."""
        entries = await self.setup.audit_entries()
        return list(dict.fromkeys(it["target"][kind] for it in entries if kind in it["target"]))

    async def _new(self, kind: str, before: list[str]) -> str | None:
        """An id that was not there before."""
        return next((it for it in await self._ids(kind) if it not in before), None)
