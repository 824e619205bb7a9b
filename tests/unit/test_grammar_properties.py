from typing import get_args

from hypothesis import example, given

from bot.domain.commands.fields import MAX_PROSE
from bot.domain.commands.grammar import (
    MAX_TEXT,
    TOO_LONG,
    Incomplete,
    Misunderstood,
    Reading,
    read,
    read_typed,
    render,
    write,
)
from bot.domain.commands.registry import BY_WORDS, Command
from tests.unit.commands_made import as_slack_sends, commands, names, texts, typed

QUOTES = '"' * MAX_PROSE


@given(commands)
def test_what_is_written_is_read_as_the_same_command(command: Command) -> None:
    """Redis stores the text, so it must parse to the same command"""
    assert command == read(write(command))


@given(names)
def test_an_incomplete_command_is_read_back_as_written(name: str) -> None:
    """An offer stores an incomplete command as text too"""
    incomplete = read(write(Incomplete(BY_WORDS["key", "rename"], (("name", name),))))
    assert isinstance(incomplete, Incomplete)
    assert (("name", name),) == incomplete.given


@given(texts)
def test_any_text_is_read_as_something(text: str) -> None:
    """Nothing that is typed raises"""
    assert isinstance(read(text), get_args(Reading))


@given(texts)
@example("key disable --confirm a --env b")
@example('key show "a &lt;b&gt; c"')
def test_a_stored_text_reads_the_same_every_time(text: str) -> None:
    """A command means the same at the click and at its execution"""
    reading = read(text)
    if not isinstance(reading, Misunderstood):
        assert reading == read(write(reading))


@given(typed | texts)
@example(f"request shop-dev ci-bot --expires 7d --reason '{QUOTES}'")
@example(f"explain request shop-dev ci-bot --expires 7d --reason '{QUOTES}'")
@example(f"request --reason '{QUOTES}'")
def test_what_intake_accepts_is_read_by_the_worker_to_the_same_command(text: str) -> None:
    """Quotes make a text longer, so only typed texts have a limit"""
    reading = read_typed(text)
    if not isinstance(reading, Misunderstood):
        assert reading == read(write(reading))


@given(commands)
def test_only_what_is_typed_has_a_limit(command: Command) -> None:
    """Characters count as people see them, before Slack escapes them"""
    blanks = " " * (MAX_TEXT + 1)
    assert read_typed(blanks) == Misunderstood(TOO_LONG)
    assert read_typed("&lt;" * MAX_TEXT) != read_typed(blanks)
    assert command == read(blanks + write(command))


@given(commands)
def test_what_a_card_shows_can_be_typed(command: Command) -> None:
    """As Slack escapes it: what a name really has in it stays in its quotes"""
    shown = as_slack_sends(render(command))
    assert command == read(shown)
    if len(render(command)) <= MAX_TEXT:
        assert command == read_typed(shown, checked=True)
