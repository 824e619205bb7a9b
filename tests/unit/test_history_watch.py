"""Security hears of a halt once; where Slack refuses, it is tried again, and the log says so."""

import asyncio
from dataclasses import dataclass, field

from bot.domain.audit import Head
from bot.domain.history import Epoch, Seen
from bot.errors import SlackError, StoreError
from handlers.history_watch import HistoryWatch

SEEN = Seen(Head(3, "m"), Epoch())


@dataclass
class FakeHistory:
    """A history that is halted for a reason, and whose turn to tell is free or taken."""

    reason: str = ""
    seen: Seen | None = SEEN
    away: bool = False
    turn: bool = True
    told_it: bool = False

    def remember(self, seen: Seen | None) -> None:
        """Start with what a former process saw."""
        self.seen = seen

    async def look(self) -> str:
        """Give the reason."""
        if self.away:
            raise StoreError("away")
        return self.reason

    async def may_tell(self) -> bool:
        """Give the turn once."""
        turn, self.turn = self.turn, False
        return turn

    async def told(self) -> None:
        """Keep that security was told."""
        self.told_it = True


@dataclass
class FakeFile:
    """A file that holds what was seen."""

    kept: Seen | None = None

    def read(self) -> Seen | None:
        """Read it."""
        return self.kept

    def keep(self, seen: Seen | None, now: float) -> None:
        """Write it, at any time."""
        assert now
        self.kept = seen


@dataclass
class FakeSecurity:
    """The way to security; `refuses` is an error of Slack's."""

    refuses: str = ""
    posted: list[str] = field(default_factory=list)

    async def tell(self, mark: str, text: str, *, again: bool) -> None:
        """Tell security."""
        assert (mark, again) == ("", False)
        if self.refuses:
            raise SlackError(self.refuses)
        self.posted.append(text)


def looks(watch: HistoryWatch, times: int = 1) -> list[int]:
    """Look so often; gives how many failures each look returned."""

    async def all_of_them() -> list[int]:
        return [len(await watch.look()) for _ in range(times)]

    return asyncio.run(all_of_them())


def test_security_is_told_once_with_the_reason_and_the_way_out() -> None:
    """Directly, since the outbox may be lost"""
    history, security = FakeHistory("entry 7 is gone"), FakeSecurity()
    assert [0, 0] == looks(HistoryWatch(history, FakeFile(), security), 2)
    (told,) = security.posted
    for words in ("entry 7 is gone", "keysmith recover", "Console"):
        assert words in told
    assert history.told_it


def test_a_refusal_by_slack_is_a_failure_and_not_told() -> None:
    """The turn comes again when Redis frees it"""
    history, security = FakeHistory("gone"), FakeSecurity("channel_not_found")
    watch = HistoryWatch(history, FakeFile(), security)
    assert [1] == looks(watch)
    assert not history.told_it
    security.refuses, history.turn = "", True
    assert [0] == looks(watch)
    assert history.told_it


def test_what_was_seen_outlives_the_process() -> None:
    """It is read before the first look, and written with each; a Redis that is away changes none"""
    file = FakeFile(SEEN)
    history = FakeHistory(seen=None, away=True)
    watch = HistoryWatch(history, file, FakeSecurity())
    asyncio.run(watch.begin())
    assert history.seen == SEEN
    history.away, history.seen = False, Seen(Head(4, "n"), Epoch())
    looks(watch)
    assert file.kept == history.seen
