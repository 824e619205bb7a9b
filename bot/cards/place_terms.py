"""What a request changes of an environment, for those who decide."""

from collections.abc import Iterator

from bot.cards.kit import Moment, Phrase, Text, bold, code, msg, plural
from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    EnableEnvironment,
    RenameEnvironment,
    SetTier,
)
from bot.domain.commands.grammar import read
from bot.domain.commands.text import escape
from bot.domain.environments import Environment
from bot.domain.requests.terms import Evidence, Terms


def place_terms(terms: Terms) -> Phrase | None:
    """Name the environment, with what it becomes; None for terms of another noun."""
    place, cloud_name = bold(terms.environment_name), code(terms.cloud_name)
    tier = Text(terms.tier)
    match read(escape(terms.command)):
        case CreateEnvironment(copy_from=None):
            said = msg("{place} ({cloud_name}), tier: {tier}")
            return said.fill(place=place, cloud_name=cloud_name, tier=tier)
        case CreateEnvironment(copy_from=other):
            said = msg("{place} ({cloud_name}), tier: {tier}, with the settings of {other}")
            other_name = code(other or "")
            return said.fill(place=place, cloud_name=cloud_name, tier=tier, other=other_name)
        case RenameEnvironment(new=new):
            return _renamed(terms, new)
        case SetTier(tier=after):
            said = msg("{place} ({cloud_name}), tier {before} → {after}")
            return said.fill(place=place, cloud_name=cloud_name, before=tier, after=bold(after))
        case DisableEnvironment() | EnableEnvironment():
            return msg("{place} ({cloud_name})", place=place, cloud_name=cloud_name)
        case _:
            return None


def _renamed(terms: Terms, new: str) -> Phrase:
    """Say the new name; and the tier, where the words of the names decide it."""
    before = Environment("", terms.environment_name, terms.cloud_name).tier
    after = Environment("", new, terms.cloud_name).tier
    said = msg("{before} → {after} ({cloud_name})")
    if before == terms.tier and after != before:
        said = msg("{before} → {after} ({cloud_name}), tier by name {was} → {tier}")
    return said.fill(
        before=bold(terms.environment_name),
        after=bold(new),
        cloud_name=code(terms.cloud_name),
        was=Text(before),
        tier=Text(after),
    )


def stopping(terms: Terms, found: Evidence) -> Iterator[Phrase]:
    """Say what stops when an environment is disabled."""
    if not isinstance(read(escape(terms.command)), DisableEnvironment):
        return
    if found.unread:
        yield msg("Everything in it stops. Keysmith can't read how many keys are enabled there.")
    else:
        yield plural(
            "Everything in it stops, with {count} enabled key.",
            "Everything in it stops, with {count} enabled keys.",
            found.siblings,
        )
    if found.changed_at:
        yield msg("A key there last changed {ago}.", ago=Moment(found.changed_at))
