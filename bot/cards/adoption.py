"""Cards about keys that get an owner: the list to confirm, how far it is, what became of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Phrase,
    Text,
    bold,
    card,
    item,
    line,
    msg,
    plural,
)
from bot.cards.left_out import SHOWN, left_out, rest, unread
from bot.domain.adoptions import owning, waiting
from bot.domain.bulk import Bulk, OutReason, Part, PartState
from bot.domain.commands.adoption import AdoptKeys, ResumeAdoption
from bot.domain.commands.grammar import write
from bot.domain.outcomes.kinds import told_by
from bot.domain.phrases import Span

_OUT: Final[dict[OutReason, Phrase]] = {
    OutReason.ROOT: msg("{key} in {environment} is the root key, which has no owner."),
    OutReason.OWNED: msg(
        "{key} in {environment} has an owner. To choose another one, use `/cld key owner`."
    ),
    OutReason.UNCLAIMED: msg(
        "{key} in {environment} waits for the person who collects it, who is its owner."
    ),
    OutReason.NOT_ALLOWED: msg("You can't choose an owner for {key} in {environment}."),
}
_AWAY: Final = msg(
    "{key} in {environment} is not changed: a service does not answer. Resume in a minute."
)
_FAILURES: Final[dict[str, Phrase]] = {
    "changed": msg(
        "{key} in {environment} got another owner since the list was shown. It is left alone."
    ),
    "owner_overtaken": msg(
        "{key} in {environment} got another owner since the list was shown. It is left alone."
    ),
    "record_unchanged": msg("{key} in {environment} has this owner or this note already."),
    "no_such_key": msg("{key} is no longer in {environment}, or you can't see it."),
    "denied": msg("You can no longer choose an owner for {key} in {environment}."),
    "turned_away": msg(
        "{key} in {environment} is not changed: Keysmith can't identify you. See `/cld whoami`."
    ),
    "uncertain": _AWAY,
    "cloudinary_away": _AWAY,
    "cloudinary_busy": _AWAY,
    "slack_away": _AWAY,
}
"""By the kind of a part's outcome."""
_OTHER: Final = msg("{key} in {environment} is not changed. Try it by itself to see why.")


def previewed(bulk: Bulk, command: AdoptKeys) -> Card:
    """Draw the list, with a button that runs it."""
    parts, left = owning(bulk), list(left_out(bulk.left_out, _OUT))
    if not parts:
        return card(line(msg("None of these keys can get an owner this way.")), *left)
    said = plural(
        "Make {owner} the owner of {count} key? Nothing changed yet.",
        "Make {owner} the owner of {count} keys? Nothing changed yet.",
        len(parts),
        owner=_owner(command),
    )
    more = plural(
        "{count} more key is not in this list. Repeat the command for it afterwards.",
        "{count} more keys are not in this list. Repeat the command for them afterwards.",
        bulk.more,
    )
    note = msg("The note of each key: {note}", note=Text(command.note or ""))
    press = plural(
        "Choose the owner of {count} key", "Choose the owner of {count} keys", len(parts)
    )
    return card(
        line(said),
        *_named(parts),
        line(note) if command.note else None,
        line(more) if bulk.more else None,
        *left,
        line(msg("Where the rules need an approval, a request is sent for each key.")),
        buttons=[Button(press, write(ResumeAdoption(bulk.id)))],
    )


def progress(bulk: Bulk, command: AdoptKeys) -> Card:
    """Draw how far it is, or what became of it."""
    if not bulk.running:
        return _reported(bulk, command)
    ended = len(bulk.parts) - bulk.count(PartState.WAITING)
    said = plural(
        "Choosing an owner: {done} of {count} step is done.",
        "Choosing an owner: {done} of {count} steps are done.",
        len(bulk.parts),
        done=Text(str(ended)),
    )
    return card(line(said))


def _reported(bulk: Bulk, command: AdoptKeys) -> Card:
    parts, waits = owning(bulk), waiting(bulk)
    done = sum(part.state is PartState.DONE for part in parts) - len(waits)
    said = plural(
        "{owner} is now the owner of {done} of {count} key.",
        "{owner} is now the owner of {done} of {count} keys.",
        len(parts),
        owner=_owner(command),
        done=Text(str(done)),
    )
    asked = plural(
        "{count} key waits for an approval. See it with `/cld requests mine`:",
        "{count} keys wait for an approval. See them with `/cld requests mine`:",
        len(waits),
    )
    left = bulk.count(PartState.WAITING)
    stopped = plural(
        "It stopped with {count} step left, which is not done.",
        "It stopped with {count} steps left, which are not done.",
        left,
    )
    again = msg("To try the rest again: `/cld key adopt --resume {id}`", id=Text(bulk.id))
    resume = Button(msg("Resume"), write(ResumeAdoption(bulk.id)))
    return card(
        line(said),
        *((line(asked), *_named(waits)) if waits else ()),
        *_unsettled(bulk),
        line(stopped) if left else None,
        unread(bulk.left_out),
        line(again) if bulk.resumable else None,
        buttons=[resume] if bulk.resumable else [],
    )


def _named(parts: Sequence[Part]) -> Iterator[Line]:
    label = msg("{key} in {environment}")
    for part in parts[:SHOWN]:
        yield item(label.fill(key=bold(part.name), environment=bold(part.where)))
    yield from rest(len(parts) - SHOWN)


def _unsettled(bulk: Bulk) -> Iterator[Line]:
    """Name each part that failed or was skipped, and say why."""
    states = {PartState.FAILED, PartState.SKIPPED}
    parts = [part for part in bulk.parts if part.state in states]
    for part in parts[:SHOWN]:
        reason = told_by(_FAILURES, part.outcome, _OTHER)
        yield item(reason.fill(key=bold(part.name), environment=bold(part.where)))
    yield from rest(len(parts) - SHOWN)


def _owner(command: AdoptKeys) -> Span:
    return Mention((command.owner or "").removeprefix("@"))
