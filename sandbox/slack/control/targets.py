"""What a click lands on: an element of a message or of a view."""

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
    """An element, and the message or view that it stands in."""

    place: Message | View
    found: Found


def view_of(twin: Twin, person: Person, view_id: str) -> View:
    """The person's own open view."""
    view = twin.views.find(view_id=view_id)
    if view is None or view.user != person.id:
        raise Impossible(f"{person.name} has no view {view_id!r} open")
    return view


def message_of(twin: Twin, person: Person, body: Payload) -> Message:
    """A message that the person can see."""
    message = twin.workspace.find(person.id, body.get("channel", ""), body["message_ts"])
    if message is None:
        raise Impossible(f"{person.name} sees no message {body['message_ts']!r} there")
    return message


def find(twin: Twin, person: Person, body: Payload) -> Target:
    """Find what a request points at."""
    place: Message | View
    if body.get("view_id"):
        place = view_of(twin, person, body["view_id"])
    elif body.get("message_ts"):
        place = message_of(twin, person, body)
    else:
        raise Impossible("neither message_ts nor view_id was given")
    try:
        found = find_element(place.blocks, body["action_id"], body.get("block_id"))
    except NoSuchElement as error:
        raise Impossible(str(error)) from error
    return Target(place, found)


def choose(twin: Twin, person: Person, found: Found, value: object) -> Payload:
    """What choosing a value comes to, for this person."""
    offered = twin.suggested.get((person.id, *found.place), [])
    try:
        return entry_of(found.element, value, offered)
    except NoSuchElement as error:
        raise Impossible(str(error)) from error


def click_payload(twin: Twin, person: Person, target: Target, entry: Payload) -> Payload:
    """Note the choice where it is kept, and build the block_actions payload."""
    found, place = target.found, target.place
    block_id, action_id = found.place
    filled = {block_id: {action_id: {"type": found.element["type"], **entry}}}
    kept = filled if is_stateful(found.element) else {}
    if isinstance(place, View):
        view = twin.views.fill_in(place, kept)
        return callbacks.view_click(twin, person, view, found, entry)
    key = (person.id, place.channel, place.ts)
    state = twin.filled.setdefault(key, initial_state(place.blocks))
    for block, actions in kept.items():
        state.setdefault(block, {}).update(actions)
    return callbacks.message_click(twin, person, place, found, entry, state)
