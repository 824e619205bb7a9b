"""usergroups.*: the workspace's user groups and their users."""

from sandbox.company import TEAM_ID, UserGroup
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin


def groups_list(twin: Twin, arguments: Payload) -> Payload:
    """usergroups.list; users, counts and disabled groups only on request."""
    groups = twin.workspace.groups.values()
    shown = [group for group in groups if arguments.get("include_disabled") or not group.disabled]
    return {"usergroups": [_as_json(twin, group, arguments) for group in shown]}


def _as_json(twin: Twin, group: UserGroup, arguments: Payload) -> Payload:
    """The usergroup object (docs.slack.dev/reference/objects/usergroup-object)."""
    now = int(twin.config.clock())
    about: Payload = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "auto_provision": False,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": now if group.disabled else 0,
        "auto_type": None,
        "prefs": {"channels": [], "groups": []},
    }
    if arguments.get("include_users"):
        about["users"] = list(group.users)
    if arguments.get("include_count"):
        about["user_count"] = len(group.users)
    return about


def users_list(twin: Twin, arguments: Payload) -> Payload:
    """usergroups.users.list; finds a disabled group only on request."""
    group = twin.workspace.groups.get(arguments["usergroup"])
    if group is None or (group.disabled and not arguments.get("include_disabled")):
        raise Refusal("no_such_subteam")
    return {"users": list(group.users)}
