"""Commands about many keys: which keys their options choose, and what each does to one of them."""

from dataclasses import dataclass
from typing import Annotated, Final, assert_never

from bot.domain.commands.fields import DAYS, PERSON, REFERENCE, Env, Field, Reason
from bot.domain.commands.key_fields import Expiring, Orphaned
from bot.domain.commands.keys import DeleteKey, DisableKey, ListKeys
from bot.domain.commands.rotations import Grace, RotateKey
from bot.domain.commands.spec import CommandSpec
from bot.domain.keys import Key
from bot.domain.phrases import msg
from bot.domain.policy import Action

_RESUMED: Final = msg("Take the one in the message about the keys that were disabled.")
_LISTED: Final = msg("Take the one in the message about these keys.")
_OWNER: Final = Field("owner", PERSON, msg("Owner"), msg("Choose a person"))
_STALE: Final = Field("stale", DAYS, msg("Days since the last change"))


@dataclass(frozen=True)
class _Chosen:
    """What the options choose: keys of an owner, of an environment, of an age, or without an owner.

    `resume` is the id of such a list: it runs what is left of it.
    """

    owner: Annotated[str | None, _OWNER] = None
    env: Env = None
    stale: Annotated[int | None, _STALE] = None
    orphaned: Orphaned = False
    expiring: Expiring = None


@dataclass(frozen=True)
class DisableKeys(_Chosen):
    """Disable every key that the options choose, once the person has confirmed the list."""

    resume: Annotated[str | None, Field("resume", REFERENCE, hint=_RESUMED)] = None


@dataclass(frozen=True)
class RotateKeys(_Chosen):
    """Rotate each of them: each rotation is a request of its own."""

    grace: Grace = None
    reason: Reason = None
    resume: Annotated[str | None, Field("resume", REFERENCE, hint=_LISTED)] = None


@dataclass(frozen=True)
class DeleteKeys(_Chosen):
    """Delete each of them: each deletion is a request of its own, and can be taken back."""

    reason: Reason = None
    resume: Annotated[str | None, Field("resume", REFERENCE, hint=_LISTED)] = None


ManyKeys = DisableKeys | RotateKeys | DeleteKeys
"""Commands about many keys."""
OneOfMany = DisableKey | RotateKey | DeleteKey
"""What they do to each."""
SPECS: Final[tuple[CommandSpec[ManyKeys], ...]] = (
    CommandSpec(
        "key disable",
        DisableKeys,
        Action.KEY_DISABLE,
        msg("Disable many keys: a person's, or those that did not change for long"),
    ),
    CommandSpec(
        "key rotate",
        RotateKeys,
        Action.KEY_ROTATE,
        msg("Rotate many keys: a person's, or those that did not change for long"),
        refused=(
            (
                "compromised",
                msg(
                    "A compromised key is rotated by itself, because it is disabled first. To stop"
                    " many keys at once, disable them."
                ),
            ),
        ),
    ),
    CommandSpec(
        "key delete",
        DeleteKeys,
        Action.KEY_DELETE,
        msg("Delete many keys: a person's, or those that did not change for long"),
    ),
)
"""Typed as the command about one key, with an option in place of its name."""


def one_of(command: ManyKeys, api_key: str, env: str) -> OneOfMany:
    """Return what the command does to one of the keys: the command that a person would type."""
    match command:
        case DisableKeys():
            return DisableKey(api_key, env)
        case RotateKeys():
            return RotateKey(api_key, env, command.grace, reason=command.reason)
        case DeleteKeys():
            return DeleteKey(api_key, env, reason=command.reason)
        case _:
            assert_never(command)


def concerns(command: ManyKeys, key: Key) -> bool:
    """Whether it has anything to do to a key in this state: a disabled one is only deleted."""
    return key.enabled or isinstance(command, DeleteKeys)


def about_same(listed: ListKeys) -> tuple[ManyKeys, ...]:
    """Return the commands about the keys of a list; a rotation makes none of them last longer."""
    narrower = listed.state or listed.mine or listed.unclaimed or listed.tag
    if narrower or not (listed.stale or listed.expiring or listed.orphaned):
        return ()
    kinds = (RotateKeys, DisableKeys, DeleteKeys)[1 if listed.expiring else 0 :]
    chosen = (listed.env, listed.stale, listed.orphaned, listed.expiring)
    return tuple(kind(None, *chosen) for kind in kinds)
