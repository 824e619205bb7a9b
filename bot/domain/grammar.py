"""The grammar of /cld: a person's text -> one command, or what is wrong with the text."""

import difflib
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain import durations
from bot.domain.commands import Command, Explain, Menu, Plain
from bot.domain.forms import FORMS, MAX_NAME, PLANNED, Form
from bot.domain.words import (
    OPTION,
    Word,
    escape,
    has_control_characters,
    looks_secret,
    split,
    unescape,
)
from bot.domain.writing import quote, render

MAX_TEXT = 1000
"""Characters; the longest sensible command is a tenth of this."""


@dataclass(frozen=True)
class Misunderstood:
    """The text is no command. `hint` is the nearest right form, where there is one."""

    problem: str
    hint: str | None = None


@dataclass(frozen=True)
class Incomplete:
    """A verb without all of its arguments; a form can ask for the rest."""

    form: Form
    given: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Planned:
    """A command that the grammar knows and this version does not do."""

    words: str


Reading = Command | Incomplete | Misunderstood | Planned

REQUEST_ID = re.compile(r"[0-9a-f]{8,32}r[0-9]?")
"""A request, as cards write it."""
FLAGGED = "yes"
"""What stands for an option that has no value."""
WHICH = ("mine", "pending", "all")
"""The lists of requests."""
MENTION = re.compile(r"@?[UW][A-Z0-9]{2,}")
"""A person as Slack writes one; anything else names nobody for certain."""

_OPTION = re.compile(rf"{OPTION}([^=]*)(?:=(.*))?", re.DOTALL)
"""Whatever looks like an option is one; a name that begins so has to be quoted."""

_NOUNS = sorted({form.words[0] for form in FORMS} | {p.split()[0] for p in PLANNED} | {"explain"})


def read(text: str) -> Reading:
    """Read what stands behind `/cld`."""
    plain = unescape(text)
    if len(plain) > MAX_TEXT:
        return Misunderstood(f"That is longer than {MAX_TEXT} characters.")
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
    form = _form(words)
    if isinstance(form, Form):
        return _fill(form, words[len(form.words) :])
    return form


def _read_explain(words: list[Word]) -> Reading:
    if not words:
        return Misunderstood("Explain which command?", "/cld explain key disable ci-bot")
    inner = _read_words(words)
    if isinstance(inner, Explain | Menu):
        return Misunderstood("Explain which command?", "/cld explain key disable ci-bot")
    if isinstance(inner, Incomplete):
        blanks = dict.fromkeys(inner.form.required, "") | dict(inner.given)
        return Explain(_build(inner.form, blanks))
    if isinstance(inner, Misunderstood | Planned):
        return inner
    return Explain(inner)


def _form(words: list[Word]) -> Form | Misunderstood | Planned:
    said = tuple(word.text.casefold() for word in words[:2])
    for length in (2, 1):
        for form in FORMS:
            if form.words == said[:length]:
                return form
        if " ".join(said[:length]) in PLANNED:
            return Planned(" ".join(said[:length]))
    return _unknown(said)


def _unknown(said: tuple[str, ...]) -> Misunderstood | Planned:
    noun = said[0]
    verbs = [form.words[1] for form in FORMS if form.words[0] == noun and len(form.words) > 1]
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


def _fill(form: Form, words: list[Word]) -> Reading:
    positional: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        option = None if word.quoted else _OPTION.fullmatch(word.text)
        if option is None:
            positional.append(word.text)
            continue
        problem = _take_option(form, option, rest, given)
        if problem:
            return problem
    if len(positional) > len(form.arguments):
        return Misunderstood(
            "That is one word too many. Names with spaces go in quotes.", form.usage
        )
    given.update(zip(form.arguments, positional, strict=False))
    return _complete(form, given)


def _take_option(
    form: Form, option: re.Match[str], rest: Iterable[Word], given: dict[str, str]
) -> Misunderstood | None:
    name, value = option.group(1).casefold(), option.group(2)
    if name in form.planned:
        return Misunderstood(f"--{name} is not available in this version.", form.usage)
    if name in form.flags and value is None:
        given[name] = FLAGGED
        return None
    if name not in form.options:
        near = nearest(name, form.options)
        hint = f"--{near}" if near else form.usage
        return Misunderstood(f"`{' '.join(form.words)}` has no such option.", hint)
    if name in given:
        return Misunderstood(f"--{name} stands twice.", form.usage)
    if value is None:
        following = next(iter(rest), None)
        if following is None or (not following.quoted and _OPTION.fullmatch(following.text)):
            return Misunderstood(f"--{name} wants a value.", form.usage)
        value = following.text
    given[name] = value
    return None


def faults(form: Form, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each argument or option, by its name."""
    problems = {name: _check(form, name, value) for name, value in given.items()}
    return {name: problem for name, problem in problems.items() if problem}


def _complete(form: Form, given: Mapping[str, str]) -> Reading:
    for problem in faults(form, given).values():
        return Misunderstood(problem, form.usage)
    if not form.required <= given.keys():
        return Incomplete(form, tuple(sorted(given.items())))
    return _build(form, given)


def _check(form: Form, name: str, value: str) -> str | None:
    if not value.strip():
        return f"The {name} is empty."
    if len(value) > form.limit(name):
        return f"The {name} is longer than {form.limit(name)} characters."
    if name == "stale" and not _days(value):
        return f"--stale wants a number of days up to {durations.MAX_DAYS}, such as 90d."
    if name == "expires" and not durations.read(value):
        return "--expires wants a time such as 12h or 7d."
    if name in {"for", "to"} and not MENTION.fullmatch(value):
        return "That wants a person: type @ and choose one."
    if name == "which" and not (value in WHICH or REQUEST_ID.fullmatch(value)):
        return f"Which requests? One of: {', '.join(WHICH)}, or the id of one."
    return None


def _days(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,5})d", text)
    days = int(found.group(1)) if found else 0
    return days if 0 < days <= durations.MAX_DAYS else None


def _build(form: Form, given: Mapping[str, str]) -> Plain:
    values: dict[str, str | int | timedelta | bool | None] = {
        f"{name}_" if keyword.iskeyword(name) else name: value for name, value in given.items()
    }
    values |= dict.fromkeys(given.keys() & set(form.flags), True)
    if "stale" in given:
        values["stale"] = _days(given["stale"])
    if "expires" in given:
        values["expires"] = durations.read(given["expires"])
    return form.build(**values)  # type: ignore[arg-type]  # the table pairs fields with forms


def write(reading: Reading) -> str:
    """Write the text that `read` makes the same of; what is no command leaves no text."""
    return escape(_canonical(reading))


def _canonical(reading: Reading) -> str:
    match reading:
        case Misunderstood():
            return ""
        case Planned(words):
            return words
        case Incomplete(form, given):
            known = dict(given)
            arguments = [quote(known[name]) for name in form.arguments if name in known]
            options = [f"--{name} {quote(known[name])}" for name in form.options if name in known]
            flags = [f"--{name}" for name in form.flags if name in known]
            return " ".join([*form.words, *arguments, *options, *flags])
        case _:
            return render(reading)
