"""Scenarios for Cloudinary's generated package: roles and assignments."""

from collections.abc import Mapping
from typing import Final

from cloudinary_account_provisioning.models import (
    GetPrincipalRolesRequest,
    InspectRequest1,
    OperationEnum,
    PermissionTypeEnum,
    Principal,
    PrincipalTypeEnum,
    RoleToManage,
    ScopeTypeEnum,
    UpdatePrincipalRolesRequest,
)

from sandbox.cloudinary.roles import LIBRARY, MASTER
from tests.contracts.cloudinary_account import STAGING, TOM
from tests.contracts.cloudinary_typed_keys import Client, Scenario, key


def policies_system(client: Client) -> None:
    """Those of an environment; the account's own are not published."""
    assert [] == client.system_policies.list().data
    found = client.system_policies.list(scope_type=ScopeTypeEnum.PRODENV).data or []
    assert "cld::policy::global::api_keys::manage" in {each.id for each in found}


def policies_effective(client: Client) -> None:
    """Tom's permissions in one environment."""
    data = client.effective_policies.list(
        scope_type=ScopeTypeEnum.PRODENV,
        scope_id=STAGING,
        principal_type=PrincipalTypeEnum.USER,
        principal_id=TOM,
    ).data
    found = (data.principals if data else None) or []
    assert [(TOM, [MASTER])] == [
        (each.principal_id, [role.id for role in each.roles or []]) for each in found
    ]


def roles_list(client: Client) -> None:
    """The empty parameter that this client always sends is ignored."""
    found = client.roles.list(
        permission_type=PermissionTypeEnum.GLOBAL, scope_type=ScopeTypeEnum.PRODENV
    )
    assert {MASTER, LIBRARY} <= {each.id for each in found.data or []}


def principals_list_roles(client: Client) -> None:
    """For a key from before roles."""
    found = client.principals.list_roles(
        request=GetPrincipalRolesRequest(
            principal_type=PrincipalTypeEnum.API_KEY,
            principal_id=key(client, "e2e-tests"),
            permission_type=PermissionTypeEnum.GLOBAL,
        )
    )
    assert [(MASTER, STAGING)] == [(each.id, each.scope_id) for each in found.data or []]


def principals_update_roles(client: Client) -> None:
    """The answer is empty, and the role is assigned."""
    made = client.access_keys.generate(sub_account_id=STAGING, access_key_request={})
    principal = Principal(type=PrincipalTypeEnum.API_KEY, id=str(made.api_key))
    client.principals.update_roles(
        request=UpdatePrincipalRolesRequest(
            operation=OperationEnum.ADD,
            principal=principal,
            roles=[RoleToManage(id=LIBRARY, scope_id=STAGING)],
        )
    )
    assert [LIBRARY] == inspected(client, str(made.api_key))


def inspected(client: Client, api_key: str) -> list[str]:
    """The roles of a key, out of all of its environment."""
    data = client.principals.inspect(
        request=InspectRequest1(
            scope_type=ScopeTypeEnum.PRODENV,
            scope_id=STAGING,
            principal_type=PrincipalTypeEnum.API_KEY,
        )
    ).data
    found = (data.principals if data else None) or []
    return [role.id for each in found if each.id == api_key for role in each.roles]


def principals_inspect(client: Client) -> None:
    """Every key of an environment in one call."""
    assert [MASTER] == inspected(client, key(client, "e2e-tests"))


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "system_policies.list": policies_system,
    "effective_policies.list": policies_effective,
    "roles.list": roles_list,
    "principals.list_roles": principals_list_roles,
    "principals.update_roles": principals_update_roles,
    "principals.inspect": principals_inspect,
}
