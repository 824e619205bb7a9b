"""Help: every example runs, and every command has its topic."""

import pytest

from bot.cards.general import LABELS, general_card
from bot.cards.help import EXAMPLES, EXPLAIN, GUIDES, TASKS, TOPICS, help_card, topic_of
from bot.cards.kit import plain
from bot.cards.people import access_card
from bot.domain.commands.general import Help
from bot.domain.commands.grammar import Misunderstood, read_typed
from bot.domain.commands.registry import BY_WORDS, COMMANDS
from bot.domain.outcomes.access import Introduced
from bot.domain.outcomes.general import MenuOffered
from bot.domain.people import Mismatch
from bot.domain.phrases import worded
from bot.flows.general import GREETING, IN_MENU, MENU, MORE
from tests.unit.outcomes_made import person

TYPED = [*(example for _, example in TASKS), EXPLAIN, *LABELS, *EXAMPLES.values()]
TYPED += [EXAMPLES.get(spec.name, spec.name) for spec in COMMANDS]


@pytest.mark.parametrize("text", TYPED)
def test_every_example_runs_or_opens_its_form(text: str) -> None:
    """And is understood as it stands"""
    assert not isinstance(read_typed(text), Misunderstood)


def test_an_example_is_of_its_command() -> None:
    """The names are those of commands"""
    for name, text in EXAMPLES.items():
        assert text.startswith(name)
        assert tuple(name.split()) in BY_WORDS


def test_help_begins_with_five_things_to_do() -> None:
    """Each on one line with an example, then the topics as buttons"""
    drawn = help_card("")
    assert [example for _, example in TASKS] == [
        text.partition(": /cld ")[2] for text in plain(drawn).splitlines() if text[:2] == "- "
    ]
    assert [f"help {topic}" for topic in (*TOPICS, *GUIDES)] == [
        each.command for each in drawn.buttons
    ]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_lists_its_commands(topic: str) -> None:
    """With an example of each, and the other topics as buttons"""
    drawn, own = help_card(topic), [spec for spec in COMMANDS if topic_of(spec) == topic]
    assert own
    for spec in own:
        assert f"- /cld {EXAMPLES.get(spec.name, spec.name)}: {spec.summary}" in plain(drawn)
    assert f"help {topic}" not in [each.command for each in drawn.buttons]


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("key", "/cld key rename"),
        ("disable", "Usage: /cld key disable"),
        ("approve", "Usage:"),
        ("review", "Usage: /cld review keys"),
        ("key rotate", "Usage: /cld key rotate"),
    ],
)
def test_help_knows_a_noun_and_a_verb(topic: str, shown: str) -> None:
    """As people type them"""
    assert shown in plain(help_card(topic))


def test_help_on_an_unknown_topic_says_so_and_shows_what_there_is() -> None:
    """The text is shown as typed"""
    assert plain(help_card("*x*")).startswith("No help topic named *x*.")
    assert len(help_card("x").buttons) == len(TOPICS) + len(GUIDES)


def test_the_menu_is_short_and_each_of_its_buttons_has_a_label() -> None:
    """At most five, and the way to more"""
    assert IN_MENU == 5
    assert {*MENU, *GREETING} <= LABELS.keys()
    texts = (*GREETING, MORE), (*MENU[:IN_MENU], MORE)
    drawn = [general_card(MenuOffered(person("Ann"), each)) for each in texts]
    assert ["Help", "More"] == [str(each.buttons[-1].label) for each in drawn]
    assert [3, 3] == [len(each.lines) for each in drawn]


@pytest.mark.parametrize("topic", GUIDES)
def test_help_has_topics_that_are_no_noun(topic: str) -> None:
    """Each with what to type; the other topics are buttons"""
    drawn = help_card(topic)
    assert "No help topic" not in plain(drawn)
    assert "/cld key" in plain(drawn)
    assert f"help {topic}" not in [each.command for each in drawn.buttons]


def test_who_has_no_access_reads_what_to_do_next() -> None:
    """In the answer to `whoami`, with the button for it"""
    for mismatch in (Mismatch.NO_USER, None):
        drawn = access_card(Introduced(person("Ivo"), (), mismatch, requests=True))
        assert "/cld request" in plain(drawn)
    without = access_card(Introduced(person("Ivo"), (), Mismatch.PENDING))
    assert "An Admin of your Cloudinary account can correct this." in plain(without)
    assert not without.buttons


def test_names_have_placeholders_of_their_noun() -> None:
    """And the reason of an offboarding is none of a key"""
    hints = {
        (name, field.name): str(field.hint and worded(field.hint))
        for name in ("env create", "group create", "key create", "user offboard", "user role")
        for field in BY_WORDS[tuple(name.split())].fields.values()
    }
    names = [hints[f"{noun} create", "name"] for noun in ("env", "group", "key")]
    assert ["Shop preview", "Design", "ci-bot"] == names
    assert "rotate" not in hints["user offboard", "reason"] + hints["user role", "reason"]


def test_help_takes_the_name_of_a_command_without_quotes() -> None:
    """A command's name has two words"""
    assert read_typed("help key rotate") == read_typed('help "key rotate"') == Help("key rotate")
