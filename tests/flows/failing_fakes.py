"""Fakes that fail at one chosen call, like a process or a server that dies there."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import ParamSpec, TypeVar

from tests.fakes.cloudinary import FakeAccount
from tests.fakes.directory import FakeDirectory
from tests.fakes.jobs import FakeJobs
from tests.fakes.pending import FakePending
from tests.fakes.requests import FakeRequests
from tests.flows.harness import Harness, staffed

P = ParamSpec("P")
T = TypeVar("T")


class Crash(BaseException):
    """The process is killed: no code after the call runs."""


@dataclass
class FailurePoint:
    """Fails one call, counted from 1, before or after its work.

    `method` names the only method that counts; `error` is raised at the caller.
    """

    at: int = 0
    after: bool = False
    method: str = ""
    error: BaseException = field(default_factory=Crash)
    calls: int = 0

    def arm(self, at: int, *, after: bool = False) -> None:
        """Start counting at the next call."""
        self.at, self.after, self.calls = at, after, 0

    @property
    def blown(self) -> bool:
        """Whether the call was reached."""
        return 0 < self.at <= self.calls

    async def guard(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one call."""
        counts = not self.method or self.method == work.__name__
        self.calls += counts
        blows = counts and self.calls == self.at
        if blows and not self.after:
            raise self.error
        found = await work(*args, **kwargs)
        if blows:
            raise self.error
        return found


@cache
def is_call(kind: object, name: str) -> bool:
    """Whether the attribute of this name is a call: thousands of stories ask."""
    return inspect.iscoroutinefunction(getattr(kind, name, None))


class Failing:
    """A fake whose calls pass a failure point."""

    failure_point: FailurePoint | None = None

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        kind: object = type(self)
        if name.startswith("_") or not is_call(kind, name):
            return found
        return partial(self.failure_point.guard, found) if self.failure_point else found


class FailingAccount(Failing, FakeAccount):
    """Cloudinary behind a failure point."""


class FailingJobs(Failing, FakeJobs):
    """Jobs behind a failure point."""


class FailingRequests(Failing, FakeRequests):
    """Requests behind a failure point."""


class FailingPending(Failing, FakePending):
    """Pending credentials behind a failure point."""


class FailingDirectory(Failing, FakeDirectory):
    """Slack behind a failure point."""


def failing(
    failure_point: FailurePoint, make_account: type[FailingAccount] = FailingAccount
) -> Harness:
    """A harness with its people, all of whose ports are behind the same failure point."""
    harness = staffed(make_account=make_account)
    harness.jobs, harness.pending = FailingJobs(), FailingPending()
    harness.requests = FailingRequests(harness.jobs)
    directory = FailingDirectory()
    vars(directory).update(vars(harness.directory))
    harness.directory = directory
    for each in (harness.account, harness.jobs, harness.pending, harness.requests, directory):
        assert isinstance(each, Failing)
        each.failure_point = failure_point
    harness.rebuild()
    return harness
