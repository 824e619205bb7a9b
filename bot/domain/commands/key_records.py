"""Commands about what Keysmith itself keeps of a key: whose it is, and what it is for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from bot.domain.commands.fields import DURATION, FLAG, PERSON, PROSE, Field, KeyEnv, KeyName, Reason
from bot.domain.commands.key_fields import TAG, TAG_CHANGE
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Text, msg
from bot.domain.policy import Action

_OWNER: Final = Field("owner", PERSON, msg("Owner"), msg("Choose a person"), positional=True)
_NOTE: Final = Field(
    "note", PROSE, msg("Note"), msg("What the key is for, and where it is used"), positional=True
)
_TAG: Final = Field("tag", TAG, msg("Tag"), Text("ci"), positional=True)
_FOR: Final = Field("owner", PERSON, msg("Owner"), msg("Leave empty if it is for you"))
_EXPIRES: Final = Field(
    "expires", DURATION, msg("Expires after"), msg("Leave empty for a key without an end")
)
NewOwner = Annotated[str | None, _FOR]
KeyExpires = Annotated[timedelta | None, _EXPIRES]


@dataclass(frozen=True)
class OwnerOfKey:
    """Show whose key it is; with `owner`, make it that person's.

    With `also` they become a co-owner beside the owner, with `remove` they are none any more.
    """

    name: KeyName
    owner: Annotated[str | None, _OWNER] = None
    env: KeyEnv = None
    reason: Reason = None
    also: Annotated[bool, Field("also", FLAG)] = False
    remove: Annotated[bool, Field("remove", FLAG)] = False

    @property
    def of_co_owner(self) -> bool:
        """Whether it is about a co-owner, not about the owner."""
        return self.also or self.remove


@dataclass(frozen=True)
class NoteKey:
    """Write down what a key is for."""

    name: KeyName
    note: Annotated[str, _NOTE]
    env: KeyEnv = None
    reason: Reason = None


@dataclass(frozen=True)
class TagKey:
    """Add a tag to a key, or remove it."""

    name: KeyName
    change: Annotated[str, TAG_CHANGE]
    tag: Annotated[str, _TAG]
    env: KeyEnv = None
    reason: Reason = None


RecordChange = OwnerOfKey | NoteKey | TagKey
"""Commands that change the record of a key, and nothing at Cloudinary."""

SPECS: Final[tuple[CommandSpec[RecordChange], ...]] = (
    CommandSpec(
        "key owner", OwnerOfKey, Action.KEY_OWNER, msg("Show a key's owner, or choose another one")
    ),
    CommandSpec("key note", NoteKey, Action.KEY_NOTE, msg("Write down what a key is for")),
    CommandSpec("key tag", TagKey, Action.KEY_NOTE, msg("Add a tag to a key, or remove one")),
)
