"""Actions of people: commands, messages, clicks, shortcuts, opening the Home tab, reloading."""

from aiohttp import web

from sandbox.slack import callbacks
from sandbox.slack.acks import NOT_SENT, Ack, Delivered, Kind
from sandbox.slack.blockkit.shapes import shape_problems
from sandbox.slack.blockkit.sizes import size_problems
from sandbox.slack.control.events import deliver_event
from sandbox.slack.control.guard import Impossible, actor, fields, find_channel, refuse_foreigner
from sandbox.slack.control.interactions import ask_for_options, interact
from sandbox.slack.control.targets import choose, click_payload, find, message_of
from sandbox.slack.elements import options_of
from sandbox.slack.escaping import escape_entities, escape_text
from sandbox.slack.grants import ResponseUrl
from sandbox.slack.messages import show
from sandbox.slack.payload import Payload
from sandbox.slack.replies import failure, show_command_ack
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.workspace import Message

_MIN_QUERY = 3  # characters; the default of min_query_length


async def command(request: web.Request) -> web.Response:
    """Type a slash command."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "channel", "text"), ("command", "force"))
    person = actor(twin, body)
    refuse_foreigner(person, body)
    channel = find_channel(twin, person, body)
    name = body.get("command", twin.config.command)
    text = _typed(twin, name, body)
    payload = callbacks.command(twin, person, channel, name, text)
    ack, url = await twin.delivery.deliver(Kind.COMMAND, payload), payload["response_url"]
    typed = f"{name} {text}".strip()
    if ack.delivered is Delivered.OK:
        grant = ResponseUrl(person.id, channel.id, expires=0.0, uses_left=0, url=url)
        show_command_ack(twin, ack, grant, typed)
    else:
        twin.screens.toast(person.id, ack.delivered, failure(typed, ack.delivered))
    return web.json_response({**ack.summary(), "response_url": url})


def _typed(twin: Twin, name: str, body: Payload) -> str:
    """The text of a command, escaped as the manifest says."""
    command = twin.config.manifest.command(name)
    if command is None and not body.get("force"):
        raise Impossible(f"the app has no command {name!r}")
    typed: str = body["text"].strip()
    if command is None or command.should_escape:
        return escape_text(typed, twin.workspace)
    return escape_entities(typed)


async def message(request: web.Request) -> web.Response:
    """Post a message in a channel."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "channel", "text"), ("thread_ts", "force"))
    person = actor(twin, body)
    channel = find_channel(twin, person, body)
    posted = Message(
        ts=twin.workspace.next_ts(twin.config.clock()),
        channel=channel.id,
        user=person.id,
        text=escape_text(body["text"], twin.workspace),
        thread_ts=body.get("thread_ts"),
    )
    show(twin, posted)
    twin.previewer.look_at({"text": posted.text})
    for inner in callbacks.written(twin, person, posted):
        twin.background.start(deliver_event(twin, inner))
    return web.json_response({"ts": posted.ts})


async def click(request: web.Request) -> web.Response:
    """Click a button, or choose from a menu; `without` names fields that the payload leaves out."""
    twin = request.app[TWIN]
    optional = ("channel", "message_ts", "view_id", "block_id", "value", "force", "without")
    body = await fields(request, ("user", "action_id"), optional)
    person = actor(twin, body)
    target = find(twin, person, body)
    entry = choose(twin, person, target.found, body.get("value"))
    payload = click_payload(twin, person, target, entry)
    for name in body.get("without", ()):
        payload.pop(name, None)
    ack = await interact(twin, person.id, payload)
    return web.json_response({**ack.summary(), "response_url": payload.get("response_url")})


async def suggest(request: web.Request) -> web.Response:
    """Type into a menu whose options the bot suggests."""
    twin = request.app[TWIN]
    optional = ("channel", "message_ts", "view_id", "block_id", "force")
    body = await fields(request, ("user", "action_id", "value"), optional)
    person = actor(twin, body)
    target = find(twin, person, body)
    if len(body["value"]) < target.found.element.get("min_query_length", _MIN_QUERY):
        return web.json_response({**NOT_SENT.summary(), "options": []})
    payload = callbacks.suggestion(twin, person, target.surface, target.found, body["value"])
    ack = await ask_for_options(twin, person.id, payload)
    options = _suggested(twin, ack) if ack.delivered is Delivered.OK else []
    menu = (person.id, *target.found.ids)
    several = target.found.element["type"].startswith("multi_")  # what was chosen stays chosen
    before = twin.suggested.get(menu, []) if several else []
    twin.suggested[menu] = [*options, *(each for each in before if each not in options)]
    return web.json_response({**ack.summary(), "options": options})


def _suggested(twin: Twin, ack: Ack) -> list[Payload]:
    """The options of a valid answer; an invalid one is logged and has none."""
    answer = ack.body
    if not isinstance(answer, dict) or not answer.keys() & {"options", "option_groups"}:
        twin.journal.violated("ack", "invalid_options", ["neither options nor groups"], ack.text)
        return []
    menu = {"type": "static_select", "action_id": "suggested", **answer}
    problems = [*shape_problems(menu, "StaticSelect"), *size_problems(menu)]
    wrong = [
        p for p in problems if not p.what.startswith("must have at least")
    ]  # no options are fine
    if wrong:
        twin.journal.violated("ack", "invalid_options", map(str, wrong), answer)
        return []
    return options_of(answer)


async def shortcut(request: web.Request) -> web.Response:
    """Use a global shortcut or, on a message, a message shortcut."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "callback_id"), ("channel", "message_ts", "force"))
    person = actor(twin, body)
    refuse_foreigner(person, body)
    _refuse_unknown_shortcut(twin, body)
    if body.get("message_ts"):
        on = message_of(twin, person, body)
        payload = callbacks.message_shortcut(twin, person, on, body["callback_id"])
    else:
        payload = callbacks.global_shortcut(twin, person, body["callback_id"])
    ack = await interact(twin, person.id, payload)
    return web.json_response(ack.summary())


def _refuse_unknown_shortcut(twin: Twin, body: Payload) -> None:
    kind = "message" if body.get("message_ts") else "global"
    if not (twin.config.manifest.shortcut(body["callback_id"], kind) or body.get("force")):
        raise Impossible(f"the app has no {kind} shortcut {body['callback_id']!r}")


async def home(request: web.Request) -> web.Response:
    """Open the app's Home tab."""
    twin = request.app[TWIN]
    person = actor(twin, body := await fields(request, ("user",), ("tab", "force")))
    channel = twin.workspace.direct_channel(person.id)
    inner: Payload = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id if channel else "",
        "tab": body.get("tab", "home"),
    }
    shown = twin.views.homes.get(person.id)
    if shown:
        inner["view"] = shown.as_json()
    ack = await deliver_event(twin, inner, force=bool(body.get("force")))
    return web.json_response(ack.summary())


async def reload(request: web.Request) -> web.Response:
    """Restart the person's client, which loses ephemeral messages, modals and notices."""
    twin = request.app[TWIN]
    person = actor(twin, await fields(request, ("user",), ("force",)))
    twin.workspace.forget_ephemerals(person.id)
    twin.views.clear(person.id)
    twin.screens.forget(person.id)
    twin.screens.changed([person.id])
    return web.json_response({"ok": True})
