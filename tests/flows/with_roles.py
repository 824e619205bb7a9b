"""An account with the Permissions API, in which the people of the harness may manage keys."""

from typing import Final

from bot.domain.people import KeyRight, Role
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    PROD,
    STAGING,
    TECH,
    Harness,
    staffed,
)

STAFF: Final = {
    TECH: Role.TECHNICAL_ADMIN,
    COLLEAGUE: Role.TECHNICAL_ADMIN,
    ADMIN: Role.ADMIN,
    CHIEF: Role.MASTER_ADMIN,
}


def with_roles(harness: Harness | None = None) -> Harness:
    """Give everybody who is staff the right to manage keys everywhere."""
    harness = harness or staffed(permissions=True)
    harness.permissions = True
    manages = {place.id: KeyRight.MANAGE for place in (DEV, STAGING, PROD)}
    for actor, role in STAFF.items():
        harness.account.add_user(harness.add_member(actor, role), rights=manages)
    harness.rebuild()
    return harness
