"""Pairs of a Cloudinary API key and its secret in a text: what has leaked, if the pair works.

A key has 15 digits, a secret 27 letters, digits, `-` and `_`. A pair stands in an address
(`cloudinary://key:secret@cloud`), in two assignments in any language, or side by side; then the
secret also has to look random. A number beside a long name is no pair.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from bot.domain.commands.secrets import looks_random
from bot.domain.commands.text import bare, unescape

MOST: Final = 10
"""Pairs of one text; a file with more of them is one leak, and the rest is seen in it."""
MAX_TEXT: Final = 200_000
"""Characters that are searched: more than a message and its files' previews have."""
_LOOKED_AT: Final = 200
"""Keys, secrets and cloud names that are compared: a hostile text has thousands."""
_APART: Final = 100
"""Characters between a key and a secret without names, at most."""
_NAMED_APART: Final = 600
"""Characters between two assignments: there may be a comment, and other options."""
_ADDRESS: Final = re.compile(
    r"(?i:cloudinary)://([0-9]{15}):([A-Za-z0-9_-]{16,64})(?:@([A-Za-z0-9_-]{1,128}))?", re.ASCII
)
_BETWEEN: Final = r"""\\?["'`]?\]?[\s*]*(?:=>|:=|[=:,(])[\s*]*(?:[A-Za-z]{1,3}\s?)?\\?["'`(]?\s?"""
"""Between a name and its value: quotes, and the signs of JSON, YAML, PHP, shells and the rest."""
_KEY: Final = re.compile(r"(?<![\w.-])[0-9]{15}(?![\w-]|\.\w)", re.ASCII)
_SECRET: Final = re.compile(r"(?<![\w/+.-])(?:_[\w-]{27}_|[\w-]{27})(?![\w/+=-]|\.\w)", re.ASCII)
_NAME: Final = re.compile(rf"(?i:api[_-]?(?P<which>key|secret)){_BETWEEN}\Z", re.ASCII)
_CLOUD: Final = re.compile(
    rf"(?i:cloud[_-]?name){_BETWEEN}([A-Za-z0-9][A-Za-z0-9_-]{{0,127}})", re.ASCII
)
_LOOKED_BACK: Final = 40
"""Characters before a value in which its name is searched."""


@dataclass(frozen=True)
class Pair:
    """An API key with what may be its secret; `cloud` is the cloud name beside it, if any."""

    api_key: str
    secret: str = field(repr=False)
    cloud: str = ""


def find_pairs(text: str) -> tuple[Pair, ...]:
    """Find the pairs in a text as Slack or a scanner sends it, each once."""
    found = dict[tuple[str, str], Pair]()
    short = text[:MAX_TEXT]
    for plain in dict.fromkeys((bare(unescape(short)), bare(html.unescape(short)))):
        for pair in (*_addresses(plain), *_side_by_side(plain)):
            found.setdefault((pair.api_key, pair.secret), pair)
    return tuple(found.values())[:MOST]


def _addresses(text: str) -> Iterator[Pair]:
    for each in _ADDRESS.finditer(text):
        yield Pair(each[1], each[2], each[3] or "")


def _side_by_side(text: str) -> Iterator[Pair]:
    """Give each secret the nearest key; names on both sides let them be further apart."""
    found = islice(_KEY.finditer(text), _LOOKED_AT)
    keys = [(each.start(), each[0], _named(text, each.start(), "key")) for each in found]
    clouds = [*islice(_CLOUD.finditer(text), _LOOKED_AT)]
    for each in islice(_SECRET.finditer(text), _LOOKED_AT if keys else 0):
        secret = each[0].strip("_") if len(each[0]) == len("__") + 27 else each[0]
        named = _named(text, each.start(), "secret")
        if not named and not looks_random(secret):
            continue
        at = each.start()
        near = min(keys, key=lambda key: (not (named and key[2]), abs(key[0] - at)))
        if abs(near[0] - at) <= (_NAMED_APART if named and near[2] else _APART):
            cloud = min(clouds, key=lambda it: abs(it.start() - at), default=None)
            yield Pair(near[1], secret, cloud[1] if cloud else "")


def _named(text: str, at: int, which: str) -> bool:
    """Whether a name such as `api_secret` stands before a value."""
    found = _NAME.search(text[max(0, at - _LOOKED_BACK) : at])
    return found is not None and found["which"].casefold() == which
