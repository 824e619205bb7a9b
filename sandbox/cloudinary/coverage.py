"""Every operation of Cloudinary's OpenAPI document (0.2.1): simulated ones and the others."""

from sandbox.cloudinary import (
    admin_api,
    assignments,
    environments,
    groups,
    keys,
    permissions,
    users,
)
from sandbox.cloudinary.refusals import Handler

P = "/v1_1/provisioning/accounts/{account_id}"
Q = "/v2/accounts/{account_id}/permissions"
PUBLIC = "/v2/accounts/permissions/public"
KEYS = P + "/sub_accounts/{sub_account_id}/access_keys"

SIMULATED: dict[tuple[str, str], Handler] = {
    ("GET", P + "/sub_accounts"): environments.index,
    ("POST", P + "/sub_accounts"): environments.create,
    ("GET", P + "/sub_accounts/{sub_account_id}"): environments.get,
    ("PUT", P + "/sub_accounts/{sub_account_id}"): environments.update,
    ("DELETE", P + "/sub_accounts/{sub_account_id}"): environments.delete,
    ("GET", KEYS): keys.index,
    ("POST", KEYS): keys.generate,
    ("DELETE", KEYS): keys.delete_by_name,
    ("PUT", KEYS + "/{key}"): keys.update,
    ("DELETE", KEYS + "/{key}"): keys.delete,
    ("GET", P + "/users"): users.index,
    ("POST", P + "/users"): users.create,
    ("GET", P + "/users/{user_id}"): users.get,
    ("PUT", P + "/users/{user_id}"): users.update,
    ("DELETE", P + "/users/{user_id}"): users.delete,
    ("GET", P + "/users/{user_id}/groups"): users.groups,
    ("GET", P + "/users/{user_id}/sub_accounts"): users.environments,
    ("GET", P + "/user_groups"): groups.index,
    ("POST", P + "/user_groups"): groups.create,
    ("GET", P + "/user_groups/{group_id}"): groups.get,
    ("PUT", P + "/user_groups/{group_id}"): groups.update,
    ("DELETE", P + "/user_groups/{group_id}"): groups.delete,
    ("GET", P + "/user_groups/{group_id}/users"): groups.members,
    ("POST", P + "/user_groups/{group_id}/users/{user_id}"): groups.add,
    ("DELETE", P + "/user_groups/{group_id}/users/{user_id}"): groups.remove,
    ("GET", Q + "/policies/system"): permissions.system_policies,
    ("GET", Q + "/policies/effective"): permissions.effective,
    ("GET", Q + "/roles"): permissions.roles,
    ("GET", Q + "/principal_roles"): permissions.principal_roles,
    ("PUT", Q + "/principal_roles"): assignments.assign,
    ("GET", Q + "/principal_roles/inspect"): permissions.inspect,
    ("POST", Q + "/principal_roles/inspect"): permissions.inspect_multiple,
    ("GET", Q + "/roles/{role_id}"): permissions.role,
    ("GET", Q + "/roles/{role_id}/principals"): permissions.role_principals,
    ("PUT", Q + "/roles/{role_id}/principals"): assignments.assign_principals,
    ("GET", PUBLIC + "/catalog"): permissions.catalog,
}

NOT_SIMULATED: frozenset[tuple[str, str]] = frozenset(
    {
        ("GET", P + "/billing_usage"),
        ("POST", PUBLIC + "/validate"),
        ("GET", PUBLIC + "/schema"),
        ("GET", Q + "/policies/custom"),
        ("POST", Q + "/policies/custom"),
        ("GET", Q + "/policies/custom/{policy_id}"),
        ("PUT", Q + "/policies/custom/{policy_id}"),
        ("DELETE", Q + "/policies/custom/{policy_id}"),
        ("POST", Q + "/roles"),
        ("PUT", Q + "/roles/{role_id}"),
        ("DELETE", Q + "/roles/{role_id}"),
    }
)
"""These answer 404 in Cloudinary's error format."""

ADMIN_API: dict[tuple[str, str], Handler] = {
    ("GET", "/v1_1/{cloud_name}/ping"): admin_api.ping,
    ("GET", "/v1_1/{cloud_name}/usage"): admin_api.usage,
    ("GET", "/v1_1/{cloud_name}/resources/image"): admin_api.images,
    ("GET", "/v1_1/{cloud_name}/resources/image/upload"): admin_api.images,
    ("GET", "/v1_1/{cloud_name}/resources/image/upload/{public_id}"): admin_api.image,
    ("DELETE", "/v1_1/{cloud_name}/resources/image/upload"): admin_api.delete,
    ("POST", "/v1_1/{cloud_name}/image/upload"): admin_api.upload,
    ("POST", "/v1_1/{cloud_name}/image/destroy"): admin_api.destroy,
}
"""Operations of other documents, which a customer's program calls with an access key."""
