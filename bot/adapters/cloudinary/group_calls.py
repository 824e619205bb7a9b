"""Keysmith's calls to Cloudinary's account API about user groups."""

from typing import Final, Literal

from bot.adapters.cloudinary import group_shapes, shapes
from bot.adapters.cloudinary.calls import PERMISSIONS
from bot.adapters.cloudinary.wire import Call
from bot.domain.user_groups import GroupRole, Member, UserGroup

_GROUPS: Final = "/v1_1/provisioning/accounts/{account_id}/user_groups"
_GROUP: Final = _GROUPS + "/{group_id}"
_MEMBERS: Final = _GROUP + "/users"
_MEMBER: Final = _MEMBERS + "/{user_id}"


def list_groups() -> Call[list[UserGroup]]:
    """Every group with its members; this list has no pages."""
    return Call("GET", _GROUPS, group_shapes.groups, query=(("extended_details", "true"),))


def create_group(name: str) -> Call[None]:
    """Create a group."""
    return Call("POST", _GROUPS, group_shapes.named, content={"name": name})


def rename_group(group_id: str, name: str) -> Call[None]:
    """Rename a group."""
    segments = {"group_id": group_id}
    return Call("PUT", _GROUP, group_shapes.named, segments, content={"name": name})


def remove_group(group_id: str) -> Call[None]:
    """Remove a group."""
    return Call("DELETE", _GROUP, shapes.nothing, {"group_id": group_id})


def list_members(group_id: str) -> Call[list[Member]]:
    """Users in a group; this list has no pages."""
    return Call("GET", _MEMBERS, group_shapes.members, {"group_id": group_id})


def add_member(group_id: str, user_id: str) -> Call[None]:
    """Put a user into a group."""
    return Call("POST", _MEMBER, shapes.nothing, {"group_id": group_id, "user_id": user_id})


def drop_member(group_id: str, user_id: str) -> Call[None]:
    """Take a user out of a group."""
    return Call("DELETE", _MEMBER, shapes.nothing, {"group_id": group_id, "user_id": user_id})


def list_group_roles(group_id: str, kind: Literal["global", "content"]) -> Call[list[GroupRole]]:
    """Roles of a group in the account and in all its environments."""
    principal = (("principal_type", "group"), ("principal_id", group_id))
    query = (*principal, ("permission_type", kind))
    return Call("GET", PERMISSIONS + "/principal_roles", group_shapes.roles, query=query)
