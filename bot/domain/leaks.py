"""Pairs of a Cloudinary API key and its secret in a text: what has leaked, if the pair works.

A key has 15 digits, a secret 27 letters, digits, `-` and `_`. A pair stands in an address
(`cloudinary://key:secret@cloud`), in two assignments in any language, or side by side; then the
secret also has to look random. A number beside a long name is no pair.
"""

import re
from bisect import bisect
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.commands.secrets import looks_random
from bot.domain.commands.text import bare, entities, unescape
from bot.domain.secret import Secret

MOST: Final = 10
"""Pairs of one text that are reported although Keysmith knows none of their keys."""
MOST_KNOWN: Final = 200
"""Pairs of one text that are reported of keys which Keysmith knows."""
OF_ONE: Final = 10
"""Secrets beside one such key that are compared; with more of them, one of them may be its own."""
MAX_TEXT: Final = 600_000
"""Characters that are searched: more than a webhook's body or a message has."""
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
    secret: Secret
    cloud: str = ""


def find_pairs(text: str) -> tuple[Pair, ...]:
    """Find the pairs in a text as Slack or a scanner sends it, each once."""
    found = dict[tuple[str, Secret], Pair]()
    short = text[:MAX_TEXT]
    for plain in dict.fromkeys((bare(unescape(short)), bare(entities(short)))):
        for pair in (*_addresses(plain), *_side_by_side(plain)):
            found.setdefault((pair.api_key, pair.secret), pair)
    return tuple(found.values())


def chosen(pairs: Sequence[Pair], known: Container[str]) -> list[Pair]:
    """Choose what is reported of one text: first what is beside a known key, wherever it stands.

    A pair without a secret says that the key has more of them than are compared.
    """
    ours = dict[str, list[Pair]]()
    for pair in pairs:
        if pair.api_key in known:
            ours.setdefault(pair.api_key, []).append(pair)
    few = [several(each) for each in ours.values()]
    if sum(map(len, few)) > MOST_KNOWN:
        few = [each[:1] if len(each) == 1 else [uncounted(each[0])] for each in few]
    first = [pair for each in few for pair in each][:MOST_KNOWN]
    return [*first, *[pair for pair in pairs if pair.api_key not in known][:MOST]]


def several(pairs: list[Pair]) -> list[Pair]:
    """Keep a few pairs of one key, and what says that there are more."""
    return pairs if len(pairs) <= OF_ONE else [uncounted(pairs[0]), *pairs[: OF_ONE - 1]]


def uncounted(pair: Pair) -> Pair:
    """Give what stands for more secrets beside a key than are compared."""
    return replace(pair, secret=Secret())


def _addresses(text: str) -> Iterator[Pair]:
    for each in _ADDRESS.finditer(text):
        yield Pair(each[1], Secret(each[2]), each[3] or "")


def _side_by_side(text: str) -> Iterator[Pair]:
    """Give each secret the nearest key; names on both sides let them be further apart."""
    keys = [(it.start(), it[0], _named(text, it.start(), "key")) for it in _KEY.finditer(text)]
    if not keys:
        return
    every = _Places([(at, key) for at, key, _ in keys])
    named_keys = _Places([(at, key) for at, key, is_named in keys if is_named])
    clouds = _Places([(it.start(), it[1]) for it in _CLOUD.finditer(text)])
    for each in _SECRET.finditer(text):
        secret = each[0].strip("_") if len(each[0]) == len("__") + 27 else each[0]
        named = _named(text, each.start(), "secret")
        if not named and not looks_random(secret):
            continue
        at = each.start()
        both = named_keys.nearest(at) if named else None
        near = both or every.nearest(at)
        if near and abs(near[0] - at) <= (_NAMED_APART if both else _APART):
            cloud = clouds.nearest(at)
            yield Pair(near[1], Secret(secret), cloud[1] if cloud else "")


class _Places:
    """Values by where they stand, in order: the nearest is found however many there are."""

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        self._found = found
        self._at = [at for at, _ in found]

    def nearest(self, at: int) -> tuple[int, str] | None:
        place = bisect(self._at, at)
        around = self._found[max(0, place - 1) : place + 1]
        return min(around, key=lambda it: abs(it[0] - at), default=None)


def _named(text: str, at: int, which: str) -> bool:
    """Whether a name such as `api_secret` stands before a value."""
    found = _NAME.search(text[max(0, at - _LOOKED_BACK) : at])
    return found is not None and found["which"].casefold() == which
