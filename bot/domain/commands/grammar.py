"""The grammar of /cld: a person's text -> one command, or what is wrong with the text.

`write` returns a command's canonical text. Redis stores it, cards show it, and `read` parses it to
the same command. Quotes can make it longer than what was typed, so only `read_typed` has a limit: a
stored text must stay readable, however long.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.domain.commands.fields import FLAG, FLAGGED, MAX_NAME, Ask, Field
from bot.domain.commands.general import Menu
from bot.domain.commands.registry import (
    BY_CLASS,
    BY_WORDS,
    COMMANDS,
    PLANNED,
    Command,
    Explain,
    Spec,
)
from bot.domain.commands.text import (
    OPTION,
    Word,
    escape,
    has_control_characters,
    looks_secret,
    quote,
    split,
    unescape,
)

MAX_TEXT = 1000
"""Characters that a person may type; the longest sensible command is a tenth of this."""


@dataclass(frozen=True)
class Misunderstood:
    """The text is no command. `hint` is the nearest right form, if there is one."""

    kind = "misunderstood"
    problem: str
    hint: str | None = None


@dataclass(frozen=True)
class Incomplete:
    """A command that lacks a required field, or names a person by no id; a form asks for it."""

    kind = "incomplete"
    spec: Spec
    given: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Planned:
    """A command that a later version may have."""

    kind = "planned"
    words: str


Reading = Command | Incomplete | Misunderstood | Planned

_OPTION = re.compile(rf"{OPTION}([^=]*)(?:=(.*))?", re.DOTALL)
"""A word that looks like an option is one; a name that begins like one needs quotes."""

_NOUNS = sorted(
    {spec.words[0] for spec in COMMANDS} | {p.split()[0] for p in PLANNED} | {"explain"}
)


def read_typed(text: str) -> Reading:
    """Parse what a person typed after `/cld`, up to the limit."""
    if len(unescape(text)) > MAX_TEXT:
        return Misunderstood(f"That is longer than {MAX_TEXT} characters.")
    return read(text)


def read(text: str) -> Reading:
    """Parse a canonical text, or a typed one that is short enough."""
    plain = unescape(text)
    if has_control_characters(plain):
        return Misunderstood("That holds control characters.")
    words = split(plain)
    # The words too: quotes and backslashes can hide a secret in the text as a whole.
    if looks_secret(plain) or any(looks_secret(word.text) for word in words or ()):
        return Misunderstood(
            "That looks like a secret, so nothing of it was kept. If it is one, treat it as"
            " leaked: disable its key and make another."
        )
    if words is None:
        return Misunderstood('A quote is not closed. Names with spaces go in "double quotes".')
    return _read_words(words)


def _read_words(words: list[Word]) -> Reading:
    if not words:
        return Menu()
    if words[0].text.casefold() == "explain":
        return _explain(_read_words(words[1:]))
    found = _find(tuple(word.text.casefold() for word in words[:2]))
    if isinstance(found, Misunderstood | Planned):
        return found
    return _fill(found, words[len(found.words) :])


def _explain(inner: Reading) -> Reading:
    match inner:
        case Explain() | Menu():
            return Misunderstood("Explain which command?", "/cld explain key disable ci-bot")
        case Incomplete(spec, given):
            return Explain(spec.make(dict.fromkeys(spec.required, "") | dict(given)))
        case Misunderstood() | Planned():
            return inner
        case _:
            return Explain(inner)


def _find(typed: tuple[str, ...]) -> Spec | Misunderstood | Planned:
    for words in (typed, typed[:1]):
        if words in BY_WORDS:
            return BY_WORDS[words]
        if " ".join(words) in PLANNED:
            return Planned(" ".join(words))
    return _unknown(*typed)


def _unknown(noun: str, verb: str | None = None) -> Misunderstood | Planned:
    verbs = [spec.words[1] for spec in COMMANDS if spec.words[0] == noun and len(spec.words) > 1]
    if verbs:
        if verb is None:
            problem = f"What about the {noun}? One of: {', '.join(verbs)}."
            return Misunderstood(problem, f"/cld {noun} list")
        near = nearest(verb, verbs)
        hint = f"/cld {noun} {near}" if near else f"/cld help {noun}"
        return Misunderstood(f"`{noun}` has no such verb.", hint)
    if any(words.startswith(f"{noun} ") for words in PLANNED):
        return Planned(noun)
    near = nearest(noun, _NOUNS)
    return Misunderstood("There is no such command.", f"/cld {near}" if near else "/cld help")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one probably means."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold()[:MAX_NAME], folded, n=1)
    return folded[found[0]] if found else None


def _fill(spec: Spec, words: list[Word]) -> Reading:
    positional: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        option = _option(word)
        if option is None:
            positional.append(word.text)
        elif refused := _take_option(spec, option, rest, given):
            return refused
    if len(positional) > len(spec.arguments):
        return Misunderstood(
            "That is one word too many. Names with spaces go in quotes.", spec.usage
        )
    names = (argument.name for argument in spec.arguments)
    given.update(zip(names, positional, strict=False))
    problems = spec.problems(given)
    for name, problem in problems.items():
        if not _asks_whom(spec.fields[name], given[name]):
            return Misunderstood(problem, spec.usage)
    if problems or not spec.required <= given.keys():
        return Incomplete(spec, tuple(sorted(given.items())))
    return spec.make(given)


def _asks_whom(field: Field, text: str) -> bool:
    """Whether a form asks which person a text means: a name or an address is no id."""
    return field.kind.ask is Ask.PERSON and bool(text.strip()) and len(text) <= field.kind.limit


def _option(word: Word) -> re.Match[str] | None:
    return None if word.quoted else _OPTION.fullmatch(word.text)


def _take_option(
    spec: Spec, option: re.Match[str], rest: Iterator[Word], given: dict[str, str]
) -> Misunderstood | None:
    name, value = option[1].casefold(), option[2]
    if name in spec.planned:
        return Misunderstood(f"--{name} is not available in this version.", spec.usage)
    flags = {each.name for each in spec.options if each.kind is FLAG}
    if value is None and name in flags:
        given[name] = FLAGGED
        return None
    options = [each.name for each in spec.options if each.name not in flags]
    if name not in options:
        near = nearest(name, options)
        hint = f"--{near}" if near else spec.usage
        return Misunderstood(f"`{spec.name}` has no such option.", hint)
    if name in given:
        return Misunderstood(f"--{name} stands twice.", spec.usage)
    if value is None:
        following = next(rest, None)
        if following is None or _option(following):
            return Misunderstood(f"--{name} needs a value.", spec.usage)
        value = following.text
    given[name] = value
    return None


def render(command: Command) -> str:
    """Write the canonical text as cards show it: without `/cld`, not escaped for Slack."""
    if isinstance(command, Explain):
        return f"explain {render(command.command)}".rstrip()
    spec = BY_CLASS.get(type(command))
    return _line(spec, spec.texts(command)) if spec else ""


def write(reading: Reading) -> str:
    """Write the text that `read` parses to the same reading; empty for one that has none."""
    match reading:
        case Misunderstood():
            return ""
        case Planned(words):
            return words
        case Incomplete(spec, given):
            return escape(_line(spec, dict(given)))
        case _:
            return escape(render(reading))


def _line(spec: Spec, texts: Mapping[str, str]) -> str:
    arguments = [quote(texts[a.name]) for a in spec.arguments if a.name in texts]
    options = [
        f"--{o.name}" if o.kind is FLAG else f"--{o.name} {quote(texts[o.name])}"
        for o in spec.options
        if o.name in texts
    ]
    return " ".join([spec.name, *arguments, *options])
