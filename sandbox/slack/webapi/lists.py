"""users.list, conversations.list and users.conversations: lists of people and conversations."""

from collections.abc import Iterator
from typing import Final

from sandbox.company import BOT_USER_ID, TEAM_ID, Channel
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin
from sandbox.slack.webapi.directory import as_conversation, as_user
from sandbox.slack.webapi.paging import MAX_PAGE, paged
from sandbox.slack.webapi.scopes import require
from sandbox.slack.workspace import is_direct

_KINDS: Final = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}
"""The types of conversations, and the scope that each needs."""
_BY_DEFAULT: Final = 100


def users_list(twin: Twin, arguments: Payload) -> Payload:
    """users.list: the workspace's people, including deactivated ones."""
    given = {name: value for name, value in arguments.items() if value != 0 or name != "limit"}
    localised = bool(arguments.get("include_locale"))
    people = [
        as_user(twin, one, with_locale=localised)
        for one in twin.workspace.people.values()
        if one.team_id == TEAM_ID
    ]
    return {**paged("members", people, given, MAX_PAGE), "cache_ts": int(twin.config.clock())}


def conversations_list(twin: Twin, arguments: Payload) -> Payload:
    """conversations.list: public channels, and other conversations that the bot is a member of."""
    channels = _of_types(twin, arguments)
    seen = [as_conversation(one) for one in channels if not one.is_private or _bot_is_in(one)]
    return paged("channels", seen, arguments, _BY_DEFAULT)


def users_conversations(twin: Twin, arguments: Payload) -> Payload:
    """users.conversations: a person's conversations that the bot may know of."""
    user = arguments.get("user") or BOT_USER_ID
    if user not in twin.workspace.people:
        raise Refusal("user_not_found")
    channels = (one for one in _of_types(twin, arguments) if user in one.members)
    seen = [as_conversation(one) for one in channels if not one.is_private or _bot_is_in(one)]
    return paged("channels", seen, arguments, _BY_DEFAULT)


def _of_types(twin: Twin, arguments: Payload) -> Iterator[Channel]:
    """The channels of the requested types, if the token has the scopes for them."""
    types = [one.strip() for one in (arguments.get("types") or "public_channel").split(",")]
    if not set(types) <= _KINDS.keys():
        raise Refusal("invalid_types")
    for kind in types:
        require(twin, _KINDS[kind])
    for channel in twin.workspace.channels.values():
        hidden = channel.is_archived and arguments.get("exclude_archived")
        if _kind(channel) in types and not hidden:
            yield channel


def _kind(channel: Channel) -> str:
    if is_direct(channel):
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _bot_is_in(channel: Channel) -> bool:
    return BOT_USER_ID in channel.members
