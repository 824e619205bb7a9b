"""In which language a person reads: that of their Slack, from the directory's memory."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.languages import Language
from bot.domain.people import Actor
from bot.flows.directory import FreshDirectory


@dataclass(frozen=True)
class Readers:
    """Knows each person's language; English for a person whom Slack has not described yet."""

    directory: FreshDirectory
    of_locale: Callable[[str], Language]

    def language(self, actor: Actor) -> Language:
        """Give the person's language, without a call."""
        return self.of(actor.user_id)

    def of(self, user_id: str) -> Language:
        """Likewise, by their id in this workspace."""
        return self.of_locale(self.directory.locale(user_id))
