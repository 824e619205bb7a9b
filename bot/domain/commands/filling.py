"""Words behind a command's name -> its fields: arguments, options, and prose without quotes."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.commands.fields import FLAGGED, Ask, Field
from bot.domain.commands.readings import (
    TYPED,
    Incomplete,
    Misunderstood,
    Reading,
    line_of,
    render,
)
from bot.domain.commands.registry import Spec
from bot.domain.commands.suggest import nearest
from bot.domain.commands.text import DASHES, INVISIBLE, Word, as_id
from bot.domain.passphrases import NOT_TYPED
from bot.domain.phrases import Text, msg

_SURPLUS: Final = msg("Too many words. Put names with spaces in quotes.")
_LISTED: Final = msg("Too many words. Put commas between the keys.")
_OPTION = re.compile(rf"([{DASHES}]+)([^=]*)(?:=(.*))?", re.DOTALL)
"""A word that looks like an option is one; a name that begins like one needs quotes."""


def fill(spec: Spec, source: str, words: Sequence[Word], *, form: bool) -> Reading:
    """Read the words behind a command's name; with `form`, for a person to look at first."""
    positional: list[Word] = []
    given: dict[str, str] = {}
    rest = deque(words)
    while rest:
        word = rest.popleft()
        option = _option(word, spec)
        if option is None:
            positional.append(word)
        elif refused := _take_option(spec, source, (word, option), rest, given):
            return replace(refused, hint=refused.hint or _corrected(spec, source, words))
    if len(positional) > len(spec.arguments):
        return _surplus(spec, source, positional, given)
    for argument, word in zip(spec.arguments, positional, strict=False):
        given[argument.name] = _value(argument, word)
    if hint := _lists(spec, given):
        return Misunderstood(msg("`/cld request` is for new credentials."), hint)
    return _built(spec, given, form=form)


def _built(spec: Spec, given: Mapping[str, str], *, form: bool) -> Reading:
    problems = spec.problems(given)
    for name, problem in problems.items():
        if not _asks_whom(spec.fields[name], given[name]):
            return Misunderstood(problem, usage=spec.usage)
    if form or problems or not spec.required <= given.keys():
        return Incomplete(spec, tuple(sorted(given.items())))
    return spec.make(given)


def _asks_whom(field: Field, text: str) -> bool:
    """Whether a form asks which person a text means: a name or an address is no id."""
    return field.kind.ask is Ask.PERSON and bool(text.strip()) and len(text) <= field.kind.limit


def _value(argument: Field, word: Word) -> str:
    ids = word.typed and argument.name in {"id", "which"}
    return as_id(word.text) if ids else word.text


def _lists(spec: Spec, given: Mapping[str, str]) -> str | None:
    """Hear "request list" as what it means; an environment may be called so, with a reason."""
    alone = spec.name == "request" and given.keys() <= {"env", "key"}
    listing = alone and given.get("env", "").casefold() in {"list", "ls", "show", "all", "pending"}
    return f"{TYPED}requests" if listing else None


def _surplus(spec: Spec, source: str, positional: Sequence[Word], given: dict[str, str]) -> Reading:
    """Read too many words as prose, for a person to check, or suggest how to write them."""
    needed = [each for each in spec.arguments if each.name in spec.required]
    prose = next((each for each in spec.options if _is_prose(spec, each, given)), None)
    if prose and needed:
        for argument, word in zip(needed, positional, strict=False):
            given[argument.name] = _value(argument, word)
        said = positional[len(needed) :]
        given[prose.name] = " ".join(source[each.start : each.end] for each in said)
        return _built(spec, given, form=True)
    lists = any(each.kind.ask is Ask.KEYS for each in spec.arguments)
    joined = ("," if lists else " ").join(word.text.strip(",") for word in positional)
    wrong, hint = _LISTED if lists else _SURPLUS, None
    if len(spec.arguments) == 1:
        hint = given | {spec.arguments[0].name: joined}
    elif not spec.arguments and "env" in spec.fields and "env" not in given:
        hint = given | {"env": joined}
    if hint is None or spec.problems(hint):
        return Misunderstood(wrong, usage=spec.usage)
    return Misunderstood(wrong, f"{TYPED}{line_of(spec, hint)}", spec.usage)


