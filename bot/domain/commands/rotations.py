"""Commands about rotations: to begin one, and to take its steps."""

from dataclasses import dataclass
from datetime import timedelta
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


@dataclass(frozen=True)
class RotateKey:
    """Give a key a successor with the same roles, or with `role`, and retire it afterwards.

    `compromised` disables the key first; `confirm` is its name typed again, where that breaks more.
    """

    name: KeyName
    env: KeyEnv = None
    grace: Grace = None
    role: RoleName = None
    compromised: Annotated[bool, Field("compromised", FLAG)] = False
    confirm: Confirm = None
    reason: Reason = None
    emergency: Emergency = False
