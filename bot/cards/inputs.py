"""Inputs of forms: a field as the element by which Slack asks for its kind."""

from datetime import timedelta
from typing import Final

from bot.cards.invisible import shown
from bot.cards.kit import MAX_LABEL, Block, plain_text
from bot.domain import durations
from bot.domain.choices import Choice
from bot.domain.commands.fields import MOST_PLACES, SEARCHED, Ask, Field

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
REDRAWS: Final = frozenset({*SEARCHED, Ask.DURATION}) - {Ask.REQUEST}
"""Values whose choice changes what else the form shows."""
_UNITS: Final = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)))
_PRESETS: Final = ("1h", "8h", "1d", "7d", "30d", "90d")
_ENDS: Final = {
    "renew": "As long as before",
    "": "Until someone ends it",
}
"""What no duration means, by command."""


def inputs(field: Field, text: str, *, required: bool, command: str = "") -> list[Block]:
    """Draw the input of a field, filled in with a text; nothing if forms do not ask for it."""
    if field.kind.ask is Ask.NOTHING:
        return []
    block: Block = {
        "type": "input",
        "block_id": f"{FIELD}{field.name}",
        "optional": not required,
        "label": plain_text(_label(field)),
        "element": {"action_id": VALUE} | _element(field, text, command),
    }
    unclear = field.kind.ask is Ask.PERSON and text and field.kind.parse(text) is None
    hint = plain_text(f"You typed “{shown(text)}”. Choose the person.") if unclear else None
    redraws = field.kind.ask in REDRAWS
    return [block | _given("hint", hint) | _given("dispatch_action", redraws)]


def date_input(field: Field) -> Block:
    """Draw the date below a duration."""
    return {
        "type": "input",
        "block_id": f"{FIELD}{field.name}{DATE}",
        "label": plain_text("Ends on"),
        "element": {"type": "datepicker", "action_id": VALUE},
    }


def option(choice: Choice) -> Block:
    """Draw one option of a menu."""
    label = shown(choice.label) or " "
    cut = label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1]}…"
    return {"text": plain_text(cut), "value": choice.value}


def _label(field: Field) -> str:
    return field.label or field.name.capitalize()


def _element(field: Field, text: str, command: str) -> Block:
    match field.kind.ask:
        case Ask.ENVIRONMENT | Ask.KEY | Ask.REQUEST:
            given = option(Choice(text, text)) if text else None
            return _search(field, "external_select") | _given("initial_option", given)
        case Ask.ENVIRONMENTS:
            chosen = [option(Choice(name, name)) for name in places(text)][:MOST_PLACES]
            several = _search(field, "multi_external_select") | {"max_selected_items": MOST_PLACES}
            return several | _given("initial_options", chosen)
        case Ask.PERSON:
            user = text.removeprefix("@") if field.kind.parse(text) else None
            select: Block = {"type": "users_select", "placeholder": _placeholder(field)}
            return select | _given("initial_user", user)
        case Ask.DURATION:
            return _duration(field, text, command)
        case Ask.CHOICE:
            tiers = [option(Choice(each.capitalize(), each)) for each in field.kind.choices]
            return _chosen({"type": "radio_buttons"}, tiers, text.casefold())
        case _:
            return _typed(field, text)


def places(text: str) -> list[str]:
    """Split a list of environments, each once."""
    return list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))


def _placeholder(field: Field) -> Block:
    return plain_text(field.hint or _label(field))


def _search(field: Field, type_: str) -> Block:
    return {"type": type_, "min_query_length": 0, "placeholder": _placeholder(field)}


def _typed(field: Field, text: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "max_length": field.kind.limit,
        "multiline": field.kind.ask is Ask.PROSE,
        "placeholder": _placeholder(field),
    }
    return element | _given("initial_value", text)


def _given(name: str, value: object) -> Block:
    return {name: value} if value else {}


def _duration(field: Field, text: str, command: str) -> Block:
    given = [text] if text and text not in _PRESETS and durations.read(text) else []
    spans = [option(Choice(_said(each), each)) for each in [*given, *_PRESETS]]
    open_ended = option(Choice(_ENDS.get(command, _ENDS[""]), OPEN_ENDED))
    options = [*spans, open_ended, option(Choice("Another date …", ON_DATE))]
    return _chosen({"type": "static_select", "placeholder": _placeholder(field)}, options, text)


def _chosen(element: Block, options: list[Block], value: str) -> Block:
    found = next((each for each in options if each["value"] == value), None)
    return element | {"options": options} | _given("initial_option", found)


def _said(text: str) -> str:
    """Write a duration in words."""
    span = durations.read(text) or timedelta()
    for unit, length in _UNITS:
        if span and span % length == timedelta():
            count = span // length
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return text
