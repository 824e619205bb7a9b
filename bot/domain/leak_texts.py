"""All the text of a message or of a scanner's report, and where a report found it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.domain.commands.secrets import looks_secret
from bot.domain.leaks import MAX_TEXT, Pair

DEEPEST: Final = 20
PLACES: Final = ("link", "html_url", "url", "incident_url", "gitguardian_url", "share_url")
"""Where scanners put the address of what they found, the most exact first."""
PARTS: Final = ("repository", "file", "commit", "line")
MAX_PLACE: Final = 200
LONGEST_PLACE: Final = 2_000
"""Characters of a place that is shown in part; a longer one is no address."""


def texts(value: object, depth: int = 0) -> Iterator[str]:
    """Give every text in a document, in its order; the same text again adds nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif depth < DEEPEST and isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each, depth + 1)
    elif depth < DEEPEST and isinstance(value, Sequence):
        for each in value:
            yield from texts(each, depth + 1)


def whole_text(value: object) -> str:
    """Give all the text of a document."""
    return "\n".join(dict.fromkeys(texts(value)))[:MAX_TEXT]


def place_of(document: object, pairs: Sequence[Pair]) -> str:
    """Say where a report found something: an address, else a file of a repository; else nothing.

    A place that has a secret in itself, or one of the document's `pairs`, is left out.
    """
    found = [*_named(document, PLACES)]
    address = min(found, key=lambda it: PLACES.index(it[0]), default=("", ""))[1]
    parts = dict(reversed([*_named(document, PARTS)]))
    place = address or " ".join(parts[name] for name in PARTS if name in parts)
    if len(place) > LONGEST_PLACE or any(pair.secret.show() in place for pair in pairs):
        return ""
    return "" if looks_secret(place) else place[:MAX_PLACE]


def _named(value: object, names: Sequence[str], depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in names and isinstance(each, str | int) and str(each):
                yield str(name), str(each)
            yield from _named(each, names, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _named(each, names, depth + 1)
