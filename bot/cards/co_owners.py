"""What requests about the co-owners of a key, and its tags, are called."""

from typing import Final

from bot.cards.kit import Mention, Phrase, bold, msg
from bot.domain.commands.grammar import read
from bot.domain.commands.key_fields import ADD
from bot.domain.commands.key_records import OwnerOfKey, TagKey
from bot.domain.commands.text import escape
from bot.domain.phrases import Span
from bot.domain.requests.terms import Terms

_ASKS: Final = {
    True: msg("{who} asks to make {person} a co-owner of a key"),
    False: msg("{who} asks to remove {person} as a co-owner of a key"),
}
_WHAT: Final = {
    True: msg("make {person} a co-owner of a key"),
    False: msg("remove {person} as a co-owner of a key"),
}
_DONE: Final = {
    True: msg("The key has a new co-owner: {person}."),
    False: msg("{person} is no longer a co-owner of the key."),
}
_TAG_ASKS: Final = {
    True: msg("{who} asks to add the tag {tag} to a key"),
    False: msg("{who} asks to remove the tag {tag} of a key"),
}
_TAG_WHAT: Final = {
    True: msg("add the tag {tag} to a key"),
    False: msg("remove the tag {tag} of a key"),
}
_TAG_DONE: Final = {
    True: msg("The key has the tag {tag}."),
    False: msg("The key no longer has the tag {tag}."),
}


def asks(terms: Terms, who: Span) -> Phrase | None:
    """Say who wants it; None for a request about something else."""
    return _said(terms, _ASKS, _TAG_ASKS, who)


def what(terms: Terms) -> Phrase | None:
    """Name it, in a list or after a colon; None likewise."""
    return _said(terms, _WHAT, _TAG_WHAT)


def done(terms: Terms) -> Phrase | None:
    """Say that it is done; None likewise."""
    return _said(terms, _DONE, _TAG_DONE)


def _said(
    terms: Terms, owners: dict[bool, Phrase], tags: dict[bool, Phrase], who: Span | None = None
) -> Phrase | None:
    command = read(escape(terms.command))
    known = {"who": who} if who else {}
    if isinstance(command, TagKey):
        return tags[command.change == ADD].fill(tag=bold(command.tag), **known)
    if not isinstance(command, OwnerOfKey) or not command.of_co_owner:
        return None
    person = Mention((command.owner or "").removeprefix("@"))
    return owners[command.also].fill(person=person, **known)
