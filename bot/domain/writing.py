"""The canonical text of a command: what is kept, shown and read again."""

import dataclasses
import re
from datetime import timedelta
from typing import Final

from bot.domain import durations
from bot.domain.commands import Command, Explain
from bot.domain.forms import form_of

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def render(command: Command) -> str:
    """Write the canonical text, without `/cld`; the grammar reads it back to the same command."""
    if isinstance(command, Explain):
        return f"explain {render(command.command)}".rstrip()
    form = form_of(command)
    if form is None:
        return ""
    given = {
        field.name.rstrip("_"): value
        for field in dataclasses.fields(command)
        if (value := getattr(command, field.name)) not in (None, "", False)
    }
    arguments = [quote(given[name]) for name in form.arguments if name in given]
    options = [f"--{name} {_written(name, given[name])}" for name in form.options if name in given]
    flags = [f"--{name}" for name in form.flags if name in given]
    return " ".join([*form.words, *arguments, *options, *flags])


def _written(option: str, value: str | int | timedelta) -> str:
    if isinstance(value, timedelta):
        return durations.write(value)
    return f"{value}d" if option == "stale" else quote(str(value))


def quote(word: str) -> str:
    """Write one word so that the grammar reads it as one; a plain one stands as it is."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
