import html
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.cards.forms import Form, form_view, result_view, working_view
from bot.cards.invisible import shown
from bot.cards.kit import MAX_LABEL, Anchor, Card, Message, offering, plain, render
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.grammar import render as render_command
from bot.domain.commands.keys import ListKeys, ShowKey
from bot.domain.commands.registry import COMMANDS, Spec
from bot.domain.commands.requests import RequestKey
from bot.domain.environments import Environment
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.environments import EnvironmentShown, NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import KeyShown, NoSuchKey, WhichKey
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.union import Outcome
from bot.domain.phrases import msg
from bot.domain.secret import Secret
from tests.unit.cards_drawn import BLOCKS, PROGRAM, VIEW, frame, is_escaped, strings
from tests.unit.commands_made import names
from tests.unit.outcomes_made import AT, URL, crowded, located, outcomes, pending

ALL: Final = outcomes("ci-bot")


def by_type(outcomes_: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Group examples by their type: a test for each of hundreds would take longer than they do."""
    names = dict.fromkeys(type(each).__name__ for each in outcomes_)
    return {it: [each for each in outcomes_ if type(each).__name__ == it] for it in names}


BY_TYPE: Final = by_type(ALL)
of_each_type = pytest.mark.parametrize("examples", BY_TYPE.values(), ids=BY_TYPE)
LONGEST: Final = by_type([*outcomes("x" * 10_000), *crowded(300)])


def message(outcome: Outcome) -> Message:
    """Render an outcome's card as a message."""
    card = card_of(outcome)
    return render(card, [f"offer{number}" for number in range(len(offering([card])))])


FEW: Final = settings(max_examples=200 if "FUZZ_EXAMPLES" in os.environ else 5)
"""Each example draws every card; the odd names below are drawn always."""


@cache
def usual() -> list[list[list[tuple[str, str, str]]]]:
    """What a card is beside its names: short ones, blank ones, and one too long for a button"""
    each_way = zip(outcomes("x"), outcomes("\x1f"), outcomes("x" * 80), strict=True)
    return [[frame(message(outcome)) for outcome in each] for each in each_way]


def test_every_outcome_has_an_example() -> None:
    """A new outcome needs an example"""
    assert {*get_args(Outcome)} == {type(outcome) for outcome in ALL}


@of_each_type
def test_a_card_is_valid_by_slacks_schema(examples: list[Outcome]) -> None:
    """Slack refuses a whole message for one wrong block"""
    for outcome in examples:
        BLOCKS.validate(list(message(outcome).blocks))


@of_each_type
def test_a_card_is_valid_by_slacks_own_models(examples: list[Outcome]) -> None:
    """The models know lengths that the schema leaves out"""
    for outcome in examples:
        blocks = list(message(outcome).blocks)
        parsed = Block.parse_all(blocks)
        assert len(blocks) == len([block.to_dict() for block in parsed])


@pytest.mark.parametrize("examples", LONGEST.values(), ids=LONGEST)
def test_a_card_keeps_slacks_limits_however_much_it_shows(examples: list[Outcome]) -> None:
    """Blocks, texts, labels, rows of buttons"""
    for outcome in examples:
        drawn = message(outcome)
        assert len(drawn.blocks) <= 50
        assert 0 < len(drawn.text) <= 3000
        rows = [block for block in drawn.blocks if block["type"] == "actions"]
        assert all(0 < len(text) <= 75 for kind, _, text in strings(rows) if kind == "plain_text")
        assert all(0 < len(text) <= 3000 for *_, text in strings(drawn.blocks))


@of_each_type
def test_a_card_shows_no_value_of_the_program(examples: list[Outcome]) -> None:
    """A span in an f-string is shown as its class, with its fields"""
    for outcome in examples:
        assert not PROGRAM.search(str(message(outcome).blocks))


@given(names | st.text(min_size=1).filter(str.strip))
@FEW
@example("<http://evil.example|click>")
@example("<!channel> <@U1> <#C1>")
@example("*b* _i_ ~s~ `c` ```d``` > q :key: @here")
@example("\u202egnp.exe")
@example("\x1f")
@example("&lt;!channel&gt;")
@example("<!channel>" * 30)
def test_no_name_is_more_than_text(name: str) -> None:
    """The name of a key, an environment or a person makes no link, mention or format"""
    for odd, either in zip(outcomes(name), usual(), strict=True):
        drawn = message(odd)
        assert frame(drawn) in either
        assert is_escaped(drawn.text)


@given(names)
def test_a_name_is_shown_literally(name: str) -> None:
    """In full, except invisible characters; the fallback is the same text, escaped"""
    drawn = message(WhichKey(name, ()))
    assert shown(name) in {text for *_, text in strings(drawn.blocks)}
    assert shown(name) in html.unescape(drawn.text)


@given(names, names)
def test_a_button_asks_for_the_very_command(name: str, env: str) -> None:
    """The offer's text parses to the offered command"""
    command = ShowKey(name, env)
    (button,) = card_of(WhichKey(name, ((located(name), command),))).buttons
    assert command == read(button.command)


def test_a_cards_buttons_carry_an_opaque_id_and_nothing_else() -> None:
    """A forged press can only name an offer"""
    drawn = message(WhichKey("ci-bot", ((located("ci-bot"), ShowKey("ci-bot")),)))
    shown_ = {each for each in strings(drawn.blocks) if each[0] == "button" and each[1] != "type"}
    assert {("button", "value", "offer0"), ("button", "action_id", "offer:offer0")} == shown_


def titles(of: Environment) -> list[str]:
    """Where cards say which environment it is."""
    key = replace(located("ci-bot"), environment=of)
    told: list[Outcome] = [
        KeyShown(key, webhooks=False, last=None),
        EnvironmentShown(of, ()),
    ]
    (choice,) = card_of(WhichEnvironment(((of, ListKeys()),))).buttons
    return [str(choice.label), *(plain(card_of(each)).split(". ")[0] for each in told)]


@pytest.mark.parametrize("name", ["Staging", "staging", "STAGING"])
def test_an_environment_named_like_its_tier_or_cloud_is_named_once(name: str) -> None:
    """A difference in case alone says nothing; every other one is shown"""
    same = Environment("e1", name, "staging")
    for shown_ in titles(same):
        assert 1 == shown_.splitlines()[0].casefold().count("staging")
    choice, key, place = titles(replace(same, name="Shop stage", cloud_name="shop"))
    assert choice == "Shop stage (staging)"
    assert key.startswith("ci-bot in Shop stage (staging)")
    assert place == "Shop stage (shop)"


def test_a_one_time_link_is_in_the_blocks_only() -> None:
    """The fallback goes to notifications, which several devices show"""
    drawn = message(LinkReady(pending("ci-bot"), AT, Secret(URL)))
    assert URL not in drawn.text
    assert [("link", "url")] == [each[:2] for each in strings(drawn.blocks) if URL in each[2]]


def test_a_one_time_link_comes_first() -> None:
    """And stands out: no button beside it has a colour"""
    drawn = card_of(LinkReady(pending("ci-bot"), AT, Secret(URL)))
    first, *_ = drawn.lines
    assert isinstance(first.spans[0], Anchor)
    assert "{'bold': True}" in str(render(Card((first,))).blocks)
    assert [None, None] == [each.style for each in drawn.buttons]


@pytest.mark.parametrize("spec", [s for s in COMMANDS if s.required], ids=lambda s: s.usage)
@pytest.mark.parametrize("value", ["", "n" * 128])
def test_a_form_is_valid_by_slacks_schema(spec: Spec, value: str) -> None:
    """Empty, and with values that were given before"""
    given_ = tuple((field.name, value) for field in (*spec.arguments, *spec.options) if value)
    VIEW.validate(form_view(Form(Incomplete(spec, given_)), "offer0", ENGLISH))


@pytest.mark.parametrize(
    "spec", [s for s in COMMANDS if "emergency" in s.fields], ids=lambda s: s.name
)
def test_the_form_of_an_emergency_looks_like_one_and_asks_twice(spec: Spec) -> None:
    """It says what it does and who is told; Slack submits it only with its box ticked"""
    drawn = form_view(Form(Incomplete(spec, (("emergency", "yes"),))), "offer0", ENGLISH)
    VIEW.validate(drawn)
    texts = {text for _, field, text in strings(drawn) if field == "text"}
    assert {"Use emergency access"} == texts & {"Use emergency access", "Keysmith"}
    said = " ".join(texts)
    assert "now, without approval" in said
    assert "security channel is notified" in said
    assert "another person reviews" in said
    assert "others approve" not in said
    boxes = [it for it in drawn["blocks"] if "checkboxes" in str(it)]  # type: ignore[attr-defined]  # a view's blocks
    assert [False] == [it["optional"] for it in boxes]
    calm = form_view(Form(Incomplete(spec, ())), "offer0", ENGLISH)
    assert "checkboxes" not in str(calm)
    assert "Use emergency access" not in str(calm)


@of_each_type
def test_an_answer_in_a_modal_is_valid_by_slacks_schema(examples: list[Outcome]) -> None:
    """The answer replaces the form"""
    for outcome in examples:
        VIEW.validate(result_view(message(outcome), ENGLISH))
    VIEW.validate(working_view(ENGLISH))


LONG: Final = RequestKey("shop-staging-of-the-northern-region", "the nightly builds need it", "ci")


@pytest.mark.parametrize(
    "outcome",
    [
        NoSuchEnvironment("shop", None, (), (LONG,)),
        NoSuchKey("ci", None, (), (LONG,)),
        Misunderstood(msg("No such command."), hint=f"/cld {render_command(LONG)}"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_command_too_long_for_its_button_is_shown_beside_it(outcome: Outcome) -> None:
    """Its label would end in the middle: a person sees all that a press runs"""
    drawn = message(outcome)
    assert f"/cld {render_command(LONG)}" in drawn.text
    assert len(f"/cld {render_command(LONG)}") > MAX_LABEL
    if isinstance(outcome, Misunderstood):
        (button,) = card_of(outcome).buttons
        assert "Run this command" == str(button.label)
