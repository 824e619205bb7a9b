"""Inputs of forms: a field as the element by which Slack asks for its kind."""

from collections.abc import Iterable
from typing import Final

from bot.cards.form_words import written
from bot.cards.kit import MAX_LABEL, Block, Text, msg
from bot.cards.offboard_words import PIECES
from bot.cards.people import ROLES
from bot.cards.role_names import USES
from bot.cards.rotations import STEPS
from bot.domain import durations
from bot.domain.choices import Choice, named
from bot.domain.commands.adoption import MOST_CHOSEN
from bot.domain.commands.fields import (
    ACCOUNT_USER,
    MOST_PLACES,
    PERSON,
    SEARCHED,
    Ask,
    Field,
)
from bot.domain.commands.key_fields import ADD, REMOVE
from bot.domain.commands.requests import BROKE, FINE
from bot.domain.languages import Language
from bot.domain.offboard_pieces import Piece
from bot.domain.passphrases import LEAST, MOST
from bot.domain.phrases import Lasting, Phrase, Span

FIELD: Final = "field:"
"""The prefix of a field's block id; the field's name follows."""
VALUE: Final = "value"
DATE: Final = ":date"
"""The suffix of the block in which a person chooses the date of a duration."""
ON_DATE: Final = "date"
"""The choice of a date in place of a duration."""
OPEN_ENDED: Final = "open"
"""The choice of no duration."""
MAX_VALUE: Final = 150
"""Characters of an option's value, by Slack."""
MAX_LONG: Final = 150
"""Characters of a header and a placeholder, by Slack; of a label and a hint, by taste."""
REDRAWS: Final = frozenset({*SEARCHED, Ask.DURATION}) - {Ask.REQUEST, Ask.GROUP, Ask.KEYS}
"""Values whose choice changes what else the form shows."""
_CHOICES: Final[dict[str, Phrase]] = {
    ADD: msg("Add a role"),
    REMOVE: msg("Remove a role"),
    BROKE: msg("It broke something"),
    FINE: msg("Nothing broke"),
    **{str(use): phrase for use, phrase in USES.items()},
    **{str(role): phrase for role, phrase in ROLES.items()},
}
_BELOW: Final = {Ask.PASSPHRASE: msg("The link's page asks for it. Keysmith can't show it again.")}
_OF_TAGS: Final[dict[str, Phrase]] = {ADD: msg("Add a tag"), REMOVE: msg("Remove a tag")}
_PRESETS: Final = ("1h", "8h", "1d", "7d", "30d", "90d")
_ENDS: Final = {
    "renew": msg("As long as before"),
    "": msg("No end date"),
}
"""What no duration means, by command."""


def inputs(
    field: Field, text: str, language: Language, *, required: bool, command: str = ""
) -> list[Block]:
    """Draw the input of a field, filled in with a text; nothing if forms do not ask for it."""
    if field.kind.ask is Ask.NOTHING:
        return []
    block: Block = {
        "type": "input",
        "block_id": f"{FIELD}{field.name}",
        "optional": not required,
        "label": written(_label(field), language, MAX_LONG),
        "element": {"action_id": VALUE} | _element(field, text, language, command),
    }
    unclear = field.kind.ask is Ask.PERSON and text and PERSON.parse(text) is None
    typed = msg("You typed “{text}”. Choose the person.", text=Text(text))
    below = typed if unclear else _BELOW.get(field.kind.ask)
    hint = written(below, language, MAX_LONG) if below else None
    redraws = field.kind.ask in REDRAWS
    return [block | _given("hint", hint) | _given("dispatch_action", redraws)]


def in_order(fields: Iterable[Field]) -> list[Field]:
    """Ask for a role before the reason for it, and before what people seldom fill in."""
    every = list(fields)
    if any(each.kind.ask is Ask.KEYS for each in every):  # the environment says which keys
        every.sort(key=lambda each: each.kind.ask is not Ask.ENVIRONMENT)
    roles = [each for each in every if each.kind.ask is Ask.ROLE]
    rest = [each for each in every if each not in roles]
    first = next((at for at, it in enumerate(rest) if it.kind.ask is Ask.PROSE), len(rest))
    return [*rest[:first], *roles, *rest[first:]]


