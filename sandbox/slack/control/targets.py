"""The target of a click: an element of a message or of a view."""

from dataclasses import dataclass

from sandbox.company import Person
from sandbox.slack import callbacks
from sandbox.slack.control.guard import Impossible
from sandbox.slack.elements import (
    Found,
    NoSuchElement,
    entry_of,
    find_element,
    initial_state,
    is_stateful,
)
from sandbox.slack.modals import View
from sandbox.slack.payload import Payload
from sandbox.slack.twin import Twin
from sandbox.slack.workspace import Message


@dataclass(frozen=True)
class Target:
    """An element, and the message or view that holds it."""

    surface: Message | View
    found: Found


def view_of(twin: Twin, person: Person, view_id: str) -> View:
    """A view that the person has open; raises `Impossible`."""
    view = twin.views.find(view_id=view_id)
    if view is None or view.user != person.id:
        raise Impossible(f"{person.name} has no view {view_id!r} open")
    return view


def message_of(twin: Twin, person: Person, body: Payload) -> Message:
    """A message that the person can see; raises `Impossible`."""
    message = twin.workspace.find(person.id, body.get("channel", ""), body["message_ts"])
    if message is None:
        raise Impossible(f"{person.name} sees no message {body['message_ts']!r} there")
    return message


def find(twin: Twin, person: Person, body: Payload) -> Target:
    """Find the element that a request names; raises `Impossible`."""
    surface: Message | View
    if body.get("view_id"):
        surface = view_of(twin, person, body["view_id"])
    elif body.get("message_ts"):
        surface = message_of(twin, person, body)
    else:
        raise Impossible("neither message_ts nor view_id was given")
    try:
        found = find_element(surface.blocks, body["action_id"], body.get("block_id"))
    except NoSuchElement as error:
        raise Impossible(str(error)) from error
    return Target(surface, found)


def choose(twin: Twin, person: Person, found: Found, value: object) -> Payload:
    """The state entry for choosing a value; raises `Impossible` if it is not offered."""
    offered = twin.suggested.get((person.id, *found.ids), [])
    try:
        return entry_of(found.element, value, offered)
    except NoSuchElement as error:
        raise Impossible(str(error)) from error


def click_payload(twin: Twin, person: Person, target: Target, entry: Payload) -> Payload:
    """Store the chosen value, and build the block_actions payload."""
    found, surface = target.found, target.surface
    block_id, action_id = found.ids
    filled = {block_id: {action_id: {"type": found.element["type"], **entry}}}
    kept = filled if is_stateful(found.element) else {}
    if isinstance(surface, View):
        view = twin.views.fill_in(surface, kept)
        return callbacks.view_click(twin, person, view, found, entry)
    key = (person.id, surface.channel, surface.ts)
    state = twin.filled.setdefault(key, initial_state(surface.blocks))
    for block, actions in kept.items():
        state.setdefault(block, {}).update(actions)
    return callbacks.message_click(twin, person, surface, found, entry, state)
