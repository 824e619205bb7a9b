"""Whether a typed text may hold a pasted secret.

Known tokens have a shape. A Cloudinary API secret has none but its randomness: 27 characters of
letters, digits, `-` and `_`. Names of that length consist of words, numbers and separators, which
random characters hardly ever do; `tests/unit/test_secrets.py` has the measure.
"""

import re
from typing import Final

_KNOWN: Final = re.compile(
    r"(?i:cloudinary|account)://\S|(?i:api_?secret)[\"']?\s*[=:]\s*\S|xox[a-z]-|xapp-|"
    r"hooks\.slack\.com/services/\w|\bgh[oprsu]_\w{20}|\bgithub_pat_\w{20}|\bglpat-[\w-]{20}|"
    r"\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}|\b[rs]k_live_\w{10}|-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10}"
)
_TOKEN: Final = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{27,64}(?![\w-])", re.ASCII)
_LINK: Final = re.compile(r"https://\S*")
_DOCUMENT: Final = re.compile(
    r"https://(?:[\w-]+\.)*(?:google\.com|github\.com|gitlab\.com|notion\.so|notion\.site|"
    r"figma\.com|atlassian\.net|linear\.app|slack\.com|miro\.com|loom\.com|sharepoint\.com|"
    r"dropbox\.com|airtable\.com|asana\.com|trello\.com|monday\.com|cloudinary\.com)"
    r"(?=[/?#\s]|$)(?!\S*[?&#](?i:[\w-]*(?:secret|token|password|signature))=)\S*",
    re.ASCII,
)
"""Links to documents: their random ids open nothing without a login. It is matched at the beginning
of a link only: searched in a text of many, each would be read to its end again."""
_PART: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LETTERS_APART: Final = re.compile(r"[^aeiouy]{5}", re.IGNORECASE)
_VOWEL: Final = re.compile(r"[aeiouy]", re.IGNORECASE)
_SHORTEST: Final = 3
"""Letters of a word that says something."""
_SEPARATOR: Final = 2.5
"""How much a separator says for a name, against a letter of a word."""
_WORDY: Final = 0.9
_MANY: Final = 6
"""Separators in a name alone: of ten thousand random texts, two have as many."""


def looks_secret(text: str) -> bool:
    """Whether the text may hold a pasted secret."""
    if _KNOWN.search(text):
        return True
    return any(looks_random(found[0]) for found in _TOKEN.finditer(_LINK.sub(_undocumented, text)))


def _undocumented(link: re.Match[str]) -> str:
    return " " if _DOCUMENT.match(link[0]) else link[0]


def looks_random(token: str) -> bool:
    """Whether a token of upper and lower case looks random, and not like words."""
    if token == token.lower() or token == token.upper():
        return False
    separators = token.count("-") + token.count("_")
    wordy = sum(len(part) for part in _PART.findall(token) if _is_word(part))
    return separators < _MANY and (_SEPARATOR * separators + wordy) / len(token) < _WORDY


def _is_word(part: str) -> bool:
    return len(part) >= _SHORTEST and bool(_VOWEL.search(part)) and not _LETTERS_APART.search(part)
