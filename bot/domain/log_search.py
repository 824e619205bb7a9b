"""Which entries of the audit log a person looks for, and which of them they may read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.audit import Entry
from bot.domain.keys import BY_API_KEY, BY_NAME
from bot.domain.people import Actor
from bot.domain.policy import Action

PEOPLE: Final = ("owner", "principal", "to", "before", "slack", "who")
"""Fields of a target that name a person of Slack."""
KEYS: Final = ("key", "signed", "signs")
"""Fields of a target that hold an API key."""


@dataclass(frozen=True)
class Filters:
    """What an entry must have; an empty field asks for nothing."""

    person: Actor | None = None
    key: str = ""
    since: datetime | None = None

    @property
    def any(self) -> bool:
        """Whether some entries are left out."""
        return bool(self.person or self.key or self.since)

    def may_match(self, body: str) -> bool:
        """Whether an entry's text can be one that matches: most need not be read for that."""
        person = self.person.user_id if self.person else ""
        return person in body and json.dumps(self._typed)[1:-1] in body

    def matches(self, entry: Entry) -> bool:
        """Whether the entry is about this person and key, and young enough."""
        young = self.since is None or entry.at >= self.since
        return young and self._about_person(entry) and self._about_key(entry)

    def _about_person(self, entry: Entry) -> bool:
        """Whether they acted, or it was for them or in their name."""
        if self.person is None or entry.actor == self.person:
            return True
        forms = (f":{self.person.team_id}:{self.person.user_id}", self.person.user_id)
        named = (entry.target.get(each, "") for each in PEOPLE)
        return any(each.endswith(forms[0]) or each == forms[1] for each in named)

    @property
    def _typed(self) -> str:
        return self.key.removeprefix(BY_API_KEY).removeprefix(BY_NAME)

    def _about_key(self, entry: Entry) -> bool:
        """Whether the key has that API key now, or had that name at that time."""
        if not self.key:
            return True
        by_name = entry.target.get("name") == self._typed
        by_api_key = any(entry.target.get(each) == self._typed for each in KEYS)
        if self.key.startswith(BY_API_KEY):
            return by_api_key
        return by_name or (by_api_key and not self.key.startswith(BY_NAME))


@dataclass(frozen=True)
class Sight:
    """What a reader of the log may see: an entry tells no more than its thing would.

    `known` are the names of the environments that exist, by their ids, `seen` those in which the
    reader may look. An entry about one that is gone is for those who reach every environment.
    """

    known: Mapping[str, str]
    seen: frozenset[str]
    everywhere: bool
    users: bool
    groups: bool

    @property
    def whole(self) -> bool:
        """Whether there is no entry that they may not see."""
        return self.everywhere and self.users and self.groups and self.known.keys() <= self.seen

    def of(self, entry: Entry) -> bool:
        """Whether they may see this entry."""
        if entry.action.startswith("user:") and not self.users:
            return False
        if entry.action.startswith("group:") and not self.groups:
            return False
        place = entry.target.get("environment", "")
        if entry.action == Action.REPORT_LEAK and not place:
            return self.everywhere  # "no key of this account" would tell which ones are
        return not place or place in self.seen or (self.everywhere and place not in self.known)

    def named(self, entry: Entry) -> Entry:
        """Name an entry's environment, where the entry has its id alone."""
        target = entry.target
        name = self.known.get(target.get("environment", ""))
        if not name or target.get("environment_name"):
            return entry
        return replace(entry, target={**target, "environment_name": name})


@dataclass(frozen=True)
class Logged:
    """An entry that is shown, with its number; `proven` by its own MAC and the one before it."""

    seq: int
    entry: Entry
    proven: bool = True
