"""Tells whether two requests ask for the same thing, whatever their reason and duration."""

from typing import Final

from bot.domain.commands.grammar import read
from bot.domain.commands.registry import BY_CLASS
from bot.domain.commands.text import escape
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request

SUFFIX: Final = 6
"""Characters of a request's id that distinguish a new key from an older one."""
_BESIDE: Final = frozenset({"reason", "expires", "confirm", "comment", "emergency"})
"""Options that leave what is requested as it is."""
_IN_TERMS: Final = frozenset({"id", "env", "key", "name", "for", "user"})
"""Fields that the terms hold resolved: two spellings of a name are one target."""


def asks_for_same(one: Request, other: Request) -> bool:
    """Whether one person asks twice for one action on one target."""
    return _subject(one) == _subject(other)


def _subject(request: Request) -> tuple[object, ...]:
    terms = request.terms
    target = terms.key or terms.name.removesuffix(f"-{request.id[:SUFFIX]}")
    about = (terms.requester, terms.owner, terms.action, terms.environment_id, target)
    command = read(escape(terms.command))
    spec = BY_CLASS.get(type(command))  # type: ignore[arg-type]  # a reading may be no command
    texts = spec.texts(command) if spec else {"": terms.command}
    rest = texts.keys() - _BESIDE - _IN_TERMS
    restores = is_restore(terms)  # its action is that of enabling
    return (*about, restores, *((name, texts[name]) for name in sorted(rest)))
