"""A report on keys: how many there are of each age, tier, owner and role, and what needs a look."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from bot.domain.environments import Tier
from bot.domain.key_records import KeyRecord
from bot.domain.keys import Located
from bot.domain.people import Actor

E = TypeVar("E", bound=StrEnum)
SOON: Final = timedelta(days=14)
"""How long before its end a key counts as expiring."""
LARGEST: Final = 10
"""Owners and roles that are told; the rest is counted together."""


class Age(StrEnum):
    """How old a key is; the youngest first."""

    MONTH = "30d"
    QUARTER = "90d"
    HALF = "180d"
    YEAR = "365d"
    OLDER = "older"
    UNKNOWN = "unknown"


_AGES: Final = {Age.MONTH: 30, Age.QUARTER: 90, Age.HALF: 180, Age.YEAR: 365}


class Concern(StrEnum):
    """Why a key needs a look."""

    EXPIRING = "expiring"
    EXPIRED = "expired"
    UNCLAIMED = "unclaimed"
    ORPHANED = "orphaned"
    OVERDUE = "rotation_overdue"


@dataclass(frozen=True)
class ReportedKey:
    """One key of a report; `owner` is a Slack user's id, empty where it is no one's."""

    here: Located
    age: Age
    tier: Tier
    owner: str
    concerns: tuple[Concern, ...]
    expires_at: datetime | None = None
    tags: tuple[str, ...] = ()


Counts = tuple[tuple[str, int], ...]
"""How many keys there are of each, the most first; the rest together has no name."""


@dataclass(frozen=True)
class Figures:
    """The numbers of a report. Without roles, the account has none."""

    keys: int
    environments: int
    enabled: int
    ages: tuple[tuple[Age, int], ...]
    tiers: tuple[tuple[Tier, int], ...]
    concerns: tuple[tuple[Concern, int], ...]
    owners: Counts
    owned: int
    roles: Counts | None = None

    @property
    def unowned(self) -> int:
        """Keys that are no one's."""
        return self.keys - self.owned


def age_of(created: datetime | None, now: datetime) -> Age:
    """Sort a key by its age."""
    if created is None:
        return Age.UNKNOWN
    days = (now - created).days
    return next((age for age, most in _AGES.items() if days < most), Age.OLDER)


def reported(
    here: Located,
    record: KeyRecord | None,
    owner: Actor | None,
    now: datetime,
    *,
    left: bool = False,
) -> ReportedKey:
    """Judge one key; `left` is whether its owner and co-owners have left.

    A root key has no owner and is collected by no one: it is counted, and no concern.
    """
    ends = record.expires_at if record else None
    concerns = {
        Concern.EXPIRED: ends is not None and ends <= now and here.key.enabled,
        Concern.EXPIRING: ends is not None and now < ends <= now + SOON,
        Concern.UNCLAIMED: record is not None and not record.claimed,
        Concern.ORPHANED: not here.key.root and (owner is None or left),
        Concern.OVERDUE: here.overdue,
    }
    return ReportedKey(
        here,
        age_of(here.key.created_at, now),
        here.environment.tier,
        owner.user_id if owner else "",
        tuple(each for each in Concern if concerns[each]),
        ends,
        record.tags if record else (),
    )


def figures(keys: Sequence[ReportedKey]) -> Figures:
    """Count the keys."""
    places = {it.here.environment.id for it in keys}
    concerns = Counter(each for it in keys for each in it.concerns)
    owners = Counter(it.owner for it in keys if it.owner)
    known = [it.here.roles for it in keys if it.here.roles is not None]
    roles = Counter(role.name for held in known for role in held)
    return Figures(
        keys=len(keys),
        environments=len(places),
        enabled=sum(it.here.key.enabled for it in keys),
        ages=_each(Age, (it.age for it in keys)),
        tiers=_each(Tier, (it.tier for it in keys)),
        concerns=tuple((each, concerns[each]) for each in Concern),
        owners=_largest(owners),
        owned=sum(owners.values()),
        roles=_largest(roles) if known else None,
    )


def _each(kinds: type[E], found: Iterable[E]) -> tuple[tuple[E, int], ...]:
    counted = Counter(found)
    return tuple((kind, counted[kind]) for kind in kinds)


def _largest(counted: "Counter[str]") -> Counts:
    most = counted.most_common()
    rest = sum(count for _, count in most[LARGEST:])
    return (*most[:LARGEST], *((("", rest),) if rest else ()))


FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


def safe(cell: str) -> str:
    """Give a cell as text, which no spreadsheet runs: names are typed by anyone."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Write rows for a spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([map(safe, row) for row in rows])
    return out.getvalue()


KEY_COLUMNS: Final = (
    *("environment", "tier", "key", "api_key", "enabled", "root", "created", "last_changed"),
    *("age", "owner", "owner_name", "roles", "expires", "concerns", "tags"),
)


def key_rows(keys: Iterable[ReportedKey], names: Mapping[str, str]) -> Iterable[Sequence[str]]:
    """Give a row for each key, below a row of heads; `names` are of people by their ids."""
    yield KEY_COLUMNS
    for it in keys:
        key, place = it.here.key, it.here.environment
        yield (
            *(place.name, it.tier, key.name, key.api_key, _yes(key.enabled), _yes(key.root)),
            *(_day(key.created_at), _day(key.updated_at), it.age),
            *(it.owner, names.get(it.owner, "")),
            "; ".join(role.name for role in it.here.roles or ()),
            *(_day(it.expires_at), "; ".join(it.concerns), "; ".join(it.tags)),
        )


def figure_rows(found: Figures) -> Iterable[Sequence[str]]:
    """Give the numbers alone: for readers who may not see each key."""
    yield "kind", "value", "keys"
    yield "all", "", str(found.keys)
    yield "state", "enabled", str(found.enabled)
    yield "state", "disabled", str(found.keys - found.enabled)
    groups = {"age": found.ages, "tier": found.tiers, "concern": found.concerns}
    for kind, counts in groups.items():
        yield from ((kind, str(value), str(count)) for value, count in counts)
    yield "owner", "with", str(found.owned)
    yield "owner", "without", str(found.unowned)
    yield from (("role", name or "others", str(count)) for name, count in found.roles or ())


def _yes(flag: bool) -> str:  # noqa: FBT001  # a cell
    return "yes" if flag else "no"


def _day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""
