"""People and environments for questions to a policy."""

from bot.domain.environments import Environment
from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import EVERYWHERE, Action

DEV = Environment("e-dev", "Shop dev", "shop-dev")
STAGING = Environment("e-stag", "Shop staging", "shop-stag")
PROD = Environment("e-prod", "Shop", "shop")
PLACES = (DEV, STAGING, PROD)

EVERYBODY: frozenset[Role | None] = frozenset({*Role, None})
KEY_ROLES: frozenset[Role | None] = frozenset({Role.TECHNICAL_ADMIN, Role.ADMIN, Role.MASTER_ADMIN})
ADMINS: frozenset[Role | None] = frozenset({Role.ADMIN, Role.MASTER_ADMIN})
LOOKING = (Action.ENV_LIST, Action.ENV_SHOW, Action.KEY_LIST, Action.KEY_SHOW)
IN_ENVIRONMENTS = sorted(set(Action) - EVERYWHERE)
ASKING = frozenset({Action.KEY_REQUEST})
"""Actions that the guards leave to the policy: others approve them first."""
GUARDED = sorted(set(IN_ENVIRONMENTS) - ASKING)


def person(
    role: Role | None = None,
    *,
    cloudinary_id: str | None = "u1",
    environments: frozenset[str] | None = None,
    groups: frozenset[str] = frozenset(),
    rights: dict[str, KeyRight] | None = None,
) -> Person:
    """Build a person, by default a Cloudinary user with access to every environment."""
    return Person(
        actor=Actor("T1", "U1"),
        name="Ann",
        email="ann@example.com",
        role=role,
        cloudinary_id=cloudinary_id,
        environments=environments,
        groups=groups,
        rights=None if rights is None else tuple(rights.items()),
    )
