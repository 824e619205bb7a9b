"""Typed text as words.

Slack escapes the text (`&amp;`, `<@U1|tom>`, `<http://a.b|a.b>`), phones type curly quotes and long
dashes, and pasted text has formatting, invisible characters and punctuation around names; this
module undoes all of it. What stands in straight double quotes stays as it is.
"""

import html
import re
from dataclasses import dataclass, replace
from typing import Final

_ESCAPED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_NUMBERED: Final = re.compile("&#0*([0-9]+)")
_DIGITS: Final = 8
"""Of a character's number there are fewer; Python reads no number of many thousands."""
_DOUBLE: Final = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u275d\u275e\u301d\u301e\u301f'
_SINGLE: Final = "'\u2018\u2019\u201a\u201b\u2039\u203a\uff07\u275b\u275c"
_STRAIGHT: Final = str.maketrans(dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'"))
_STORED: Final = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_REFERENCES = {char: f"&#{char};" for char in map(ord, f"&<>{_STORED}")}
"""Characters that `escape` writes as references, as stored texts have them."""
DASHES: Final = (
    r"\-\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2796\u2e17\u2e1a\u2e3a\u2e3b"
    r"\u2e40\u2e5d\u301c\u3030\u30a0\u30fc\ufe31\ufe32\ufe58\ufe63\uff0d\U00010d6e\U00010ead\u02d7"
)
"""Everything that a keyboard or a program puts in place of a hyphen, for a class of characters."""
_DASH: Final = re.compile(f"[{DASHES}]")
INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
"""Characters without a shape; a joiner between letters of other scripts has a meaning there."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_END: Final = r"(?=[.,;:!?\u2026\u3002\uff0c]*(?:\s|$))[.,;:!?\u2026\u3002\uff0c]*"
"""The end of a quoted word, with the punctuation of a sentence."""
_QUOTED: Final = (
    rf'"((?:[^"\\]|\\.)*)"{_END}',
    rf"[{_DOUBLE[1:]}](.*?)[{_DOUBLE}]{_END}",
    rf"[{_SINGLE}](.*?)[{_SINGLE}]{_END}",
    rf"[\u300c\u300e\uff62\ufe41\ufe43](.*?)[\u300d\u300f\uff63\ufe42\ufe44]{_END}",
    rf"`+([^`]+)`+{_END}",
)
_TOKEN = re.compile(
    rf"""\s*(?:([{DASHES}]+[^\s={_DOUBLE}{_SINGLE}]*=)?(?:{"|".join(_QUOTED)})|([^\s{_DOUBLE}]+))"""
    r"(?=\s|$)",
    re.DOTALL,
)
_PLAIN = re.compile(r"(?!_.*_$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
"""Words that need no quotes; a stored text may have more of them, such as `_x_`."""
_WRAPPED: Final = re.compile(r"([`*_~]+)(.*[^`*_~].*)\1", re.DOTALL)
_PUNCTUATION: Final = ".;:!?\u2026\u3002\uff0c\uff1b\uff1a\uff01\uff1f`"
"""What may follow a name at the end of a sentence; a comma may go on with a list."""


@dataclass(frozen=True)
class Word:
    """One word of a text, at its place; a quoted one is never an option.

    `closed` is true where quotes say where it ends: a quoted word, and `--option="…"`.
    """

    text: str
    quoted: bool = False
    closed: bool = False
    start: int = 0
    end: int = 0
    typed: bool = False
    """A person typed it: it may stand for what is written otherwise."""


def has_control_characters(text: str) -> bool:
    """Whether the text has characters that people never type."""
    return _CONTROL.search(text) is not None


def unescape(text: str) -> str:
    """Undo Slack's escaping: labels of links, ids of mentions, entities."""

    def plain(found: re.Match[str]) -> str:
        sigil, target, label = found.groups()
        return f"{sigil}{target}" if sigil else label or target.removeprefix("mailto:")

    return entities(_ESCAPED.sub(plain, text))


def entities(text: str) -> str:
    """Undo HTML's entities; a number beyond every character is none, however many digits it has."""
    short = _NUMBERED.sub(lambda found: f"&#{found[1] if len(found[1]) < _DIGITS else 0}", text)
    return html.unescape(short)


def escape(text: str) -> str:
    """Write a text so that `unescape` returns it."""
    return text.translate(_REFERENCES)


def quote(word: str) -> str:
    """Write one word so that `split` returns it, with quotes if it needs them."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def split(text: str) -> list[Word] | None:
    """Split into words; None if a quote is not closed."""
    stripped = text.rstrip()
    for each in (stripped, stripped.translate(_STRAIGHT)):  # a phone may type “one of each kind"
        found = list(_TOKEN.finditer(each))
        if sum(len(one[0]) for one in found) == len(stripped):
            return [_word(one) for one in found]
    return None


def _word(found: re.Match[str]) -> Word:
    option, double, *others, bare = found.groups()
    start, end = found.end() - len(found[0].lstrip()), found.end()
    if bare is not None:
        return Word(bare.translate(_STRAIGHT), start=start, end=end)
    if double is not None:
        text = re.sub(r"\\(.)", r"\1", double, flags=re.DOTALL)
    else:
        text = next(each for each in others if each is not None).strip()
    return Word(f"{option or ''}{text}", option is None, closed=True, start=start, end=end)


def unwrapped(text: str) -> str:
    """Take a typed command out of what stands around it: formatting, and a pasted `/cld`."""
    return re.sub(r"^/cld(?:\s+|$)", "", _inside(text), flags=re.IGNORECASE)


def _inside(text: str) -> str:
    """Take formatting off a text that has it at both ends."""
    inside = text.strip()
    while (found := _WRAPPED.fullmatch(inside)) and found[1] not in found[2]:
        inside = found[2].strip()
    return inside


def tidied(words: list[Word]) -> list[Word]:
    """Read words as people type them; quotes keep everything in them."""
    listed = list[Word]()
    for word in (each if each.quoted else replace(each, text=_tidy(each)) for each in words):
        before = listed[-1] if listed else None
        goes_on = before and not before.closed and before.text.endswith(",")
        if before and goes_on and not word.closed and not _DASH.match(word.text):
            listed[-1] = replace(before, text=f"{before.text}{word.text}", end=word.end)
        else:
            listed.append(word)
    texts = [each.text if each.closed else each.text.rstrip(",") or "," for each in listed]
    return [replace(each, text=t, typed=True) for each, t in zip(listed, texts, strict=True)]


def _tidy(word: Word) -> str:
    if word.closed:
        return word.text
    text = INVISIBLE.sub("", word.text)
    text = text.rstrip(_PUNCTUATION) or text
    return _inside(text).lstrip("`")


def bare(text: str) -> str:
    """Undo what can hide a secret in a typed text: invisible characters, and other dashes."""
    return _DASH.sub("-", INVISIBLE.sub("", text))


def as_id(text: str) -> str:
    """Read an id as a person copies it."""
    return text.strip("#`*_~ ").casefold()
