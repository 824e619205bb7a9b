"""Cloudinary's JSON about user groups as domain values."""

from bot.adapters.cloudinary import role_shapes
from bot.adapters.cloudinary.payload import Item, Malformed, item, items, text, text_if_any
from bot.domain.user_groups import GroupRole, Member, UserGroup


def groups(value: object) -> list[UserGroup]:
    """Read groups; a nameless one is named by its id."""
    return [
        UserGroup(
            id=text(each, "id"),
            name=text_if_any(each, "name") or text(each, "id"),
            members=None if each.get("users") is None else tuple(members(each)),
        )
        for each in items(value, "user_groups")
    ]


def members(value: object) -> list[Member]:
    """Read the users of a group."""
    return [
        Member(text(each, "id"), text_if_any(each, "name"), text_if_any(each, "email"))
        for each in items(value, "users")
    ]


def named(value: object) -> None:
    """Require that an answer is a group: anything else leaves it unclear what was done."""
    text(item(value, "the group"), "id")


def roles(value: object) -> list[GroupRole]:
    """Read a group's roles, each with the environment that it is for."""
    listed = zip(role_shapes.listed(value), items(value, "data"), strict=True)
    return [GroupRole(role, _environment(each)) for role, each in listed]


def _environment(value: Item) -> str:
    """Read where a role counts; it must say so, or it could count anywhere."""
    scope = text(value, "scope_type")
    if scope == "account":
        return ""
    if scope != "prodenv":
        raise Malformed("Cloudinary's answer is wrong: scope_type is not known")
    return text(value, "scope_id")
