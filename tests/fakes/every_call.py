"""One example of each call that Keysmith makes to Cloudinary."""

from typing import Final

from bot.adapters.cloudinary import calls, group_calls, role_calls, user_calls
from bot.adapters.cloudinary.wire import Call
from bot.domain.environments import Environment
from bot.domain.key_roles import KeyRole
from bot.domain.people import Role

PLACE: Final = Environment("e1", "Staging", "lumen-staging")

EVERY_CALL: Final[list[Call[object]]] = [
    calls.list_environments(),
    calls.list_keys("e1", 1),
    calls.reveal_key(PLACE, "814", 1),
    calls.update_key("e1", "814", enabled=False),
    calls.generate_key(PLACE, "ci-bot"),
    calls.delete_key("e1", "814"),
    calls.find_users("a@b.example"),
    user_calls.list_users(1),
    user_calls.get_user("u"),
    user_calls.create_user("n", "e@x.example", Role.BILLING, None),
    user_calls.update_user("u", enabled=False),
    user_calls.delete_user("u"),
    user_calls.list_account_roles("u"),
    user_calls.list_holders("r"),
    user_calls.list_group_users("g"),
    user_calls.assign("add", "u", "r"),
    calls.list_user_groups("u1"),
    calls.list_user_environments("u1"),
    *calls.probe_permissions(),
    calls.list_statements("e1", "user", "u1"),
    role_calls.list_roles(),
    role_calls.role_statements("r1"),
    role_calls.list_catalog(),
    role_calls.list_roles_of_key("e1", "814", "global"),
    role_calls.inspect_keys("e1", ""),
    role_calls.assign("add", "e1", "814", KeyRole("r1", "R")),
    role_calls.effective("e1", "814"),
    group_calls.list_groups(),
    group_calls.create_group("Design"),
    group_calls.rename_group("g1", "Design"),
    group_calls.remove_group("g1"),
    group_calls.list_members("g1"),
    group_calls.add_member("g1", "u1"),
    group_calls.drop_member("g1", "u1"),
    group_calls.list_group_roles("g1", "global"),
]
