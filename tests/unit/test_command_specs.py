import dataclasses

import pytest

from bot.domain.commands.fields import (
    CONFIRM,
    DAYS,
    DURATION,
    ENV,
    FLAG,
    MAX_NAME,
    MAX_PROSE,
    REASON,
    REFERENCE,
    Ask,
    Field,
)
from bot.domain.commands.general import Menu
from bot.domain.commands.grammar import Misunderstood, read
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.registry import BY_CLASS, BY_WORDS, COMMANDS, Spec
from bot.domain.commands.requests import APPROVE, RequestKey


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_a_spec_has_a_field_for_every_attribute_of_its_command(spec: Spec) -> None:
    """Under the attribute's name, so that `make` and `texts` cover them all"""
    assert [*spec.attributes] == [each.name for each in dataclasses.fields(spec.build)]
    assert all(
        name.rstrip("_").replace("_", "-") == field.name for name, field in spec.attributes.items()
    )
    assert len(spec.attributes) == len(spec.arguments) + len(spec.options) == len(spec.fields)


def test_every_command_has_words_and_a_class_of_its_own() -> None:
    """No command hides another"""
    assert len(COMMANDS) == len(BY_WORDS) == len({spec.build for spec in COMMANDS})


def test_the_spec_of_a_command_is_found_by_its_class() -> None:
    """Only the menu has none"""
    assert BY_WORDS["key", "disable"] is BY_CLASS[DisableKey]
    assert Menu not in BY_CLASS


def test_a_quoted_word_is_not_two_words() -> None:
    """`/cld "key list"` is no command"""
    assert isinstance(read('"key list"'), Misunderstood)


def test_a_field_named_like_a_keyword_has_another_attribute() -> None:
    """People type `--for`; the attribute is `for_`"""
    spec = BY_WORDS[("request",)]
    command = RequestKey("staging", "demo", for_="@U0MIA0001")
    assert {"env": "staging", "reason": "demo", "for": "@U0MIA0001"} == spec.texts(command)
    assert command == spec.make(spec.texts(command))


def test_a_kind_decides_how_a_form_asks_for_it() -> None:
    """People choose what there is to choose, and type the rest"""
    assert (MAX_NAME, Ask.ENVIRONMENT) == (ENV.kind.limit, ENV.kind.ask)
    assert (MAX_PROSE, Ask.PROSE) == (REASON.kind.limit, REASON.kind.ask)
    assert (Ask.NOTHING, Ask.NOTHING) == (REFERENCE.ask, FLAG.ask)
    assert CONFIRM.kind is APPROVE.fields["confirm"].kind


def test_a_kind_names_the_field_in_its_problem() -> None:
    """So a second option of a kind needs no sentence of its own"""
    assert str(Field("for", DURATION).problem("x")) == "--for needs a time such as 12h or 7d."
    assert str(Field("idle", DAYS).problem("0d")).startswith("--idle needs a number of days")
    assert Field("idle", DAYS).problem("90d") is None
    empty = BY_WORDS[("request",)].problems({"env": " ", "key": "x"})
    assert {"env": "env is empty."} == {name: str(each) for name, each in empty.items()}
