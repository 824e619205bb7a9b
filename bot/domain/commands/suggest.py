"""What a text that is no command may have meant: other names of nouns and verbs, misspelt ones.

A suggestion is shown and offered as a button; it never runs by itself.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.domain import request_ids
from bot.domain.commands.fields import MAX_NAME
from bot.domain.commands.registry import COMMANDS

VERBS: Final = {
    **dict.fromkeys(["remove", "rm", "del", "destroy", "drop", "erase"], "delete"),
    **dict.fromkeys(["revoke", "off", "stop", "block", "kill", "deactivate", "lock"], "disable"),
    **dict.fromkeys(["on", "start", "activate", "unblock", "unlock"], "enable"),
    **dict.fromkeys(["ls", "all", "search", "find"], "list"),
    **dict.fromkeys(["new", "add", "make", "generate"], "create"),
    "mv": "rename",
    "pin": "webhook",
    **dict.fromkeys(["info", "get", "view", "describe", "cat", "open"], "show"),
    **dict.fromkeys(["undelete", "recover", "undo"], "restore"),
}
NOUNS: Final = {
    **dict.fromkeys(["keys", "apikey", "apikeys", "api-key", "credential", "secret"], "key"),
    **dict.fromkeys(["groups", "team", "teams"], "group"),
    **dict.fromkeys(["envs", "environment", "environments", "cloud", "clouds"], "env"),
}
SINGLE: Final = {
    **dict.fromkeys(["reject", "decline", "refuse", "no"], "deny"),
    **dict.fromkeys(["accept", "agree", "ok", "yes", "lgtm", "confirm"], "approve"),
    **dict.fromkeys(["who", "me"], "whoami"),
    **dict.fromkeys(["collect", "reveal"], "claim"),
    **dict.fromkeys(["extend", "prolong"], "renew"),
    **dict.fromkeys(["pending", "mine", "inbox"], "requests"),
    **dict.fromkeys(["?", "man", "usage", "hi", "hello"], "help"),
}
"""Other names for commands of one word."""

_VERBS_OF: Final = {
    noun: [spec.words[1] for spec in COMMANDS if spec.words[0] == noun and len(spec.words) > 1]
    for noun in dict.fromkeys(spec.words[0] for spec in COMMANDS if len(spec.words) > 1)
}
_WORDS: Final = frozenset(spec.words for spec in COMMANDS)
_HURRIED: Final = {noun: _VERBS_OF[noun] for noun in ("key", "env")}
"""Nouns that people in a hurry leave out."""
_FIRST: Final = sorted({spec.words[0] for spec in COMMANDS} | {"explain"})


ALONE: Final = frozenset(
    {verb for verbs in _HURRIED.values() for verb in verbs}
    | {other for other, verb in VERBS.items() if verb in {"disable", "delete"}}
    | NOUNS.keys()
)
"""Words that begin a command without its noun, as people in a hurry write it."""


def verbs_of(noun: str) -> list[str]:
    """The verbs of a noun; none for a command of one word."""
    return _VERBS_OF.get(noun, [])


def is_misspelt(typed: Sequence[str]) -> bool:
    """Whether the word behind `review`, a command of its own, is no id but nearly a verb."""
    verbs = verbs_of(typed[0])
    if not typed[1:] or (typed[0],) not in _WORDS or tuple(typed) in _WORDS:
        return False
    id_ = re.fullmatch(request_ids.ID, request_ids.plain_id(typed[1]) or "")
    return id_ is None and nearest(typed[1], verbs) is not None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one probably means."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold()[:MAX_NAME], folded, n=1)
    return folded[found[0]] if found else None


def meant(typed: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Give beginnings of commands that may be meant, each with how many typed words it replaces."""
    first, second = (*typed[:2], "")[:2]
    noun = NOUNS.get(first, first)
    if verbs := verbs_of(noun):
        verb = _verb(second, verbs)
        yield from ((f"{noun} {each}", 2) for each in verb)
        if noun != first or not second:
            yield f"{noun} list", 1
        return
    verbs_only = first in VERBS or any(first in verbs for verbs in _HURRIED.values())
    if verbs_only and second in {"request", "requests"}:
        yield "requests", 2
    named = [other for other in _VERBS_OF if NOUNS.get(second, second) == other]
    for other in named or _HURRIED if verbs_only else ():
        yield from (
            (f"{other} {each}", 2 if named else 1) for each in _verb(first, verbs_of(other))
        )
    for near in (SINGLE.get(first), nearest(first, _FIRST)):
        if near:
            yield near, 1
            if near in _VERBS_OF and second:
                yield from ((f"{near} {each}", 2) for each in _verb(second, _VERBS_OF[near]))


def _verb(typed: str, verbs: Sequence[str]) -> list[str]:
    """Find the verb that is typed, meant by another name, or misspelt."""
    other = VERBS.get(typed)
    if typed in verbs or other in verbs:
        return [typed if typed in verbs else str(other)]
    near = nearest(typed, verbs)
    return [near] if near else []
