"""What a list of many leaves out, and why: keys one by one, and whole environments."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.cards.kit import Line, Phrase, bold, item, line, msg, plural
from bot.cards.own_rights import closed_named
from bot.domain.bulk import LeftOut, OutReason
from bot.domain.commands.many_keys import DisableKeys, ManyKeys

SHOWN: Final = 20
"""Keys or parts that a card names; the rest is counted."""

_OUT: Final[dict[OutReason, Phrase]] = {
    OutReason.ROOT: msg("{key} in {environment} is the root key. Keysmith never disables one."),
    OutReason.LAST_ENABLED: msg(
        "{key} would be the last enabled key in {environment}. Disable it by itself."
    ),
    OutReason.WEBHOOK_SIGNER: msg(
        "{key} signs webhook notifications in {environment}. Disable it by itself, or pin another"
        " key first."
    ),
    OutReason.NOT_ALLOWED: msg("You can't disable {key} in {environment}."),
    OutReason.NEEDS_APPROVAL: msg(
        "{key} in {environment} needs an approval first. Disable it by itself."
    ),
    OutReason.UNKNOWN_AGE: msg(
        "{key} in {environment} has no date of its last change. Disable it by itself."
    ),
}
_OTHERS: Final[dict[OutReason, Phrase]] = {
    OutReason.ROOT: msg("{key} in {environment} is the root key. Keysmith never replaces one."),
    OutReason.LAST_ENABLED: msg(
        "{key} would be the last enabled key in {environment}. Delete it by itself."
    ),
    OutReason.WEBHOOK_SIGNER: msg(
        "{key} signs webhook notifications in {environment}. Delete it by itself, or pin another"
        " key first."
    ),
    OutReason.NOT_ALLOWED: msg("You can't do this to {key} in {environment}."),
    OutReason.UNKNOWN_AGE: msg("{key} in {environment} has no date of its last change."),
    OutReason.NEEDS_REASON: msg(
        "{key} in {environment} needs a reason. Repeat the command with `--reason`."
    ),
    OutReason.ROTATING: msg("{key} in {environment} is being rotated."),
    OutReason.DELETING: msg("{key} in {environment} is being deleted already."),
    OutReason.ASKED: msg("{key} in {environment} has such a request of yours already."),
    OutReason.UNCLAIMED: msg("{key} in {environment} was never collected."),
}


def out_words(command: ManyKeys) -> Mapping[OutReason, Phrase]:
    """Choose what is said of the keys that a list leaves out."""
    return _OUT if isinstance(command, DisableKeys) else _OTHERS


def left_out(
    left: Sequence[LeftOut], words: Mapping[OutReason, Phrase] = _OUT
) -> Iterator[Line | None]:
    """Name the keys that a list leaves out, then the environments that can't be read."""
    keys = [it for it in left if it.reason in words]
    if keys:
        yield line(plural("{count} key is left out:", "{count} keys are left out:", len(keys)))
    for each in keys[:SHOWN]:
        reason = words[each.reason]
        yield item(reason.fill(key=bold(each.name), environment=bold(each.where)))
    yield from rest(len(keys) - SHOWN)
    yield unread(left)


def rest(count: int) -> Iterator[Line]:
    """Count the keys that a card has no room for."""
    if count > 0:
        yield item(plural("and {count} more key", "and {count} more keys", count))


def unread(left: Sequence[LeftOut]) -> Line | None:
    """Name the environments in which Keysmith has no rights: a list has no key of theirs."""
    return closed_named([it.where for it in left if it.reason is OutReason.NO_RIGHTS])
