"""Outcomes of reports of leaked keys, and of what ends them."""

from dataclasses import dataclass

from bot.domain.incidents import Incident
from bot.domain.keys import Located


@dataclass(frozen=True)
class SeenLeak:
    """One reported pair, as far as the person may see: nothing else, where they may not.

    `foreign` is only known to a person who may see every key of the account, `other_secret` to one
    who may see this one. `disable` and `rotate` are what they may run.
    """

    api_key: str
    here: Located | None = None
    owner: str = ""
    foreign: bool = False
    other_secret: bool = False
    disable: str = ""
    rotate: str = ""


@dataclass(frozen=True)
class LeakReported:
    """Pairs were reported; `in_command` is whether a command held them, which did not run."""

    kind = "leak_reported"
    seen: tuple[SeenLeak, ...]
    in_command: bool


@dataclass(frozen=True)
class LeakSettled:
    """An incident was dismissed or reviewed, now or before; `review` is what was asked for."""

    kind = "leak_settled"
    incident: Incident
    changed: bool
    review: bool = False


@dataclass(frozen=True)
class NoSuchLeak:
    """There is no incident of this key that the person may see."""

    kind = "no_such_leak"
    name: str


@dataclass(frozen=True)
class NoPairFound:
    """The message holds no pair of an API key and its secret."""

    kind = "no_pair_found"


LeakOutcome = LeakReported | LeakSettled | NoSuchLeak | NoPairFound
