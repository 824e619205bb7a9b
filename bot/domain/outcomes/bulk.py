"""Outcomes of commands about many targets at once."""

from dataclasses import dataclass

from bot.domain.bulk import Bulk
from bot.domain.commands.users import OffboardUser
from bot.domain.people import Role


@dataclass(frozen=True)
class BulkPreviewed:
    """The list of what would change, to be confirmed; nothing changed."""

    kind = "bulk_previewed"
    bulk: Bulk


@dataclass(frozen=True)
class BulkReported:
    """What a bulk act did, part by part, or has done until it stopped."""

    kind = "bulk_reported"
    bulk: Bulk


@dataclass(frozen=True)
class NoSuchBulk:
    """The person has no list of that id, or it is no longer kept; nothing changed."""

    kind = "no_such_bulk"
    offboarding: bool = False


@dataclass(frozen=True)
class OffboardPreviewed:
    """Everything that a person has, to choose from; nothing changed. `command` is without parts.

    `hidden` counts their keys in environments that the reader can't see; `role` stays with the
    disabled user.
    """

    kind = "offboard_previewed"
    bulk: Bulk
    command: OffboardUser
    name: str
    hidden: int = 0
    role: Role | None = None


BulkOutcome = BulkPreviewed | BulkReported | NoSuchBulk | OffboardPreviewed
