"""Fields of commands about keys, and the words that they take."""

import re
from dataclasses import replace
from typing import Annotated, Final

from bot.domain import brownouts, durations
from bot.domain.commands.fields import DAYS, FLAG, ROLE, Ask, Field, Kind
from bot.domain.key_roles import Use
from bot.domain.phrases import Listed, Text, msg

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
KEY_STATES: Final = (ENABLED, DISABLED)
ADD: Final = "add"
REMOVE: Final = "remove"
ROLE_CHANGES: Final = (ADD, REMOVE)
USES: Final = tuple(map(str, Use))
_SYNONYMS: Final = {
    "create": Use.UPLOAD,
    "list": Use.READ,
    "view": Use.READ,
    "update": Use.REPLACE,
    "destroy": Use.DELETE,
    "usage": Use.REPORT,
    "presets": Use.SETTINGS,
}
"""Words of Cloudinary's APIs for the same."""


def _state(text: str) -> str | None:
    return text.casefold() if text.casefold() in KEY_STATES else None


def _tag(text: str) -> str | None:
    tag = text.casefold()
    return tag if re.fullmatch("[a-z0-9][a-z0-9_-]{0,29}", tag) else None


TAG: Final = Kind(
    _tag,
    problem=msg("`{name}` has letters from a to z, digits, `-` and `_`: 30 at most."),
)
STATE: Final = Field(
    "state",
    Kind(
        _state,
        problem=msg("`--state` is enabled or disabled."),
        ask=Ask.CHOICE,
        choices=KEY_STATES,
    ),
    msg("State"),
)


def _change(text: str) -> str | None:
    return text.casefold() if text.casefold() in ROLE_CHANGES else None


ROLE_CHANGE: Final = Field(
    "change",
    Kind(
        _change,
        problem=msg("After the key, use `add` or `remove` and a role."),
        ask=Ask.CHOICE,
        choices=ROLE_CHANGES,
    ),
    msg("Change"),
    positional=True,
)
TAG_CHANGE: Final = Field(
    "change",
    replace(ROLE_CHANGE.kind, problem=msg("After the key, use `add` or `remove` and a tag.")),
    msg("Change"),
    positional=True,
)
ROLE_TO_CHANGE: Final = Field(
    "role", ROLE, msg("Role"), msg("Choose what the key may do"), positional=True
)

BROWNOUT_FOR: Final = Field(
    "for",
    Kind(
        brownouts.read,
        durations.write,
        msg("`{name}` needs a time from `1m` to `24h`, such as `10m`."),
        ask=Ask.CHOICE,
        choices=("5m", "10m", "30m", "1h", "8h"),
    ),
    msg("For how long"),
)


def _use(text: str) -> str | None:
    known = _SYNONYMS.get(text.casefold(), text.casefold())
    return known if known in USES else None


USE: Final = Field(
    "action",
    Kind(
        _use,
        problem=msg("Ask about {uses}.", uses=Listed(tuple(Text(each) for each in USES), "or")),
        ask=Ask.CHOICE,
        choices=USES,
    ),
    msg("Action"),
    positional=True,
)

Stale = Annotated[int | None, Field("stale", DAYS)]
Expiring = Annotated[
    int | None, Field("expiring", DAYS, msg("Days until their access ends"), msg("Such as 14d"))
]
Mine = Annotated[bool, Field("mine", FLAG)]
Orphaned = Annotated[bool, Field("orphaned", FLAG)]
Unclaimed = Annotated[bool, Field("unclaimed", FLAG)]
Tagged = Annotated[str | None, Field("tag", TAG)]
