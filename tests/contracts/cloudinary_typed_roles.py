"""Scenarios for Cloudinary's generated package: roles and assignments."""

from collections.abc import Mapping
from typing import Final

from cloudinary_account_provisioning.models import (
    GetPrincipalRolesRequest,
    GetRolePrincipalsRequest,
    GetRoleRequest,
    InspectRequest,
    InspectRequest1,
    OperationEnum,
    PermissionTypeEnum,
    Principal,
    PrincipalTypeEnum,
    RoleToManage,
    ScopeTypeEnum,
    UpdatePrincipalRolesRequest,
    UpdateRolePrincipal,
    UpdateRolePrincipalsRequest,
)

from sandbox.cloudinary.roles import CONTRIBUTOR, LIBRARY, MASTER, UPLOADER
from tests.contracts.cloudinary_account import STAGING, TOM
from tests.contracts.cloudinary_typed_keys import Client, Scenario, key


def policies_system(client: Client) -> None:
    """Those of the account, or of an environment."""
    own = client.system_policies.list().data or []
    assert "cld::policy::global::users_and_groups::manage" in {each.id for each in own}
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


def public_catalog(client: Client) -> None:
    """System roles and policies, with the ids of the policies of each role."""
    found = client.public.get_catalog().catalog
    assert found is not None


def roles_get(client: Client) -> None:
    """A role with its policies."""
    data = client.roles.get(request=GetRoleRequest(role_id=CONTRIBUTOR, folder_id="shop")).data
    assert data is not None
    assert (CONTRIBUTOR, ["folder_id"]) == (data.id, data.policy_parameters)
    assert 'contains("shop")' in (data.policies or [])[0].policy_statement


def roles_list_principals(client: Client) -> None:
    """The keys of an environment that are Master Admins."""
    found = client.roles.list_principals(
        request=GetRolePrincipalsRequest(role_id=MASTER, scope_id=STAGING, verbose=True)
    )
    assert key(client, "e2e-tests") in {each.id for each in found.data or []}


def roles_update_principals(client: Client) -> None:
    """The other way round: a role gets a principal."""
    made = client.access_keys.generate(sub_account_id=STAGING, access_key_request={})
    client.roles.update_principals(
        role_id=UPLOADER,
        update_role_principals_request=UpdateRolePrincipalsRequest(
            operation=OperationEnum.ADD,
            principals=[
                UpdateRolePrincipal(
                    principal_type=PrincipalTypeEnum.API_KEY,
                    principal_id=str(made.api_key),
                    scope_id=STAGING,
                )
            ],
        ),
    )
    assert [UPLOADER] == inspected(client, str(made.api_key))


def principals_inspect_multiple(client: Client) -> None:
    """Those that hold no role are in the answer too."""
    made = client.access_keys.generate(sub_account_id=STAGING, access_key_request={})
    ids = [key(client, "e2e-tests"), str(made.api_key)]
    data = client.principals.inspect_multiple(
        request=InspectRequest(
            scope_type=ScopeTypeEnum.PRODENV,
            scope_id=STAGING,
            principals=[Principal(type=PrincipalTypeEnum.API_KEY, id=each) for each in ids],
        )
    ).data
    found = (data.principals if data else None) or []
    assert [(ids[0], [MASTER]), (ids[1], [])] == [
        (each.id, [role.id for role in each.roles]) for each in found
    ]


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "system_policies.list": policies_system,
    "effective_policies.list": policies_effective,
    "roles.list": roles_list,
    "principals.list_roles": principals_list_roles,
    "principals.update_roles": principals_update_roles,
    "principals.inspect": principals_inspect,
    "principals.inspect_multiple": principals_inspect_multiple,
    "public.get_catalog": public_catalog,
    "roles.get": roles_get,
    "roles.list_principals": roles_list_principals,
    "roles.update_principals": roles_update_principals,
}
