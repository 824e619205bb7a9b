"""What a form has is what its command gets, whatever kind of field it is."""

from datetime import UTC, datetime
from typing import Final

import pytest

from bot.cards.inputs import FIELD, VALUE
from bot.domain.commands.fields import FLAGGED, Ask, Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import COMMANDS, Spec
from handlers.form_values import filled
from tests.unit.test_forms import ELEMENTS

NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
ENTRIES: Final[dict[str, tuple[object, str]]] = {
    "plain_text_input": ({"value": "x"}, "x"),
    "external_select": ({"selected_option": {"value": "x"}}, "x"),
    "multi_external_select": ({"selected_options": [{"value": "x"}, {"value": "y"}]}, "x, y"),
    "users_select": ({"selected_user": "U1"}, "@U1"),
    "static_select": ({"selected_option": {"value": "7d"}}, "7d"),
    "checkboxes": ({"selected_options": [{"value": "x"}, {"value": "y"}]}, "x,y"),
    "radio_buttons": ({"selected_option": {"value": "x"}}, "x"),
}
"""What Slack tells of each element, and the text of the field."""
FIELDS: Final = [
    (spec, field)
    for spec in COMMANDS
    for field in spec.fields.values()
    if field.kind.ask is not Ask.NOTHING
]


@pytest.mark.parametrize(
    ("spec", "field"), FIELDS, ids=[f"{spec.name} {field.name}" for spec, field in FIELDS]
)
def test_what_a_person_fills_in_reaches_the_command(spec: Spec, field: Field) -> None:
    """No kind of field is drawn and then left out; of a passphrase, only that there is one"""
    entry, text = ENTRIES[ELEMENTS[field.kind.ask]]
    text = FLAGGED if field.kind.flag else text
    view = {"state": {"values": {f"{FIELD}{field.name}": {VALUE: entry}}}}
    assert {field.name: text} == filled(view, Incomplete(spec, ()), NOW)
