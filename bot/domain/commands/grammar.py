"""The grammar of /cld: a person's text -> one command, or what is wrong with the text.

`write` returns a command's canonical text. Redis stores it, cards show it, and `read` parses it to
the same command. Quotes can make it longer than what was typed, so only `read_typed` has a limit: a
stored text must stay readable, however long.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from bot.domain.commands.filling import fill, hint_of
from bot.domain.commands.general import Menu
from bot.domain.commands.leaks import REPORT
from bot.domain.commands.many import spec_of
from bot.domain.commands.readings import (
    FORM,
    TYPED,
    Incomplete,
    Misunderstood,
    Reading,
    render,
    write,
)
from bot.domain.commands.registry import BY_WORDS, Explain
from bot.domain.commands.secrets import looks_secret
from bot.domain.commands.suggest import is_misspelt, meant, verbs_of
from bot.domain.commands.text import (
    Word,
    bare,
    has_control_characters,
    split,
    tidied,
    unescape,
    unwrapped,
)
from bot.domain.phrases import Listed, Phrase, Text, msg, plural

__all__ = ["Incomplete", "Misunderstood", "Reading", "render", "write"]

MAX_TEXT = 1000
"""Characters that a person may type; the longest sensible command is a tenth of this."""
EXPLAIN = "explain"
HELP = "help"
TOO_LONG: Final = plural(
    "This is longer than {count} character.", "This is longer than {count} characters.", MAX_TEXT
)


def read_typed(text: str, *, checked: bool = False) -> Reading:
    """Parse what a person typed after `/cld`; `checked` if they have said that it is no secret."""
    plain = unescape(text)
    if len(plain) > MAX_TEXT:
        return Misunderstood(TOO_LONG)
    source = unwrapped(plain)
    words = split(source)
    reading = _read(source, words and tidied(words))
    return reading if checked else screened(reading, text)


@lru_cache(1_024)  # from its queue to its end, a job's text is read about ten times
def read(text: str) -> Reading:
    """Parse a canonical text, or a typed one that is short enough and holds no secret."""
    source = unescape(text)
    words = split(source)
    if words and tuple(word.text for word in words[:2]) == REPORT.words:  # no person types it
        return fill(REPORT, source, words[2:], form=False)
    return _read(source, words)


def screened(reading: Reading, text: str) -> Reading:
    """Refuse the reading of a text that may hold a secret, and keep nothing of it in the clear."""
    if not holds_secret(unescape(text)):
        return reading
    return Misunderstood(
        msg(
            "This looks like a secret. If it is one, it has leaked: disable its key and create"
            " another one."
        ),
        suspect=write(reading),
    )


def holds_secret(plain: str) -> bool:
    """Whether a text, or one of its words, may be a secret."""
    # The words too: quotes and backslashes can hide a secret in the text as a whole.
    parts = [plain, *(word.text for word in split(plain) or ())]
    return any(looks_secret(each) for part in parts for each in {part, bare(part)})


def _read(source: str, words: list[Word] | None) -> Reading:
    if has_control_characters(source):
        return Misunderstood(msg("This has control characters."))
    if words is None:
        return Misunderstood(
            msg('A quote is not closed. Put names with spaces in "double quotes".')
        )
    return _read_words(source, words)


def _read_words(source: str, words: Sequence[Word]) -> Reading:
    if not words:
        return Menu()
    first = words[0].text.casefold()
    if first == EXPLAIN:
        return _explain(_read_words(source, words[1:]))
    if first == HELP and words[2:]:  # the name of a command
        words = (words[0], Word(" ".join(word.text for word in words[1:])))
    if first == FORM and len(words) > 1:
        return _read_command(source, words[1:], form=True)
    return _read_command(source, words)


def _read_command(source: str, words: Sequence[Word], *, form: bool = False) -> Reading:
    typed = tuple(word.text.casefold() for word in words[:2])
    if is_misspelt(typed):
        return _unknown(source, words, typed)
    for name in (typed, typed[:1]):
        if name in BY_WORDS:
            rest = words[len(name) :]
            return fill(spec_of(name, rest), source, rest, form=form)
    return _unknown(source, words, typed)


def _explain(inner: Reading) -> Reading:
    match inner:
        case Explain() | Menu():
            missing = msg("Add the command to explain.")
            return Misunderstood(missing, f"{TYPED}explain key disable ci-bot")
        case Incomplete(spec, given):
            return Explain(spec.make(dict.fromkeys(spec.required, "") | dict(given)))
        case Misunderstood(hint=str(hint)) if not hint.startswith(f"{TYPED}{EXPLAIN} "):
            return replace(inner, hint=f"{TYPED}{EXPLAIN} {hint.removeprefix(TYPED)}")
        case Misunderstood():
            return inner
        case _:
            return Explain(inner)


def _unknown(source: str, words: Sequence[Word], typed: tuple[str, ...]) -> Reading:
    verbs = verbs_of(typed[0])
    problem = _problem(typed, verbs)
    for beginning, replaced in meant(typed):
        heard = [Word(each) for each in beginning.split()] + list(words[replaced:])
        if hint := hint_of(_read_words(source, heard)):
            return Misunderstood(problem, hint)
    return Misunderstood(problem, f"{TYPED}help {typed[0]}" if verbs else f"{TYPED}help")


def _problem(typed: Sequence[str], verbs: Sequence[str]) -> Phrase:
    if not verbs:
        return msg("Unknown command.")
    choices = Listed(tuple(Text(each, code=True) for each in verbs), "or")
    if len(typed) == 1:
        return msg("Add what to do after `{noun}`: {verbs}.", noun=Text(typed[0]), verbs=choices)
    return msg("Unknown command. After `{noun}`, use {verbs}.", noun=Text(typed[0]), verbs=choices)
