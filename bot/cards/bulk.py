"""Cards about many keys at once: the list to confirm, how far it is, and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, assert_never

from bot.cards import adoption, offboard
from bot.cards.bulk_reasons import AWAY, Reasons, reasons
from bot.cards.bulk_words import WORDS, again, full, meant, started, waiting
from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Menu,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    item,
    line,
    msg,
    plural,
)
from bot.cards.left_out import SHOWN, left_out, out_words, rest, unread
from bot.cards.offboard import is_offboarding
from bot.domain.adoptions import adoption_of
from bot.domain.bulk import REQUESTED, STARTED, Bulk, Part, PartState
from bot.domain.commands.grammar import read, write
from bot.domain.commands.keys import DisableKey, EnableKey
from bot.domain.commands.text import escape
from bot.domain.outcomes import bulk as outcomes
from bot.domain.outcomes.kinds import told_by
from bot.domain.phrases import Listed

_ENDED: Final = (PartState.DONE, PartState.FAILED, PartState.SKIPPED)


def bulk_card(outcome: outcomes.BulkOutcome) -> Card:
    """Draw an outcome of a command about many."""
    match outcome:
        case outcomes.BulkPreviewed(bulk):
            adopts = adoption_of(bulk)
            return adoption.previewed(bulk, adopts) if adopts else _previewed(bulk)
        case outcomes.BulkReported(bulk):
            return progress(bulk)
        case outcomes.OffboardPreviewed():
            return offboard.previewed(outcome)
        case outcomes.NoSuchBulk(offboarding=True):
            return card(
                line(
                    msg(
                        "You can't resume this: you sent no such offboarding, or it stopped more"
                        " than 7 days ago. Nothing changed."
                    )
                ),
                line(msg("Find its id with `/cld requests mine`, or offboard the person again.")),
            )
        case outcomes.NoSuchBulk():
            return card(
                line(msg("You have no such list, or it is older than 30 days. Nothing changed.")),
                line(msg("Run the command again to get a new one.")),
            )
        case _:
            assert_never(outcome)


def progress(bulk: Bulk) -> Card:
    """Draw how far a bulk act is: the message that is updated while it runs."""
    if is_offboarding(bulk):
        return offboard.progress(bulk)
    if adopts := adoption_of(bulk):
        return adoption.progress(bulk, adopts)
    if bulk.running:
        running = WORDS[type(meant(bulk.command))].running
        return card(line(running(len(bulk.parts), Text(str(bulk.count(*_ENDED))))))
    return _reported(bulk)


def _previewed(bulk: Bulk) -> Card:
    command = meant(bulk.command)
    left, words = list(left_out(bulk.left_out, out_words(command))), WORDS[type(command)]
    if not bulk.parts:
        return card(line(full(bulk.more) if bulk.more else words.none), *left)
    count = len(bulk.parts)
    more = plural(
        "{count} more key matches. Repeat the command for it afterwards.",
        "{count} more keys match. Repeat the command for them afterwards.",
        bulk.more,
    )
    return card(
        line(words.ask(count)),
        *_named(bulk.parts),
        line(more) if bulk.more else None,
        *left,
        line(words.only),
        buttons=[Button(words.button(count), write(again(command, bulk.id)), style=words.style)],
    )


def _named(parts: tuple[Part, ...]) -> Iterator[Line]:
    for part in parts[:SHOWN]:
        yield item(_target(part))
    yield from rest(len(parts) - SHOWN)


def _target(part: Part) -> Phrase:
    """Name a key, when it changed last, and whose it is, as far as that is known."""
    match part.changed_at, part.owner:
        case None, "":
            said = msg("{key} in {environment}")
        case None, _:
            said = msg("{key} in {environment}, owner: {owner}")
        case _, "":
            said = msg("{key} in {environment}, last changed {ago}")
        case _:
            said = msg("{key} in {environment}, last changed {ago}, owner: {owner}")
    known = {"ago": Moment(part.changed_at)} if part.changed_at else {}
    owner = {"owner": Mention(part.owner)} if part.owner else {}
    return said.fill(key=bold(part.name), environment=bold(part.where), **known, **owner)


def _ways_back(bulk: Bulk) -> tuple[Menu, ...]:
    """Offer to enable each key that the act disabled."""
    disabled = [
        (part, read(escape(part.command))) for part in bulk.parts if part.state is PartState.DONE
    ]
    label = msg("{key} in {environment}")
    choices = tuple(
        Button(
            label.fill(key=Text(part.name), environment=Text(part.where)),
            write(EnableKey(command.name, command.env)),
        )
        for part, command in disabled
        if isinstance(command, DisableKey)
    )
    return (Menu(msg("Enable a key again…"), choices),) if choices else ()


def _reported(bulk: Bulk) -> Card:
    command = meant(bulk.command)
    words, again_ = WORDS[type(command)], write(again(command, bulk.id))
    asked = [part.request for part in bulk.parts if part.outcome.startswith(REQUESTED)]
    begun = [part.request for part in bulk.parts if part.outcome.startswith(STARTED)]
    left = bulk.count(PartState.WAITING)
    stopped = plural(
        "It stopped with {count} key left, which is not changed.",
        "It stopped with {count} keys left, which are not changed.",
        left,
    )
    away = msg("It stopped because a service does not answer. Resume when it works again.")
    done = Text(str(bulk.count(PartState.DONE) - len(asked)))
    drawn = card(
        line(words.ended(len(bulk.parts), done)),
        line(started(_ids(begun), len(begun))) if begun else None,
        line(waiting(_ids(asked), len(asked))) if asked else None,
        *_unsettled(bulk, reasons(command)),
        line(stopped) if left else None,
        unread(bulk.left_out),
        line(away) if bulk.halted and any(it.outcome in AWAY for it in bulk.parts) else None,
        line(msg("To try the rest again: `/cld {resume}`", resume=Text(again_)))
        if bulk.resumable
        else None,
        line(words.after) if words.after and begun + asked else None,
        buttons=[Button(msg("Resume"), again_)] if bulk.resumable else [],
    )
    return replace(drawn, menus=_ways_back(bulk))


def _ids(ids: Sequence[str]) -> Listed:
    """Name requests by their ids, as far as there is room."""
    more = len(ids) - SHOWN
    rest_ = (plural("{count} more", "{count} more", more),) if more > 0 else ()
    return Listed((*(Text(id_, code=True) for id_ in ids[:SHOWN]), *rest_))


def _unsettled(bulk: Bulk, said: Reasons) -> Iterator[Line]:
    """Name each part that failed or was skipped, and say why."""
    states = {PartState.FAILED, PartState.SKIPPED}
    parts = [part for part in bulk.parts if part.state in states]
    for part in parts[:SHOWN]:
        reason = told_by(said.by_kind, part.outcome, said.other)
        yield item(reason.fill(key=bold(part.name), environment=bold(part.where)))
    yield from rest(len(parts) - SHOWN)
