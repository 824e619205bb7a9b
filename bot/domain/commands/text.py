"""Typed text as words.

Slack escapes the text (`&amp;`, `<@U1|tom>`, `<http://a.b|a.b>`), and phones type curly quotes and
a dash for `--`; this module undoes both.
"""

import html
import re
from dataclasses import dataclass

_ESCAPED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_CURLY = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019", "'")
)
_REFERENCES = {char: f"&#{char};" for char in (*map(ord, "&<>"), *_CURLY)}
OPTION = "(?:--|\u2014|\u2013)"
"""Two hyphens, or a phone's dash for them."""
_TOKEN = re.compile(
    rf"""\s*(?:({OPTION}[^\s"'=]*=)?(?:"((?:[^"\\]|\\.)*)"|'([^']*)')|([^\s"]+))(?=\s|$)""",
    re.DOTALL,
)
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SECRET = re.compile(
    r"(?i:cloudinary://|account://|api_?secret|xox[abpe]-|xapp-)|"
    r"(?<![\w-])(?=[\w-]{0,40}[a-z])(?=[\w-]{0,40}[A-Z])(?=[\w-]{0,40}\d)[\w-]{27,40}(?![\w-])"
)
"""Prefixes of known tokens, and the shape of a Cloudinary API secret."""


@dataclass(frozen=True)
class Word:
    """One word of a text; a quoted one is never an option."""

    text: str
    quoted: bool


def has_control_characters(text: str) -> bool:
    """Whether the text has characters that people never type."""
    return any((ord(c) < ord(" ") and c not in "\t\n\r") or c == "\x7f" for c in text)


def looks_secret(text: str) -> bool:
    """Whether the text may hold a pasted secret."""
    return _SECRET.search(text) is not None


def unescape(text: str) -> str:
    """Undo Slack's escaping: labels of links, ids of mentions, entities."""

    def plain(found: re.Match[str]) -> str:
        sigil, target, label = found.groups()
        return f"{sigil}{target}" if sigil else label or target

    return html.unescape(_ESCAPED.sub(plain, text).translate(_CURLY))


def escape(text: str) -> str:
    """Write a text so that `unescape` returns it, with its curly quotes."""
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
    found = list(_TOKEN.finditer(stripped))
    whole = sum(len(each[0]) for each in found) == len(stripped)
    return [_word(*each.groups()) for each in found] if whole else None


def _word(option: str | None, double: str | None, single: str | None, bare: str | None) -> Word:
    if bare is not None:
        return Word(bare, quoted=False)
    text = re.sub(r"\\(.)", r"\1", double, flags=re.DOTALL) if double is not None else single
    return Word(f"{option or ''}{text}", quoted=option is None)