def _is_prose(spec: Spec, option: Field, given: Mapping[str, str]) -> bool:
    """Whether words behind the arguments are probably this option's text."""
    by_id = bool(spec.arguments) and spec.arguments[0].name == "id"
    likely = by_id or option.name in spec.required
    return likely and option.kind.ask is Ask.PROSE and option.name not in given


def _option(word: Word, spec: Spec, *, prose: bool = False) -> re.Match[str] | None:
    """Find the option that a word is; prose may hold what only looks like one."""
    found = None if word.quoted else _OPTION.fullmatch(word.text)
    if found is None:
        return None
    dashes, name = found[1], found[2].casefold()
    names = [*(each.name for each in spec.options), *dict(spec.refused)]
    if name in names:
        return found if len(dashes) > 1 or not prose or dashes != "-" else None
    if dashes == "-" or (prose and not name):
        return None
    return found if not prose or len(dashes) > 1 or nearest(name, names) else None


def _take_option(
    spec: Spec,
    source: str,
    at: tuple[Word, re.Match[str]],
    rest: deque[Word],
    given: dict[str, str],
) -> Misunderstood | None:
    word, option = at
    name, value = option[2].casefold(), option[3]
    shown = Text(f"--{name}")
    options = {each.name: each for each in spec.options}
    refused = dict(spec.refused)
    if name in refused:
        return Misunderstood(refused[name], usage=spec.usage)
    if name not in options:
        return _unknown(spec)
    if options[name].kind.flag:
        return _take_flag(spec, options[name], value, rest, given)
    if name in given:
        return Misunderstood(msg("`{option}` is given twice.", option=shown), usage=spec.usage)
    start, prose = word.end - len(value or ""), options[name].kind.ask is Ask.PROSE
    if value is None:
        if not rest or _option(rest[0], spec, prose=prose):
            empty = msg("`{option}` needs a value.", option=shown)
            hint = options[name].hint
            if hint and options[name].label is None:  # no form asks for it
                empty = msg("`{option}` needs an id. {hint}", option=shown, hint=hint)
            return Misunderstood(empty, usage=spec.usage)
        word = rest.popleft()
        start, value = word.start, word.text
    if prose and not word.closed:
        while rest and not _option(rest[0], spec, prose=True):
            word = rest.popleft()
        value = source[start : word.end]
        value = INVISIBLE.sub("", value) if word.typed else value
    given[name] = value
    return None


def _take_flag(
    spec: Spec, flag: Field, value: str | None, rest: Sequence[Word], given: dict[str, str]
) -> Misunderstood | None:
    follows = value is not None or (rest and _option(rest[0], spec) is None)
    if flag.kind.ask is Ask.PASSPHRASE and follows:
        return Misunderstood(NOT_TYPED, usage=spec.usage)
    if value is not None:
        return _unknown(spec)
    given[flag.name] = FLAGGED
    return None


def _unknown(spec: Spec) -> Misunderstood:
    unknown = msg("Unknown option for `{command}`.", command=Text(spec.name))
    return Misunderstood(unknown, usage=spec.usage)


def _corrected(spec: Spec, source: str, words: Sequence[Word]) -> str | None:
    """Write the command with its misspelt options as they probably are meant."""
    names = [each.name for each in spec.options]
    corrected, changed = list(words), False
    for place, word in enumerate(words):
        found = _option(word, spec)
        if found is None or found[2].casefold() in names:
            continue
        near = nearest(found[2], names)
        if near is None:
            return None
        text = f"--{near}" + ("" if found[3] is None else f"={found[3]}")
        corrected[place], changed = replace(word, text=text), True
    return hint_of(fill(spec, source, corrected, form=False)) if changed else None


def hint_of(reading: Reading) -> str | None:
    """Write the command of a reading, or what it is misspelt for, as people type it."""
    match reading:
        case Misunderstood(hint=hint):
            return hint
        case Incomplete(spec, given):
            return f"{TYPED}{line_of(spec, dict(given))}"
        case _:
            return f"{TYPED}{render(reading)}"
