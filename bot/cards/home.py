"""App Home: what waits for a person, their keys and their requests, each in a row with its button.

A row with one button is a section with that button beside its text; Slack takes no rich text there,
so what people typed becomes plain text, and the only formatted text is a date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.general import LABELS
from bot.cards.group_requests import is_whole
from bot.cards.invisible import shown
from bot.cards.kit import (
    MAX_TEXT,
    Block,
    Button,
    Card,
    Line,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    escape,
    line,
    msg,
    offering,
    plain_text,
    plural,
    render,
)
from bot.cards.people import turned_away
from bot.cards.request_states import state
from bot.cards.requests import asked_for, deciding, named, press, role_of, target, what
from bot.cards.role_names import is_master
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey, RestoreKey
from bot.domain.commands.requests import ListRequests
from bot.domain.home import Home
from bot.domain.keys import Located
from bot.domain.languages import Language
from bot.domain.people import TurnedAway
from bot.domain.phrases import Capital, spread, worded
from bot.domain.requests.machine import Request, State

MAX_BLOCKS: Final = 100
"""Slack's limit for a view."""


@dataclass(frozen=True)
class Row(Card):
    """One thing in a list: its text, then perhaps a note, which has dates and nothing typed."""


@dataclass(frozen=True)
class Section(Card):
    """What begins a part of the tab."""


def home(outcome: Home | TurnedAway) -> tuple[Card, ...]:
    """Draw one person's App Home."""
    if isinstance(outcome, TurnedAway):
        return (turned_away(outcome),)
    hello = line(msg("Hello {name}.", name=bold(outcome.person.name)))
    calm = not outcome.pending and not outcome.waiting
    offered = [
        Button(LABELS[text], text, style="primary" if calm and text == "request" else None)
        for text in outcome.offered
    ]
    return (
        card(hello, buttons=offered),
        *_waiting(outcome),
        *_keys(outcome),
        *_requests(outcome),
    )


def _waiting(outcome: Home) -> Iterator[Card]:
    """Draw what a person has to do: collect, decide, review."""
    counts = list(map(line, _counts(outcome)))
    yield _section(msg("Waiting for you"), *(counts or [line(msg("Nothing is waiting for you."))]))
    for each in outcome.pending:
        name, place = Text(each.name), Text(each.environment_name)
        text = msg("{key} in {environment} is ready to collect.", key=name, environment=place)
        yield _row(line(text), Button(msg("Collect"), write(Claim(each.id)), style="primary"))
    for request in outcome.waiting:
        yield _to_decide(request)
    if outcome.more_waiting:
        yield card(buttons=[_all("pending")])


def _counts(outcome: Home) -> Iterator[Phrase]:
    review = sum(each.unreviewed for each in outcome.waiting)
    decide, collect = len(outcome.waiting) - review, len(outcome.pending)
    if outcome.more_waiting:
        yield msg("More requests than these are waiting for you.")
    if decide:
        yield plural("{count} request to decide", "{count} requests to decide", decide)
    if review:
        yield plural("{count} emergency to review", "{count} emergencies to review", review)
    if collect:
        yield plural("{count} key to collect", "{count} keys to collect", collect)


def _to_decide(request: Request) -> Card:
    """Draw a request of another person as its card does, with what can be done about it.

    A person approves what they see here: where that is not all, they look at the card first.
    """
    said = asked_for(request)
    if request.unreviewed:
        review = press(msg("Mark reviewed…"), "review", request, "primary")
        return card(*said, buttons=[review, _show(request)])
    expires = line(msg("Expires {date}", date=Moment(request.expires_at, exact=True)))
    decide = deciding(request) if is_whole(request.terms) else []
    return card(*said, expires, buttons=[*decide, _show(request)])


def _keys(outcome: Home) -> Iterator[Card]:
    """Draw a person's keys that work, and those that are deleted at a date."""
    granted = {it.made: it for it in outcome.own if it.state is State.CLAIMED and it.made}
    yield _section(msg("Your keys"))
    if not outcome.keys and not outcome.deletions:
        empty = msg("No keys yet. Request credentials to get one.")
        yield _row(line(empty))
    for here in outcome.keys:
        yield _key(here, granted.get(here.key.api_key))
    for here in outcome.deletions:
        again = RestoreKey(here.key.api_key, here.environment.cloud_name)
        may = here.key.api_key in outcome.restorable
        note = (
            msg("Deletes on {date}", date=Moment(here.deletes_at, exact=True))
            if here.deletes_at
            else None
        )
        yield _row(
            _located(here), *([Button(msg("Restore"), write(again))] if may else []), note=note
        )


