"""The story of a key with roles: created, given another role, rid of it, and another key pinned."""

from dataclasses import dataclass
from typing import Final

from tests.faults.story import PLACE
from tests.faults.typed_story import Line, TypedStory
from tests.faults.watch import Point, When
from tests.scenarios.system import Json

NAME: Final = "shop-roles"
OTHER: Final = "e2e-tests"
"""The key that is pinned."""
COMMANDS: Final = (
    Line("key:create", f'key create {NAME} --env staging --role "Upload manager"'),
    Line("key:roles", f"key roles {NAME} add reports --env staging"),
    Line("key:roles", f"key roles {NAME} remove reports --env staging"),
    Line("key:webhook", f"key webhook {OTHER} --env staging --confirm {OTHER}"),
)
STEPS: Final = (
    "asked key:create",
    "bound identify",
    "begun key:create",
    "make key",
    "begun key:create 2",
    "give role",
    "done key:create",
    "linked link:make",
    "answered key:create",
    "answer",
    "forget errands",
    "asked key:roles",
    "begun key:roles",
    "give role 2",
    "done key:roles",
    "answer 2",
    "asked key:roles 2",
    "begun key:roles 2",
    "take role",
    "done key:roles 2",
    "answer 3",
    "asked key:webhook",
    "begun key:webhook",
    "pin key",
    "done key:webhook",
    "answer 4",
)
POINTS: Final = tuple(str(Point(when, step)) for step in STEPS for when in When)
SHORT: Final = ("after take role",)


@dataclass(frozen=True)
class RoleStory(TypedStory):
    """Tom types each command."""

    lines: tuple[Line, ...] = COMMANDS

    async def check(self) -> None:
        """Check the end: one key with its role once, disabled, and one pinned key."""
        await self.each_is_on_record_once()
        assert await self.setup.count_keys("claim:*") == 1
        (key,) = [each for each in await self.keys() if each["name"] == NAME]
        assert not key["enabled"]
        held = (await self.setup.system.cloudinary("state"))["assignments"]
        roles = [each["role_id"] for each in held if each["principal_id"] == key["api_key"]]
        assert len(roles) == 1
        assert "upload" in roles[0]
        pinned = [each["name"] for each in await self.keys() if each["dedicated_for"]]
        assert [OTHER] == pinned

    async def keys(self) -> list[Json]:
        """The keys of the environment, as Cloudinary has them."""
        state = await self.setup.system.cloudinary("state")
        found: list[Json] = next(e for e in state["environments"] if e["name"] == PLACE)["keys"]
        return found
