"""What a planned change of a key does to its environment's webhook signer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import assert_never

from bot.domain.keys import WEBHOOKS, Key, ProtectionReason, signer


class Act(Enum):
    """What is planned for a key: ENABLE also as a restore, a renewal or the opening of a link.

    DISABLE is also the end of access.
    """

    ENABLE = auto()
    DISABLE = auto()
    DELETE = auto()
    PIN = auto()


@dataclass(frozen=True)
class Planned:
    """A planned change; a key that is not among those of its environment is added to them."""

    act: Act
    key: Key

    def after(self, keys: Iterable[Key]) -> list[Key]:
        """Return the environment's keys as the change leaves them; Cloudinary moves a pin."""
        others = [key for key in keys if key.api_key != self.key.api_key]
        match self.act:
            case Act.ENABLE:
                return [*others, replace(self.key, enabled=True)]
            case Act.DISABLE:
                return [*others, replace(self.key, enabled=False)]
            case Act.DELETE:
                return others
            case Act.PIN:
                freed = [replace(key, dedicated_for=_without(key)) for key in others]
                return [*freed, replace(self.key, dedicated_for=(WEBHOOKS,))]
            case _:
                assert_never(self.act)


@dataclass(frozen=True)
class SignerMove:
    """Another key signs webhooks than before, or none does: API keys and labels, empty for none."""

    old: str = ""
    old_name: str = ""
    new: str = ""
    new_name: str = ""

    @property
    def breaks(self) -> bool:
        """Whether signatures change that were there before: only then is it guarded."""
        return bool(self.old)

    def as_seen_with(self, api_key: str) -> "SignerMove":
        """Leave out the names of keys, except of this one, for a person who may see no other."""
        old = self.old_name if self.old == api_key else ""
        new = self.new_name if self.new == api_key else ""
        return replace(self, old_name=old, new_name=new)

    def is_same(self, other: "SignerMove | None") -> bool:
        """Whether the same key takes the place of the same key; names may have changed."""
        return other is not None and (self.old, self.new) == (other.old, other.new)


def move_of(keys: Sequence[Key], planned: Planned) -> SignerMove | None:
    """Compare the signer before and after a planned change; None if it stays."""
    return move_between(keys, planned.after(keys))


def move_between(keys: Iterable[Key], then: Iterable[Key]) -> SignerMove | None:
    """Compare the signer of an environment's keys with that of the keys as they are then."""
    old, new = signer(keys), signer(then)
    before, after = old.api_key if old else "", new.api_key if new else ""
    if before == after:
        return None
    return SignerMove(before, old.label if old else "", after, new.label if new else "")


def breakage(keys: Sequence[Key], planned: Planned) -> ProtectionReason | None:
    """Return what a planned change would break; a typed confirmation overrides it."""
    return broken_by(move_of(keys, planned))


def broken_by(move: SignerMove | None) -> ProtectionReason | None:
    """Return what such a move breaks."""
    if move is None or not move.breaks:
        return None
    return ProtectionReason.WEBHOOK_SIGNER if move.new else ProtectionReason.LAST_ENABLED


def _without(key: Key) -> tuple[str, ...]:
    return tuple(purpose for purpose in key.dedicated_for if purpose != WEBHOOKS)
