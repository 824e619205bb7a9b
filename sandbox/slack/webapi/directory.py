"""users.* and conversations.*: single people, conversations and their members."""

from sandbox.company import BOT_ID, BOT_USER_ID, TEAM_ID, Channel, Person
from sandbox.slack.grid import as_member
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.webapi.paging import paged
from sandbox.slack.webapi.scopes import require
from sandbox.slack.workspace import is_direct
from sandbox.slack.zones import zone_fields

_MAX_MEMBERS = 100  # in a page by default
_EMAIL_SCOPE = "users:read.email"


def as_user(twin: Twin, person: Person, *, with_locale: bool = False) -> Payload:
    """The user object (docs.slack.dev/reference/objects/user-object); `locale` is on request."""
    profile: Payload = {
        "title": person.title,
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": person.handle,
        "display_name_normalized": person.handle,
        "team": person.team_id,
    }
    if person.email and _EMAIL_SCOPE in twin.config.scopes:
        profile["email"] = person.email
    if person.id == BOT_USER_ID:
        profile["bot_id"] = BOT_ID
    user = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deleted,
        **zone_fields(person.tz, twin.config.clock()),
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_bot": person.is_bot,
        "is_app_user": person.is_app_user,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_stranger": person.is_stranger,
        "is_invited_user": person.is_invited_user,
        "is_email_confirmed": person.is_email_confirmed,
        "updated": int(twin.config.clock()),
        **({"locale": person.locale} if with_locale else {}),
    }
    return as_member(person, user) if twin.config.grid else user


def users_info(twin: Twin, arguments: Payload) -> Payload:
    """users.info."""
    person = twin.workspace.people.get(arguments["user"])
    if person is None:
        raise Refusal("user_not_found")
    return {"user": as_user(twin, person, with_locale=bool(arguments.get("include_locale")))}


def users_lookup_by_email(twin: Twin, arguments: Payload) -> Payload:
    """users.lookupByEmail: finds only members of this workspace."""
    email = arguments["email"].lower()
    for person in twin.workspace.people.values():
        member = person.team_id == TEAM_ID and not person.deleted
        if member and person.email.lower() == email:
            return {"user": as_user(twin, person)}
    raise Refusal("users_not_found")


def _channel(twin: Twin, channel_id: str) -> Channel:
    """The conversation, if the bot may know of it."""
    found = twin.workspace.channels.get(channel_id)
    if found is None or (found.is_private and BOT_USER_ID not in found.members):
        raise Refusal("channel_not_found")
    kind = "im" if is_direct(found) else "groups" if found.is_private else "channels"
    require(twin, f"{kind}:read")
    return found


def conversations_info(twin: Twin, arguments: Payload) -> Payload:
    """conversations.info."""
    channel = _channel(twin, arguments["channel"])
    about = as_conversation(channel)
    if arguments.get("include_num_members"):
        about["num_members"] = len(channel.members)
    return {"channel": about}


def as_conversation(channel: Channel) -> Payload:
    """The conversation object (docs.slack.dev/reference/objects/conversation-object)."""
    if is_direct(channel):
        return {"id": channel.id, "is_im": True, "user": channel.members[0], "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": BOT_USER_ID in channel.members,
        "context_team_id": TEAM_ID,
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "topic": {"value": "", "creator": "", "last_set": 0},
    }


def conversations_members(twin: Twin, arguments: Payload) -> Payload:
    """conversations.members, a page at a time."""
    members = _channel(twin, arguments["channel"]).members
    return paged("members", members, arguments, _MAX_MEMBERS)


def conversations_open(twin: Twin, arguments: Payload) -> Payload:
    """conversations.open: a direct conversation with one person."""
    users = [user for user in arguments.get("users", "").split(",") if user]
    if not users and not arguments.get("channel"):
        raise Refusal("users_list_not_supplied")
    require(twin, "im:write" if len(users) <= 1 else "mpim:write")
    if len(users) > 1:
        raise Refusal("too_many_users")  # the sandbox has no group conversations
    channel = _direct(twin, users[0]) if users else _direct_by_id(twin, arguments["channel"])
    about = as_conversation(channel) if arguments.get("return_im") else {"id": channel.id}
    return {"channel": about, "no_op": True, "already_open": True}


def _direct(twin: Twin, user: str) -> Channel:
    channel = twin.workspace.direct_channel(user)
    if user in twin.workspace.people and twin.workspace.people[user].deleted:
        raise Refusal("user_disabled")
    if channel is None:
        raise Refusal("user_not_found")
    return channel


def _direct_by_id(twin: Twin, channel_id: str) -> Channel:
    """An open direct conversation by its id."""
    channel = twin.workspace.channels.get(channel_id)
    if channel is None:
        raise Refusal("channel_not_found")
    if not is_direct(channel):
        raise Refusal("method_not_supported_for_channel_type")
    return channel
