"""Forms let people choose: every kind of value has its element, and only what is new is typed."""

from typing import Final

import pytest

from bot.cards.inputs import OPEN_ENDED, inputs
from bot.domain.commands.fields import Ask, Field
from bot.domain.commands.registry import BY_WORDS, COMMANDS, Spec
from bot.domain.languages import ENGLISH

ELEMENTS: Final = {
    "text": "plain_text_input",
    "prose": "plain_text_input",
    "typed_name": "plain_text_input",
    "passphrase": "plain_text_input",
    "environment": "external_select",
    "environments": "multi_external_select",
    "key": "external_select",
    "request": "external_select",
    "role": "external_select",
    "group": "external_select",
    "person": "users_select",
    "duration": "static_select",
    "choice": "radio_buttons",
    "choices": "checkboxes",
    "keys": "multi_external_select",
}
NEW: Final = {"create", "add", "rename", "request", "tag"}
"""Verbs whose commands name something that does not exist yet."""
FREE: Final = {"key rotate every"}
"""Fields for a time of any length, or a word."""
MOST_RADIO: Final = 10
"""Options of radio buttons, by Slack."""
ASKED: Final = [
    pytest.param(spec, field, id=f"{spec.name}-{field.name}")
    for spec in COMMANDS
    if spec.required
    for field in spec.fields.values()
    if field.kind.ask is not Ask.NOTHING
]
"""Every field of every command that has a form."""


def test_every_way_to_ask_has_an_element() -> None:
    """One is never drawn"""
    assert {*Ask} - {Ask.NOTHING} <= ELEMENTS.keys()


@pytest.mark.parametrize(("spec", "field"), ASKED)
def test_a_field_is_drawn_as_its_kind_is_chosen(spec: Spec, field: Field) -> None:
    """And can be typed as well"""
    (block,) = inputs(field, "", ENGLISH, required=True, command=spec.name)
    element = block["element"]
    assert isinstance(element, dict)
    assert ELEMENTS[field.kind.ask] == element["type"]
    assert len(element.get("options", ())) <= MOST_RADIO or field.kind.ask is not Ask.CHOICE
    assert field.offered or field.name in spec.usage


@pytest.mark.parametrize(("spec", "field"), ASKED)
def test_only_what_is_new_is_typed(spec: Spec, field: Field) -> None:
    """What exists is chosen; the first argument of a renaming exists"""
    if field.kind.ask is Ask.TEXT and f"{spec.name} {field.name}" not in FREE:
        assert spec.words[-1] in NEW
        assert spec.words[-1] != "rename" or field is not spec.arguments[0]


def test_a_grace_offers_only_times_that_it_may_be() -> None:
    """Neither more than its most nor no end: left empty, it has the usual time"""
    for words, name in ((("key", "rotate"), "grace"), (("audit",), "since")):
        spec = BY_WORDS[words]
        (block,) = inputs(spec.fields[name], "", ENGLISH, required=False, command=spec.name)
        element = block["element"]
        assert isinstance(element, dict)
        offered = [str(each["value"]) for each in element["options"]]
        assert OPEN_ENDED not in offered
        assert not [each for each in offered[:-1] if spec.fields[name].problem(each)]
