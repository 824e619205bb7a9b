"""What Redis must be for Keysmith."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.checks.findings import Finding, Level, Rule

OLDEST: Final = (6, 2)
"""The oldest version that has every command that Keysmith sends."""
SKEW: Final = 30.0
"""Seconds between two clocks that do no harm."""


class Redis(Rule):
    """What the probe of Redis says."""

    FIT = (Level.OK, "Redis {version} answers, is append-only, and evicts nothing.")
    PRIVATE = (Level.OK, "The private Redis answers; it is for one machine.")
    PRIVATE_IN_PUBLIC = (
        Level.WARNING,
        (
            "REDIS_URL is missing, so a public Keysmith would use a private Redis under var/,"
            " which is for a trial on one machine."
        ),
        "Set REDIS_URL to an append-only Redis that only Keysmith uses.",
    )
    URL = (
        Level.FAULT,
        "Redis can't be used: {what}.",
        "{do}",
    )
    AWAY = (
        Level.FAULT,
        "Redis can't be used: {what}.",
        "{do}",
    )
    REFUSED = (
        Level.FAULT,
        "Redis can't be used: {what}.",
        "{do}",
    )
    NOT_READ = (
        Level.WARNING,
        (
            "Redis answers, but does not let Keysmith read INFO and TIME, so its settings can't be"
            " proven."
        ),
        "Permit both to the user of REDIS_URL, or compare the settings with docs/operating.md.",
    )
    NOT_APPEND_ONLY = (
        Level.FAULT,
        "Redis is not append-only: a restart of it loses the newest requests and audit entries.",
        "Set appendonly to yes.",
    )
    EVICTS = (
        Level.FAULT,
        "Redis deletes keys when its memory is full (maxmemory-policy is {policy}).",
        "Set maxmemory-policy to noeviction.",
    )
    REPLICA = (
        Level.FAULT,
        "REDIS_URL leads to a replica, which stores nothing.",
        "Use the address of the primary server.",
    )
    HALTED = (
        Level.FAULT,
        "Keysmith is halted: Redis went back to an earlier state.",
        (
            "Restore a backup if there is one, then run keysmith recover; docs/backup.md has the"
            " steps."
        ),
    )
    TOO_OLD = (
        Level.FAULT,
        "Redis {version} is too old.",
        "Keysmith needs Redis 6.2 or newer, or Valkey.",
    )
    CLUSTER = (
        Level.WARNING,
        (
            "Redis is a member of a cluster: a plain REDIS_URL leads to one member, which might not"
            " hold Keysmith's keys tomorrow."
        ),
        "Write redis+cluster:// in REDIS_URL.",
    )
    SKEWED = (
        Level.WARNING,
        "The clock of Redis differs from this machine's by {seconds} seconds.",
        "Set both clocks by NTP: deadlines and locks depend on them.",
    )


class Trouble(StrEnum):
    """Why Redis could not be looked at."""

    URL = "url"
    AWAY = "away"
    REFUSED = "refused"
    NOT_READ = "not_read"


@dataclass(frozen=True)
class RedisFacts:
    """A server; `private` is the bot's own, `public` whether browsers reach the bot from outside.

    `skew` is in seconds; `what` says what happened, and `do` what to do about it.
    """

    private: bool = False
    public: bool = False
    trouble: Trouble | None = None
    what: str = ""
    do: str = ""
    version: str = ""
    append_only: bool = True
    policy: str = "noeviction"
    replica: bool = False
    cluster: bool = False
    halted: bool = False
    skew: float = 0.0


def examine_redis(facts: RedisFacts) -> list[Finding]:
    """Say what is wrong with the server, or that it is fit."""
    found = [*_server(facts)] if facts.trouble is None else [*_trouble(facts, facts.trouble)]
    if facts.private and facts.public:
        found.append(Redis.PRIVATE_IN_PUBLIC.found())
    if found:
        return found
    fit = Redis.PRIVATE if facts.private else Redis.FIT
    return [fit.found(version=facts.version)]


def _trouble(facts: RedisFacts, trouble: Trouble) -> Iterator[Finding]:
    rules = {
        Trouble.URL: Redis.URL,
        Trouble.AWAY: Redis.AWAY,
        Trouble.REFUSED: Redis.REFUSED,
        Trouble.NOT_READ: Redis.NOT_READ,
    }
    yield rules[trouble].found(what=facts.what, do=facts.do)


def _server(facts: RedisFacts) -> Iterator[Finding]:
    if facts.halted:
        yield Redis.HALTED.found()
    if _numbers(facts.version) < OLDEST:
        yield Redis.TOO_OLD.found(version=facts.version)
    if facts.replica:
        yield Redis.REPLICA.found()
    if not facts.append_only:
        yield Redis.NOT_APPEND_ONLY.found()
    if facts.policy != "noeviction":
        yield Redis.EVICTS.found(policy=facts.policy)
    if facts.cluster:
        yield Redis.CLUSTER.found()
    if abs(facts.skew) > SKEW:
        yield Redis.SKEWED.found(seconds=round(abs(facts.skew)))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
