"""Scenarios for Cloudinary's generated package: users and their groups."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from cloudinary_account_provisioning.models import GetUsersRequest, QueryParamSortBy, UnionType

from sandbox import at_cloudinary
from tests.contracts.cloudinary_account import ADA, MIA, STAGING, TOM
from tests.contracts.cloudinary_typed_keys import Client, Scenario


def users_list(client: Client) -> None:
    """Every filter at once."""
    found = client.users.list(
        request=GetUsersRequest(
            pending=False,
            ids=[TOM, MIA],
            emails=["tom@lumen-goods.example"],
            prefix="TOM",
            sub_account_id=STAGING,
            last_login=True,
            from_=date(2020, 1, 1),
            union_type=UnionType.INCLUDE,
            sort_by=QueryParamSortBy.ACTIVITY,
            page=1,
            page_size=10,
        )
    )
    assert [TOM] == [each.id for each in found.users or []]


def users_create(client: Client) -> None:
    """Without a role, since the document does not ask for one."""
    made = client.users.create(request={"name": "Jo New", "email": "jo@x.example"})
    assert ("pending", "Jo", True) == (made.status, made.first_name, made.all_sub_accounts)


def users_get(client: Client) -> None:
    """Times are parsed."""
    found = client.users.get(user_id=TOM)
    assert found.last_login is not None
    assert "technical_admin" == found.role


def users_update(client: Client) -> None:
    """Limit the user to one environment."""
    changed = client.users.update(user_id=TOM, user_request={"sub_account_ids": [STAGING]})
    assert (False, 1) == (changed.all_sub_accounts, changed.sub_account_count)


def users_delete(client: Client) -> None:
    """The user is deleted."""
    assert "ok" == client.users.delete(user_id=TOM).message


def users_get_groups(client: Client) -> None:
    """The seed has Ada in one group."""
    found = client.users.get_groups(user_id=ADA).groups or []
    assert ["Security"] == [each.name for each in found]


def users_list_sub_accounts(client: Client) -> None:
    """Ada has access to all."""
    found = client.users.list_sub_accounts(user_id=ADA).sub_accounts or []
    assert [place.cloud_name for place in at_cloudinary.ENVIRONMENTS] == [
        each.cloud_name for each in found
    ]


def group(client: Client) -> str:
    """The group that Ada is in."""
    return str((client.users.get_groups(user_id=ADA).groups or [])[0].id)


def groups_list(client: Client) -> None:
    """With details on request."""
    found = client.user_groups.list(extended_details=True).user_groups or []
    assert [ADA] == [each.id for each in found[0].users or []]


def groups_create(client: Client) -> None:
    """With details of the new, empty group."""
    made = client.user_groups.create(request={"name": "Readers", "extended_details": True})
    assert ("Readers", []) == (made.name, made.users)


def groups_get(client: Client) -> None:
    """Without details by default."""
    plain = client.user_groups.get(group_id=group(client))
    whole = client.user_groups.get(group_id=group(client), extended_details=True)
    assert plain.users is None
    assert whole.created_at is not None


def groups_update(client: Client) -> None:
    """Rename it."""
    changed = client.user_groups.update(
        group_id=group(client), user_group_request={"name": "Guards"}
    )
    assert "Guards" == changed.name


def groups_delete(client: Client) -> None:
    """The model expects a message that the live service does not send, so it is empty."""
    assert client.user_groups.delete(group_id=group(client)).message is None


def groups_list_users(client: Client) -> None:
    """Each with an id, a name and an address."""
    found = client.user_groups.list_users(group_id=group(client)).users or []
    assert [(ADA, "Ada Okafor")] == [(each.id, each.name) for each in found]


def groups_add_user(client: Client) -> None:
    """The model expects one user, the live service sends all, so it is empty."""
    assert client.user_groups.add_user(group_id=group(client), user_id=TOM).id is None
    assert ["Security"] == [each.name for each in client.users.get_groups(user_id=TOM).groups or []]


def groups_remove_user(client: Client) -> None:
    """The group is empty then."""
    assert [] == client.user_groups.remove_user(group_id=group(client), user_id=ADA).users


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "users.list": users_list,
    "users.create": users_create,
    "users.get": users_get,
    "users.update": users_update,
    "users.delete": users_delete,
    "users.get_groups": users_get_groups,
    "users.list_sub_accounts": users_list_sub_accounts,
    "user_groups.list": groups_list,
    "user_groups.create": groups_create,
    "user_groups.get": groups_get,
    "user_groups.update": groups_update,
    "user_groups.delete": groups_delete,
    "user_groups.list_users": groups_list_users,
    "user_groups.add_user": groups_add_user,
    "user_groups.remove_user": groups_remove_user,
}
