"""Fakes that fail at one chosen call: as a process that dies there, or as a server that does."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from tests.fakes.claims import FakeClaims
from tests.fakes.cloudinary import FakeAccount
from tests.fakes.directory import FakeDirectory
from tests.fakes.errands import FakeErrands
from tests.fakes.requests import FakeRequests
from tests.flows.office import Office, staffed

P = ParamSpec("P")
T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nothing that stands behind the call is ever run."""


@dataclass
class Fuse:
    """Blows at one call, counted from one, before its work was done or after.

    `method` names the only method that counts; `error` is what the caller meets.
    """

    at: int = 0
    after: bool = False
    method: str = ""
    error: BaseException = field(default_factory=Crash)
    calls: int = 0

    def arm(self, at: int, *, after: bool = False) -> None:
        """Count from here."""
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


class Fused:
    """What a fake becomes whose calls pass a fuse."""

    fuse: Fuse | None = None

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        if name.startswith("_") or not inspect.iscoroutinefunction(found):
            return found
        return partial(self.fuse.guard, found) if self.fuse else found


class FusedAccount(Fused, FakeAccount):
    """Cloudinary behind a fuse."""


class FusedErrands(Fused, FakeErrands):
    """Errands behind a fuse."""


class FusedRequests(Fused, FakeRequests):
    """Requests behind a fuse."""


class FusedClaims(Fused, FakeClaims):
    """Claims behind a fuse."""


class FusedDirectory(Fused, FakeDirectory):
    """Slack behind a fuse."""


def fused(fuse: Fuse) -> Office:
    """An office with its people, every outside of which is behind the same fuse."""
    office = staffed(make_account=FusedAccount)
    office.errands, office.claims = FusedErrands(), FusedClaims()
    office.requests = FusedRequests(office.errands)
    directory = FusedDirectory()
    vars(directory).update(vars(office.directory))
    office.directory = directory
    for each in (office.account, office.errands, office.claims, office.requests, directory):
        assert isinstance(each, Fused)
        each.fuse = fuse
    office.rebuild()
    return office
