"""Submitting and closing modals, and the bot's answers.

docs.slack.dev/surfaces/modals: `response_action` is errors, update, push or clear; nothing closes.
"""

from aiohttp import web

from sandbox.company import Person
from sandbox.slack import callbacks
from sandbox.slack.acks import NOT_SENT, Ack, Delivered
from sandbox.slack.control.guard import Impossible, actor, fields
from sandbox.slack.control.interactions import interact
from sandbox.slack.control.targets import choose, view_of
from sandbox.slack.elements import NoSuchElement, State, find_element, unanswered
from sandbox.slack.messages import note
from sandbox.slack.modals import View
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import TWIN, Twin
from sandbox.slack.webapi.views import checked_view

_REQUIRED = "Please complete this required field."


async def submit(request: web.Request) -> web.Response:
    """Submit a modal; like the real client, refuse if required fields are empty."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "view_id"), ("values", "force"))
    person = actor(twin, body)
    view = view_of(twin, person, body["view_id"])
    filled = _filled(twin, person, view, body.get("values", {}))
    view = twin.views.fill_in(view, filled)
    if empty := unanswered(view.blocks, view.values):
        return web.json_response({**NOT_SENT.summary(), "errors": dict.fromkeys(empty, _REQUIRED)})
    payload = callbacks.submission(twin, person, view)
    ack = await interact(twin, person.id, payload)
    errors = _apply_answer(twin, view, ack) if ack.delivered is Delivered.OK else {}
    return web.json_response({**ack.summary(), **({"errors": errors} if errors else {})})


def _filled(twin: Twin, person: Person, view: View, values: Payload) -> State:
    state: State = {}
    for block_id, actions in values.items():
        for action_id, value in actions.items():
            try:
                found = find_element(view.blocks, action_id, block_id)
            except NoSuchElement as error:
                raise Impossible(str(error)) from error
            entry = {"type": found.element["type"], **choose(twin, person, found, value)}
            state.setdefault(block_id, {})[action_id] = entry
    return state


def _apply_answer(twin: Twin, view: View, ack: Ack) -> Payload:
    """Apply the bot's answer; gives the errors to show beside the fields."""
    try:
        errors = _apply_action(twin, view, ack.body if isinstance(ack.body, dict) else {})
    except Refusal as refusal:
        note(twin, "ack", refusal, ack.body)
        twin.screens.toast(view.user, refusal.error, "We had some trouble connecting. Try again?")
        return {}
    twin.screens.changed([view.user])
    return errors


def _apply_action(twin: Twin, view: View, answer: Payload) -> Payload:
    current = twin.views.find(view_id=view.id)  # the bot may have closed it in the meantime
    match answer.get("response_action"):
        case "errors":
            return _errors(view, answer.get("errors"))
        case "clear":
            twin.views.clear(view.user)
        case "push":
            twin.views.push(view.user, checked_view(answer.get("view"), "modal"))
        case "update" if current is not None:
            twin.views.update(current, checked_view(answer.get("view"), "modal"))
        case None if current is not None:
            twin.views.close(current)
        case None | "update":
            pass
        case unknown:
            raise Refusal("invalid_arguments", [f"[ERROR] response_action: {unknown}"])
    return {}


def _errors(view: View, errors: object) -> Payload:
    """Check that the errors are keyed by the ids of input blocks."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or errors.keys() - inputs:
        raise Refusal("invalid_arguments", ["[ERROR] errors must name input blocks by block_id"])
    return errors


async def close(request: web.Request) -> web.Response:
    """Close a modal without submitting it; `all` closes the whole stack."""
    twin = request.app[TWIN]
    body = await fields(request, ("user", "view_id"), ("all", "force"))
    person = actor(twin, body)
    view = view_of(twin, person, body["view_id"])
    cleared = bool(body.get("all") or view.body.get("clear_on_close"))
    if cleared:
        twin.views.clear(person.id)
    else:
        twin.views.close(view)
    twin.screens.changed([person.id])
    if not view.body.get("notify_on_close"):
        return web.json_response(NOT_SENT.summary())
    payload = callbacks.closing(person, view, cleared=cleared)
    ack = await interact(twin, person.id, payload)
    return web.json_response(ack.summary())
