"""Adoptions among the bulk acts: keys that get an owner, each with a note where one was given."""

from dataclasses import replace
from typing import Final

from bot.domain.bulk import REQUESTED, STARTED, Bulk, Part, PartState
from bot.domain.commands.adoption import AdoptKeys
from bot.domain.commands.grammar import read
from bot.domain.commands.text import escape
from bot.domain.outcomes.kinds import kind_of
from bot.domain.requests.notifications import MANY, Notification, Topic, to_person

ASKED: Final = frozenset({REQUESTED, STARTED})
"""What a part led to that others approve first."""


def adoption_of(bulk: Bulk) -> AdoptKeys | None:
    """Return the command of an adoption; None for another act."""
    command = read(escape(bulk.command))
    return command if isinstance(command, AdoptKeys) else None


def owners_told(bulk: Bulk) -> tuple[Bulk, tuple[Notification, ...]]:
    """Tell the owner of an adoption, once for all keys that a run has made theirs."""
    command = adoption_of(bulk)
    owner = (command.owner or "").removeprefix("@") if command else ""
    done = [part for part in owning(bulk) if part.state is PartState.DONE]
    count = sum(part not in waiting(bulk) for part in done)
    if count <= bulk.told or owner in {"", bulk.actor.user_id}:
        return bulk, ()
    text = f"{MANY} {count - bulk.told}"
    told = to_person("", Topic.OWNER, owner, by=bulk.actor.user_id, text=text)
    return replace(bulk, told=count), (told,)


def owning(bulk: Bulk) -> list[Part]:
    """The parts that choose an owner: one for each key."""
    return [part for part in bulk.parts if part.command.startswith("key owner ")]


def waiting(bulk: Bulk) -> list[Part]:
    """Those of them that wait for an approval."""
    return [
        it for it in owning(bulk) if it.state is PartState.DONE and kind_of(it.outcome) in ASKED
    ]