def date_input(field: Field, language: Language) -> Block:
    """Draw the date below a duration."""
    return {
        "type": "input",
        "block_id": f"{FIELD}{field.name}{DATE}",
        "label": written(msg("Ends on"), language),
        "element": {"type": "datepicker", "action_id": VALUE},
    }


def option(choice: Choice, language: Language) -> Block:
    """Draw one option of a menu."""
    note = written(choice.note, language, MAX_LABEL) if choice.note else None
    shown = {"text": written(choice.label, language, MAX_LABEL), "value": choice.value}
    return shown | _given("description", note)


def _said(choice: str) -> Span:
    """Word a fixed choice, or a time; a tier is data."""
    time, said = durations.read(choice), _CHOICES.get(choice) or STEPS.get(choice)
    return said or (Lasting(time) if time else Text(choice.capitalize()))


def _label(field: Field) -> Span:
    return field.label or Text(field.name.capitalize())


def _element(field: Field, text: str, language: Language, command: str) -> Block:
    shown = {"placeholder": written(field.hint or _label(field), language, MAX_LONG)}
    match field.kind.ask:
        case Ask.ENVIRONMENT | Ask.KEY | Ask.REQUEST | Ask.ROLE | Ask.GROUP:
            given = option(named(text), language) if 0 < len(text) <= MAX_VALUE else None
            found = {"type": "external_select", "min_query_length": 0}
            return found | shown | _given("initial_option", given)
        case Ask.ENVIRONMENTS | Ask.KEYS:
            limit = MOST_CHOSEN if field.kind.ask is Ask.KEYS else MOST_PLACES
            fit = [name for name in places(text) if len(name) <= MAX_VALUE]
            chosen = [option(named(name), language) for name in fit][:limit]
            several = {"type": "multi_external_select", "min_query_length": 0}
            most = {"max_selected_items": limit}
            return several | most | shown | _given("initial_options", chosen)
        case Ask.PERSON if field.kind is ACCOUNT_USER and text and not PERSON.parse(text):
            return _typed(field) | shown | {"initial_value": text}
        case Ask.PERSON:
            user = text.removeprefix("@") if PERSON.parse(text) else None
            return {"type": "users_select"} | shown | _given("initial_user", user)
        case Ask.DURATION:
            menu: Block = {"type": "static_select"}
            return _chosen(menu | shown, _durations(field, text, command), text, language)
        case Ask.CHOICE:
            said = _OF_TAGS if command == "key tag" else {}
            listed = [Choice(said.get(it) or _said(it), it) for it in field.kind.choices]
            return _chosen({"type": "radio_buttons"}, listed, text.casefold(), language)
        case Ask.CHOICES:
            # Only what was given is offered: a part that there is none of is no choice.
            known = field.kind.parse(text) if text else None
            offered = str(known).split(",") if known else field.kind.choices
            boxes = [option(Choice(PIECES[Piece(each)], each), language) for each in offered]
            return {"type": "checkboxes", "options": boxes} | _given("initial_options", boxes)
        case Ask.PASSPHRASE:
            return _typed(field) | shown | {"min_length": LEAST, "max_length": MOST}
        case _:
            return _typed(field) | shown | _given("initial_value", text)


def places(text: str) -> list[str]:
    """Split a list of environments or keys, each once."""
    return list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))


def _typed(field: Field) -> Block:
    return {
        "type": "plain_text_input",
        "max_length": field.kind.limit,
        "multiline": field.kind.ask is Ask.PROSE,
    }


def _given(name: str, value: object) -> Block:
    return {name: value} if value else {}


def _durations(field: Field, text: str, command: str) -> list[Choice]:
    given = [text] if text and text not in _PRESETS else []
    fit = [each for each in _PRESETS if field.problem(each) is None]
    times = [(each, durations.read(each)) for each in (*given, *fit)]
    endless = field.name == "expires"  # what else is left out has its usual time, or no limit
    return [
        *(Choice(Lasting(time), each) for each, time in times if time),
        *([Choice(_ENDS.get(command, _ENDS[""]), OPEN_ENDED)] if endless else []),
        Choice(msg("Another date…"), ON_DATE),
    ]


def _chosen(element: Block, choices: list[Choice], value: str, language: Language) -> Block:
    options = [option(each, language) for each in choices]
    found = next((each for each in options if each["value"] == value), None)
    return element | {"options": options} | _given("initial_option", found)
