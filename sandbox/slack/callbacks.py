"""The payloads that Slack delivers, field by field.

docs.slack.dev/interactivity/implementing-slash-commands, /reference/interaction-payloads and
/apis/events-api; compared in the tests with the samples of slackapi/java-slack-sdk.
"""

import secrets

from sandbox.company import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, Channel, Person
from sandbox.slack.elements import Found, State
from sandbox.slack.modals import View
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin
from sandbox.slack.workspace import Message, is_direct

TOKEN = "sandbox-verification-token"
_EVENT_ID_BYTES = 5


def channel_name(channel: Channel) -> str:
    """The channel's name in payloads, which hide the names of private conversations."""
    if is_direct(channel):
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def _action_ts(twin: Twin) -> str:
    return f"{twin.config.clock():.6f}"


def _person(person: Person) -> Payload:
    return {
        "id": person.id,
        "username": person.handle,
        "name": person.handle,
        "team_id": person.team_id,
    }


def _common(kind: str, person: Person) -> Payload:
    return {
        "type": kind,
        "user": _person(person),
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": APP_ID,
        "token": TOKEN,
    }


def command(twin: Twin, person: Person, channel: Channel, name: str, text: str) -> Payload:
    """The form of a slash command; `text` is already escaped."""
    return {
        "token": TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": twin.response_urls.issue(person.id, channel.id),
        "trigger_id": twin.triggers.issue(person.id),
    }


def _action(twin: Twin, found: Found, entry: Payload) -> Payload:
    block_id, action_id = found.ids
    return {
        "action_id": action_id,
        "block_id": block_id,
        "type": found.element["type"],
        "action_ts": _action_ts(twin),
        **entry,
    }


def _message_fields(twin: Twin, message: Message) -> Payload:
    """The fields that describe a message; an ephemeral one is not sent back itself."""
    channel = twin.workspace.channels[message.channel]
    container: Payload = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    fields: Payload = {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }
    return fields if message.ephemeral else {**fields, "message": message.as_json()}


def _view_fields(view: View) -> Payload:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.as_json()}


def message_click(
    twin: Twin, person: Person, message: Message, found: Found, entry: Payload, state: State
) -> Payload:
    """block_actions from a message."""
    return {
        **_common("block_actions", person),
        **_message_fields(twin, message),
        "trigger_id": twin.triggers.issue(person.id),
        "response_url": twin.response_urls.issue(person.id, message.channel, message.ts),
        "state": {"values": state},
        "actions": [_action(twin, found, entry)],
    }


def view_click(twin: Twin, person: Person, view: View, found: Found, entry: Payload) -> Payload:
    """block_actions from a modal or a Home tab; `view` already has the new state."""
    return {
        **_common("block_actions", person),
        **_view_fields(view),
        "trigger_id": twin.triggers.issue(person.id),
        "actions": [_action(twin, found, entry)],
    }


def suggestion(
    twin: Twin, person: Person, surface: Message | View, found: Found, typed: str
) -> Payload:
    """block_suggestion, which asks the bot for the options that match the typed text."""
    block_id, action_id = found.ids
    at = _view_fields(surface) if isinstance(surface, View) else _message_fields(twin, surface)
    return {
        **_common("block_suggestion", person),
        **at,
        "block_id": block_id,
        "action_id": action_id,
        "value": typed,
    }


def submission(twin: Twin, person: Person, view: View) -> Payload:
    """view_submission."""
    return {
        **_common("view_submission", person),
        "trigger_id": twin.triggers.issue(person.id),
        "view": view.as_json(),
        "response_urls": [],
    }


def closing(person: Person, view: View, *, cleared: bool) -> Payload:
    """view_closed; `cleared` if the whole stack of modals is closed."""
    return {**_common("view_closed", person), "view": view.as_json(), "is_cleared": cleared}


def global_shortcut(twin: Twin, person: Person, callback_id: str) -> Payload:
    """A shortcut from the search bar: no channel, no response URL."""
    return {
        **_common("shortcut", person),
        "callback_id": callback_id,
        "trigger_id": twin.triggers.issue(person.id),
        "action_ts": _action_ts(twin),
    }


def message_shortcut(twin: Twin, person: Person, message: Message, callback_id: str) -> Payload:
    """A shortcut from a message's menu."""
    channel = twin.workspace.channels[message.channel]
    source = message.ts if message.from_app else None
    return {
        **_common("message_action", person),
        "callback_id": callback_id,
        "trigger_id": twin.triggers.issue(person.id),
        "action_ts": _action_ts(twin),
        "message_ts": message.ts,
        "message": message.as_json(),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": twin.response_urls.issue(person.id, channel.id, source),
    }


def written(twin: Twin, person: Person, message: Message) -> list[Payload]:
    """The events of a person's message: a direct one, or a mention of the bot in its channel."""
    channel = twin.workspace.channels[message.channel]
    direct, mention = is_direct(channel), f"<@{BOT_USER_ID}>" in message.text
    if not direct and not (mention and BOT_USER_ID in twin.workspace.members(channel.id)):
        return []
    about: Payload = {
        "type": "message" if direct else "app_mention",
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": channel.id,
        "team": person.team_id,
    }
    if direct:
        about["channel_type"] = "im"
    if message.thread_ts:
        about["thread_ts"] = message.thread_ts
    return [about]


def event(twin: Twin, inner: Payload) -> Payload:
    """The Events API's outer envelope."""
    return {
        "token": TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": {"event_ts": _action_ts(twin), **inner},
        "type": "event_callback",
        "event_id": "Ev0" + secrets.token_hex(_EVENT_ID_BYTES).upper(),
        "event_time": int(twin.config.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
