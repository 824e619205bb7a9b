"""Commands about rotations: to begin one, and to take its steps."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from bot.domain import durations
from bot.domain.commands.fields import (
    DURATION,
    FLAG,
    Ask,
    Confirm,
    Emergency,
    Field,
    KeyEnv,
    KeyName,
    Kind,
    Passphrase,
    Reason,
    RoleName,
)
from bot.domain.phrases import Listed, Text, msg
from bot.domain.rotation import LONGEST_GRACE, STEPS, By, Step

TYPED: Final = tuple(dict.fromkeys(s for (_, s), way in STEPS.items() if By.PERSON in way.by))
"""The steps that a person takes."""


def _grace(text: str) -> timedelta | None:
    found = durations.read(text)
    return found if found and found <= LONGEST_GRACE else None


class Cadence(StrEnum):
    """What becomes of a schedule of rotation in place of a time."""

    OFF = "off"
    LATER = "later"


def _every(text: str) -> timedelta | Cadence | None:
    if text.casefold() in {*Cadence}:
        return Cadence(text.casefold())
    found = durations.read(text)
    return found if found and LEAST_EVERY <= found <= MOST_EVERY else None


def _write_every(every: timedelta | Cadence) -> str:
    return every if isinstance(every, Cadence) else durations.write(every)


def _step(text: str) -> Step | None:
    known = {str(each): each for each in TYPED}
    return known.get(text.casefold())


_GRACE: Final = Field(
    "grace",
    Kind(
        _grace,
        durations.write,
        msg("`{name}` needs a time up to `30d`, such as `24h`."),
        ask=DURATION.ask,
    ),
    msg("How long both keys work"),
    msg("Leave empty for the usual time"),
)
_EVERY: Final = Field(
    "every",
    Kind(
        _every,
        _write_every,
        msg("`{name}` needs a time from `7d` to `730d`, such as `90d`, or `off` or `later`."),
    ),
    msg("Rotate by itself every"),
    msg("Such as 90d; off ends it. Leave empty to rotate once, now"),
)
STEP: Final = Field(
    "step",
    Kind(
        _step,
        problem=msg("Choose a step: {steps}.", steps=Listed(tuple(map(Text, TYPED)), "or")),
        ask=Ask.CHOICE,
        choices=TYPED,
    ),
    msg("Step"),
    positional=True,
)
Grace = Annotated[timedelta | None, _GRACE]
LEAST_EVERY: Final = timedelta(days=7)
MOST_EVERY: Final = timedelta(days=730)


@dataclass(frozen=True)
class RotateKey:
    """Give a key a successor with the same roles, or with `role`, and retire it afterwards.

    `compromised` disables the key first; `confirm` is its name typed again, where that breaks more.
    `every` sets the key's schedule in place of rotating it, puts the next rotation off, or ends it.
    """

    name: KeyName
    env: KeyEnv = None
    grace: Grace = None
    role: RoleName = None
    every: Annotated[timedelta | Cadence | None, _EVERY] = None
    compromised: Annotated[bool, Field("compromised", FLAG)] = False
    confirm: Confirm = None
    reason: Reason = None
    emergency: Emergency = False
    passphrase: Passphrase = False
