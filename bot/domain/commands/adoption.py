"""Commands that give many keys an owner: those from before Keysmith, or of people who left."""

from dataclasses import dataclass
from typing import Annotated, Final

from bot.domain.commands.fields import (
    MAX_NAME,
    PERSON,
    PROSE,
    REFERENCE,
    Ask,
    Env,
    Field,
    Kind,
    Reason,
)
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import msg
from bot.domain.policy import Action

MOST_CHOSEN: Final = 100
"""Keys that a form takes at once."""
KEYS: Final = Kind(limit=MOST_CHOSEN * (MAX_NAME + 2), ask=Ask.KEYS)
"""Keys without an owner, with commas between them."""
_OWNER: Final = Field("owner", PERSON, msg("Owner"), msg("Leave empty if the keys are yours"))
_KEYS: Final = Field(
    "keys", KEYS, msg("Keys without an owner"), msg("Choose keys"), positional=True
)
_NOTE: Final = Field("note", PROSE, msg("Note"), msg("What the keys are for"))
_RESUMED: Final = msg("Take the one in the message about the keys that got an owner.")


@dataclass(frozen=True)
class AdoptKeys:
    """Give keys without an owner one, once the person has confirmed the list."""

    keys: Annotated[str, _KEYS]
    env: Env = None
    owner: Annotated[str | None, _OWNER] = None
    note: Annotated[str | None, _NOTE] = None
    reason: Reason = None


@dataclass(frozen=True)
class ResumeAdoption:
    """Run what is left of such a list; `resume` is its id."""

    resume: Annotated[str, Field("resume", REFERENCE, hint=_RESUMED)]


Adoption = AdoptKeys | ResumeAdoption
ADOPT: Final = CommandSpec(
    "key adopt", AdoptKeys, Action.KEY_OWNER, msg("Choose an owner for keys that have none")
)
RESUME: Final = CommandSpec("key adopt", ResumeAdoption, Action.KEY_OWNER, ADOPT.summary)
"""Typed as `key adopt` with an option in place of the keys."""


def listed(keys: str) -> tuple[str, ...]:
    """Split a list of keys, each once."""
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in keys.split(",")))))