def _key(here: Located, request: Request | None) -> Row:
    stop = DisableKey(here.key.api_key, here.environment.cloud_name)
    buttons, note = [Button(msg("Disable"), write(stop), style="danger")], None
    if request:
        note = msg("No end date")
        if request.ends_at:
            note = msg("Ends {date}", date=Moment(request.ends_at, exact=True))
            buttons.insert(0, Button(msg("Renew…"), "renew", request_id=request.id))
    return _row(_located(here), *buttons, note=note)


def _located(here: Located) -> Line:
    said = msg("{key} in {environment}")
    if here.roles == ():
        said = msg("{key} in {environment}. No role: can do nothing.")
    elif is_master(here):
        said = msg("{key} in {environment}. Master Admin.")
    return line(said.fill(key=Text(here.key.label), environment=Text(here.environment.name)))


def _requests(outcome: Home) -> Iterator[Card]:
    """Draw a person's own requests: undecided ones can be cancelled."""
    yield _section(msg("Your requests"))
    if not outcome.own:
        empty = msg("No requests yet. To get a key, request credentials.")
        yield _row(line(empty))
    for each in outcome.own:
        cancel = Button(msg("Cancel request"), "cancel", request_id=each.id)
        button = cancel if each.state is State.PENDING else _show(each)
        if each.terms.action.startswith("key:"):
            role, name = role_of(each), (named(each), Text(": "), what(each), Text("\n"))
            end = (*((role, Text("\n")) if role else ()), Capital(state(each)))
            yield _row(line(*name, *end), button)
        else:
            about = line(Capital(what(each)), Text(": "), target(each))
            yield card(about, line(Capital(state(each))), buttons=[button])
    if outcome.more_own:
        yield card(buttons=[_all("mine")])


def _show(request: Request) -> Button:
    return Button(msg("Show"), write(ListRequests(request.id)))


def _all(which: str) -> Button:
    return Button(msg("Show all"), write(ListRequests(which)))


def _section(title: Phrase, *lines: Line) -> Section:
    return Section((line(title), *lines))


def _row(text: Line, *buttons: Button, note: Phrase | None = None) -> Row:
    return Row((text, line(note)) if note else (text,), buttons)


def home_view(cards: Sequence[Card], offers: Sequence[str], language: Language) -> Block:
    """Build the view; `offers` are the opaque ids for the buttons of `offering`, in order."""
    blocks, ids = list[Block](), iter(offers)
    for each in cards:
        own = [next(ids) for _ in offering([each])]
        blocks += _blocks(each, own, language)
    return {"type": "home", "blocks": blocks[:MAX_BLOCKS]}


def _blocks(each: Card, offers: Sequence[str], language: Language) -> list[Block]:
    if isinstance(each, Section):
        title, *rest = each.lines
        header: Block = {"type": "header", "text": plain_text(_plain(title, language))}
        return [
            {"type": "divider"},
            header,
            *(render(Card(tuple(rest)), (), language).blocks if rest else ()),
        ]
    drawn = list(render(each, offers, language).blocks)
    if not isinstance(each, Row):
        return drawn if each.lines else drawn[1:]
    section: Block = {"type": "section", "text": plain_text(_plain(each.lines[0], language))}
    if notes := each.lines[1:]:
        fields = [{"type": "mrkdwn", "text": _dated(note, language)} for note in notes]
        section |= {"fields": fields}
    if len(each.buttons) != 1:
        return [section, *drawn[1:]]
    (actions,) = drawn[1:]
    elements = actions["elements"]
    return [section | {"accessory": elements[0]}] if isinstance(elements, list) else [section]


def _plain(line_: Line, language: Language) -> str:
    """Write a row's text, in which line breaks are Keysmith's own."""
    parts = (worded(span, language) for span in line_.spans)
    return "".join(part if part == "\n" else shown(part) for part in parts)[:MAX_TEXT]


def _dated(note: Line, language: Language) -> str:
    """Write a note in Slack's own markup; its dates are in the reader's time zone."""
    shown_as = "{date_short_pretty} {time}"
    return "".join(
        f"<!date^{int(it.at.timestamp())}^{shown_as}|{escape(language.moment(it.at))}>"
        if isinstance(it, Moment)
        else escape(worded(it, language))
        for span in note.spans
        for it in spread(span, language)
    )
