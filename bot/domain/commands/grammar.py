"""The grammar of /cld: a person's text -> one command, or what is wrong with the text.

What is read is written again as a canonical text, which Redis keeps, cards show, and `read` reads
back to the same command. Quoting may make it longer than what was typed, so only `read_typed` has a
limit: a canonical text that was kept must stay readable, however long.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.commands.fields import FLAGGED, MAX_NAME
from bot.domain.commands.general import Menu
from bot.domain.commands.registry import (
    BY_WORDS,
    COMMANDS,
    PLANNED,
    Command,
    Explain,
    Spec,
    spec_of,
)
from bot.domain.commands.spec import CommandSpec
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
    """The text is no command. `hint` is the nearest right form, where there is one."""

    problem: str
    hint: str | None = None


@dataclass(frozen=True)
class Incomplete:
    """A verb without all of its arguments; a form can ask for the rest."""

    spec: Spec
    given: tuple[tuple[str, str], ...]

    @property
    def form(self) -> Spec:
        """Old name of `spec`, until every use is rewritten."""
        return self.spec


@dataclass(frozen=True)
class Planned:
    """A command that the grammar knows and this version does not do."""

    words: str


Reading = Command | Incomplete | Misunderstood | Planned

_OPTION = re.compile(rf"{OPTION}([^=]*)(?:=(.*))?", re.DOTALL)
"""Whatever looks like an option is one; a name that begins so has to be quoted."""

_NOUNS = sorted(
    {spec.words[0] for spec in COMMANDS} | {p.split()[0] for p in PLANNED} | {"explain"}
)


def read_typed(text: str) -> Reading:
    """Read what a person typed behind `/cld`, which has a limit."""
    if len(unescape(text)) > MAX_TEXT:
        return Misunderstood(f"That is longer than {MAX_TEXT} characters.")
    return read(text)


def read(text: str) -> Reading:
    """Read a text that `write` returned, or that `read_typed` lets through."""
    plain = unescape(text)
    if has_control_characters(plain):
        return Misunderstood("That holds control characters.")
    words = split(plain)
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
        return _read_explain(words[1:])
    spec = _spec(words)
    if isinstance(spec, CommandSpec):
        return _fill(spec, words[len(spec.words) :])
    return spec


def _read_explain(words: list[Word]) -> Reading:
    if not words:
        return Misunderstood("Explain which command?", "/cld explain key disable ci-bot")
    inner = _read_words(words)
    if isinstance(inner, Explain | Menu):
        return Misunderstood("Explain which command?", "/cld explain key disable ci-bot")
    if isinstance(inner, Incomplete):
        blanks = dict.fromkeys(inner.spec.required, "")
        return Explain(inner.spec.make(blanks | dict(inner.given)))
    if isinstance(inner, Misunderstood | Planned):
        return inner
    return Explain(inner)


def _spec(words: list[Word]) -> Spec | Misunderstood | Planned:
    said = tuple(word.text.casefold() for word in words[:2])
    for length in (2, 1):
        spec = BY_WORDS.get(said[:length])
        if spec:
            return spec
        if " ".join(said[:length]) in PLANNED:
            return Planned(" ".join(said[:length]))
    return _unknown(said)


def _unknown(said: tuple[str, ...]) -> Misunderstood | Planned:
    noun = said[0]
    verbs = [spec.words[1] for spec in COMMANDS if spec.words[0] == noun and len(spec.words) > 1]
    if verbs and len(said) == 1:
        return Misunderstood(
            f"What about the {noun}? One of: {', '.join(verbs)}.", f"/cld {noun} list"
        )
    if verbs:
        near = nearest(said[1], verbs)
        hint = f"/cld {noun} {near}" if near else f"/cld help {noun}"
        return Misunderstood(f"`{noun}` has no such verb.", hint)
    if any(words.startswith(f"{noun} ") for words in PLANNED):
        return Planned(noun)
    near = nearest(noun, _NOUNS)
    return Misunderstood("There is no such command.", f"/cld {near}" if near else "/cld help")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(word.casefold()[:MAX_NAME], folded, n=1)
    return folded[found[0]] if found else None


def _fill(spec: Spec, words: list[Word]) -> Reading:
    positional: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        option = None if word.quoted else _OPTION.fullmatch(word.text)
        if option is None:
            positional.append(word.text)
            continue
        problem = _take_option(spec, option, rest, given)
        if problem:
            return problem
    if len(positional) > len(spec.arguments):
        return Misunderstood(
            "That is one word too many. Names with spaces go in quotes.", spec.usage
        )
    names = (argument.name for argument in spec.arguments)
    given.update(zip(names, positional, strict=False))
    return _complete(spec, given)


def _take_option(
    spec: Spec, option: re.Match[str], rest: Iterable[Word], given: dict[str, str]
) -> Misunderstood | None:
    name, value = option.group(1).casefold(), option.group(2)
    if name in spec.planned:
        return Misunderstood(f"--{name} is not available in this version.", spec.usage)
    if value is None and name in (flag.name for flag in spec.flags):
        given[name] = FLAGGED
        return None
    options = [each.name for each in spec.options]
    if name not in options:
        near = nearest(name, options)
        hint = f"--{near}" if near else spec.usage
        return Misunderstood(f"`{spec.name}` has no such option.", hint)
    if name in given:
        return Misunderstood(f"--{name} stands twice.", spec.usage)
    if value is None:
        following = next(iter(rest), None)
        if following is None or (not following.quoted and _OPTION.fullmatch(following.text)):
            return Misunderstood(f"--{name} wants a value.", spec.usage)
        value = following.text
    given[name] = value
    return None


def _complete(spec: Spec, given: Mapping[str, str]) -> Reading:
    for problem in spec.problems(given).values():
        return Misunderstood(problem, spec.usage)
    if not spec.required <= given.keys():
        return Incomplete(spec, tuple(sorted(given.items())))
    return spec.make(given)


def render(command: Command) -> str:
    """Write the canonical text, without `/cld`, as it is shown; `read` takes it as it is typed."""
    if isinstance(command, Explain):
        return f"explain {render(command.command)}".rstrip()
    spec = spec_of(command)
    return _line(spec, spec.texts(command)) if spec else ""


def write(reading: Reading) -> str:
    """Write the text that `read` makes the same of; what is no command leaves no text."""
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
    options = [f"--{o.name} {quote(texts[o.name])}" for o in spec.options if o.name in texts]
    flags = [f"--{flag.name}" for flag in spec.flags if flag.name in texts]
    return " ".join([*spec.words, *arguments, *options, *flags])
