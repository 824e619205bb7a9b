"""views.*: modals and the Home tab."""

import json

from sandbox.slack.blockkit.rules import view_problems
from sandbox.slack.modals import View
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin

_MAX_BYTES = 250_000  # docs.slack.dev/reference/methods/views.open


def checked_view(view: object, kind: str) -> Payload:
    """Give a valid view of a kind (modal or home), or refuse it."""
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: view"])
    if len(json.dumps(view).encode()) > _MAX_BYTES:
        raise Refusal("view_too_large")
    if view.get("type") != kind:
        raise Refusal("invalid_arguments", [f"[ERROR] must be a {kind} [json-pointer:/view/type]"])
    problems = view_problems(view)
    if problems:
        raise Refusal("invalid_arguments", map(str, problems))
    return view


def _shown(twin: Twin, view: View) -> Payload:
    twin.screens.changed([view.user])
    return {"view": view.as_json()}


def _trigger(arguments: Payload) -> str:
    trigger_id = arguments.get("trigger_id")
    if not trigger_id:
        raise Refusal("invalid_arguments", ["[ERROR] missing required field: trigger_id"])
    return str(trigger_id)


def views_open(twin: Twin, arguments: Payload) -> Payload:
    """views.open."""
    view = checked_view(arguments.get("view"), "modal")
    user = twin.triggers.exchange(_trigger(arguments))
    return _shown(twin, twin.views.open(user, view))


def views_push(twin: Twin, arguments: Payload) -> Payload:
    """views.push."""
    view = checked_view(arguments.get("view"), "modal")
    user = twin.triggers.exchange(_trigger(arguments))
    return _shown(twin, twin.views.push(user, view))


def views_update(twin: Twin, arguments: Payload) -> Payload:
    """views.update."""
    found = twin.views.find(
        view_id=arguments.get("view_id"), external_id=arguments.get("external_id")
    )
    if found is None:
        raise Refusal("not_found")
    view = checked_view(arguments.get("view"), found.body["type"])
    return _shown(twin, twin.views.update(found, view, arguments.get("hash")))


def views_publish(twin: Twin, arguments: Payload) -> Payload:
    """views.publish."""
    if not twin.config.manifest.home_tab:
        raise Refusal("not_enabled")
    view = checked_view(arguments.get("view"), "home")
    user = arguments["user_id"]
    person = twin.workspace.people.get(user)
    if person is None or person.deleted:
        raise Refusal("user_not_found")
    return _shown(twin, twin.views.publish(user, view, arguments.get("hash")))
