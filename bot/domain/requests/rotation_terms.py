"""What approvers see of a rotation, frozen with the terms of its request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.key_roles import KeyRole
from bot.domain.rotation import SOAK, Rotation


@dataclass(frozen=True)
class RotationTerms:
    """The successor of a key; `successor` is its name until the old key is gone.

    `roles` is what it gets: those of the old key, unless they are `changed`; None where the account
    has no roles. With `held`, its owner is another person than who asks, and has the old key.
    With `grave` it needs the approvals of Master Admin. `signs` and `last` are whether the old key
    signed webhooks and was the last enabled one. `compromised` disables the old key first.
    """

    successor: str
    grace: timedelta
    soak: timedelta = SOAK
    roles: tuple[KeyRole, ...] | None = None
    changed: bool = False
    held: bool = False
    grave: bool = False
    signs: bool = False
    last: bool = False
    compromised: bool = False

    @property
    def parts(self) -> tuple[str | float, ...]:
        """What the fingerprint covers."""
        times = (self.grace.total_seconds(), self.soak.total_seconds())
        flags = (self.changed, self.held, self.grave, self.signs, self.last, self.compromised)
        roles = (f"{role.ref} {role.name}" for role in self.roles or ())
        return ("rotation", self.successor, *times, *flags, *roles)

    def begun(self, now: datetime) -> Rotation:
        """The rotation as its request opens."""
        leaked = self.compromised
        grace, soak = self.grace, self.soak
        return Rotation(now, grace=grace, soak=soak, compromised=leaked, stops=leaked)
