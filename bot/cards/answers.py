"""An answer on its way: what it says at the place of the command, and what it says elsewhere."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from typing import Final

from bot.cards.kit import (
    Anchor,
    Block,
    Button,
    Card,
    Message,
    Moment,
    Text,
    card,
    joined,
    line,
    msg,
    render,
)
from bot.cards.links import created
from bot.cards.outcomes import card_of
from bot.domain.answers import PLACES, SHORTEST_TEXT, Sending, ways
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.jobs import Reply
from bot.domain.languages import Language
from bot.domain.outcomes.links import LinkReady, NotReady
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome, Several
from bot.domain.people import Actor
from bot.domain.requests.notifications import collects

REFUSED: Final = line(msg("Slack refuses this answer as it is written, so it is shortened."))
LOOK: Final = line(msg("See what is done with `/cld requests` and `/cld key list`."))
TABLE: Final = "table"
BEGINNING: Final = 500
"""Characters of an answer that is too much: they say what was done, and what was not."""


@dataclass(frozen=True)
class Answer:
    """A message for one person; `form` is the modal that asks for what is missing instead.

    A direct message carries the `mark`, by which it is found where its sending was unclear. `ends`
    where a job ran the command, so that a form beneath its modal is done with.
    """

    actor: Actor
    reply: Reply = field(repr=False)
    message: Message = field(repr=False)
    sending: Sending
    form: Block | None = field(default=None, repr=False)
    mark: str = ""
    ends: bool = True
    collects: str = ""
    """What the mark of a direct message with Collect begins with (`notifications.collects`)."""

    @property
    def marked(self) -> str:
        """The mark of the direct message."""
        return f"{self.collects}:{self.mark}" if self.collects else self.mark

    def shown(self, language: Language) -> Message:
        """Give what the present way shows; the message itself has its language already."""
        message = _shorter(self.message, self.sending.short, language)
        reply, here = self.reply, set(PLACES)
        if reply.aloud or not (reply.channel or reply.home):  # a mention, or a direct message
            here.add(ways(reply, timedelta())[0])
        return message if self.sending.way in here else _elsewhere(message, self.sending, language)

    def at(self, sending: Sending) -> "Answer":
        """Give the same answer, further on its way."""
        return replace(self, sending=sending)

    def cut(self, language: Language) -> "Answer":
        """Give the answer without any of its own text, which may end the processes that send it."""
        message = _shorter(self.message, SHORTEST_TEXT, language)
        return replace(self, message=message, sending=replace(self.sending, short=0), form=None)


def _shorter(message: Message, short: int, language: Language) -> Message:
    if not short:
        return message
    if short < SHORTEST_TEXT and any(each["type"] == TABLE for each in message.blocks):
        return _without_table(message)
    text = unescape(message.text)[:BEGINNING] if short < SHORTEST_TEXT else ""
    lines = (line(Text(each)) for each in text.splitlines())
    return render(card(REFUSED, *lines, LOOK), (), language)


def _without_table(message: Message) -> Message:
    """Say in lines what the table says, for a Slack that takes no table here."""
    lines = render(card(*(line(Text(each)) for each in unescape(message.text).splitlines())))
    _, *rest = (each for each in message.blocks if each["type"] != TABLE)
    return Message(message.text, (*lines.blocks, *rest))


def lines_of(card_: Card) -> Card:
    """Give a card whose table is lines, for a Slack that takes no table here."""
    return replace(card_, lines=card_.said, table=None)


def _elsewhere(message: Message, sending: Sending, language: Language) -> Message:
    refused = msg("Slack did not take this answer where you ran the command {ago}:")
    closed = msg("This answers the form that you sent {ago}, which is closed:")
    told = closed if sending.closed else refused
    head = render(card(line(told.fill(ago=Moment(sending.since)))), (), language)
    return Message(f"{head.text}\n{message.text}", head.blocks + message.blocks)


def linked(card_: Card) -> bool:
    """Whether a card has a link, which only an answer at the place of the command may have."""
    return any(isinstance(span, Anchor) for each in card_.lines for span in each.spans)


def ends_at(outcome: Outcome) -> datetime | None:
    """Return when the links of an outcome end; None where it has none."""
    if isinstance(outcome, Several):
        return min(filter(None, map(ends_at, outcome.outcomes)), default=None)
    return outcome.expires_at if isinstance(outcome, LinkReady) else None


def without_links(outcome: Outcome) -> Card:
    """Draw an outcome; in place of its links there are buttons that collect the credentials."""
    if isinstance(outcome, LinkReady):
        return _collectable(outcome)
    if isinstance(outcome, Several):
        return joined([without_links(each) for each in outcome.outcomes])
    return card_of(outcome)


def collectable(actor: Actor, outcome: Outcome, drawn: Card) -> str:
    """Give what the mark of a card begins with whose Collect is for these credentials alone."""
    if isinstance(outcome, LinkReady):
        return collects(outcome.pending.id, actor.user_id)
    if isinstance(outcome, NotReady | Requested):
        there = any(each.command == "claim" for each in drawn.buttons)
        return collects(outcome.request.id, actor.user_id) if there else ""
    return ""


def _collectable(outcome: LinkReady) -> Card:
    pending = outcome.pending
    collect = Button(
        msg("Collect {key}", key=Text(pending.name)), write(Claim(pending.id)), style="primary"
    )
    return card(
        created(pending),
        line(
            msg(
                "You get its one-time link in a message that only you can see. Press Collect, or"
                " type `/cld claim`. A new link cancels the earlier one."
            )
        ),
        buttons=[collect],
    )
