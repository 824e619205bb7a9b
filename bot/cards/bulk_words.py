"""What the messages about many keys say, by what is done to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from bot.cards.kit import Phrase, Span, Text, msg, plural
from bot.domain.commands.grammar import read
from bot.domain.commands.many_keys import DeleteKeys, DisableKeys, ManyKeys, RotateKeys
from bot.domain.commands.text import escape

Count = Callable[[int], Phrase]
Counts = Callable[[int, Text], Phrase]
Style = Literal["primary", "danger"]


@dataclass(frozen=True)
class Words:
    """`ask`, `button`: before it is confirmed; `running`, `ended`: with how many are done."""

    none: Phrase
    ask: Count
    only: Phrase
    button: Count
    running: Counts
    ended: Counts
    style: Style = "danger"
    after: Phrase | None = None


_REQUESTS: Final = msg(
    "Each key gets a request of its own, which waits where an approval is needed. A key that"
    " changes before you confirm is left alone."
)
WORDS: Final[dict[type[ManyKeys], Words]] = {
    DisableKeys: Words(
        msg("No key matches that you can disable this way."),
        lambda count: plural(
            "Disable {count} key? Nothing changed yet.",
            "Disable {count} keys? Nothing changed yet.",
            count,
        ),
        msg("Only these keys are disabled. A key that changes before you confirm is left alone."),
        lambda count: plural("Disable {count} key", "Disable {count} keys", count),
        lambda count, done: plural(
            "Disabling keys: {done} of {count} key is checked.",
            "Disabling keys: {done} of {count} keys are checked.",
            count,
            done=done,
        ),
        lambda count, done: plural(
            "Disabled {done} of {count} key.", "Disabled {done} of {count} keys.", count, done=done
        ),
    ),
    RotateKeys: Words(
        msg("No key matches that you can rotate this way."),
        lambda count: plural(
            "Rotate {count} key? Nothing changed yet.",
            "Rotate {count} keys? Nothing changed yet.",
            count,
        ),
        _REQUESTS,
        lambda count: plural("Rotate {count} key", "Rotate {count} keys", count),
        lambda count, done: plural(
            "Starting rotations: {done} of {count} key is checked.",
            "Starting rotations: {done} of {count} keys are checked.",
            count,
            done=done,
        ),
        lambda count, done: plural(
            "Started the rotation of {done} of {count} key.",
            "Started the rotation of {done} of {count} keys.",
            count,
            done=done,
        ),
        "primary",
        msg("The old keys work until their successors are deployed."),
    ),
    DeleteKeys: Words(
        msg("No key matches that you can delete this way."),
        lambda count: plural(
            "Delete {count} key? Nothing changed yet.",
            "Delete {count} keys? Nothing changed yet.",
            count,
        ),
        _REQUESTS,
        lambda count: plural("Delete {count} key", "Delete {count} keys", count),
        lambda count, done: plural(
            "Starting deletions: {done} of {count} key is checked.",
            "Starting deletions: {done} of {count} keys are checked.",
            count,
            done=done,
        ),
        lambda count, done: plural(
            "Started the deletion of {done} of {count} key.",
            "Started the deletion of {done} of {count} keys.",
            count,
            done=done,
        ),
        after=msg(
            "A key is disabled first, and deleted 7 days later. Until then, restore it with"
            " `/cld key restore <name>`."
        ),
    ),
}


def meant(command: str) -> ManyKeys:
    """Read the command of a list; one that can't be read any more disables, as the first did."""
    found = read(escape(command))
    return found if isinstance(found, ManyKeys) else DisableKeys()


def again(command: ManyKeys, bulk_id: str) -> ManyKeys:
    """Write what runs the rest of a list."""
    return type(command)(resume=bulk_id)


def waiting(ids: Span, count: int) -> Phrase:
    """Name the requests that wait for approvers."""
    return plural(
        "{count} request waits for approval: {ids}.",
        "{count} requests wait for approval: {ids}.",
        count,
        ids=ids,
    )


def started(ids: Span, count: int) -> Phrase:
    """Name the requests that need no approval."""
    return plural("{count} request: {ids}.", "{count} requests: {ids}.", count, ids=ids)


def full(count: int) -> Phrase:
    """Say why a list has no key although some match."""
    return plural(
        "{count} key matches, but as many of your requests wait for approval as may. Repeat the"
        " command when some are decided.",
        "{count} keys match, but as many of your requests wait for approval as may. Repeat the"
        " command when some are decided.",
        count,
    )
