from dataclasses import replace
from typing import Final

from hypothesis import example, given

from bot.domain.commands.grammar import read, write
from bot.domain.commands.registry import COMMANDS, Command, Explain, Plain
from bot.domain.commands.rotations import RotateKey
from bot.domain.lanes import STOPPING, Lane, lane_of
from tests.unit.commands_made import commands, plain

RESERVED: Final = {"key disable", "leak disown", "links revoke", "deny", "withdraw", "cancel"}
"""The commands that stop something, by hand: a further one is a decision."""

STOPS_FIRST: Final = RotateKey("ci-bot", compromised=True)
"""A command that stops something only with one of its options."""


def test_only_what_stops_something_passes_all_others() -> None:
    """Of all commands that there are"""
    assert RESERVED == {spec.name for spec in COMMANDS if issubclass(spec.build, STOPPING)}


@given(commands)
@example(STOPS_FIRST)
@example(replace(STOPS_FIRST, compromised=False))
def test_the_lane_follows_from_the_stored_text(command: Command) -> None:
    """So that every process finds a job in the same lane; one option decides, of one command"""
    spec = next((each for each in COMMANDS if each.build is type(command)), None)
    compromised = isinstance(command, RotateKey) and command.compromised
    reserved = compromised or (spec is not None and spec.name in RESERVED)
    assert (Lane.RESERVED if reserved else Lane.NORMAL) is lane_of(read(write(command)))


@given(plain)
def test_an_explanation_stops_nothing(command: Plain) -> None:
    """Nor does what can't be read"""
    assert Lane.NORMAL is lane_of(Explain(command))
    assert Lane.NORMAL is lane_of(read("key disabel ci-bot"))
    assert Lane.RESERVED is lane_of(read("key disable"))  # its form stops something
