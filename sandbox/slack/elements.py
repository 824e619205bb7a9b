"""Interactive elements: finding them, and the state that choosing a value gives them.

The names of the fields are those of docs.slack.dev/reference/block-kit/block-elements and
/reference/interaction-payloads.
"""

import secrets
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sandbox.slack.blockkit.surfaces import elements_of
from sandbox.slack.payload import Payload

State: TypeAlias = dict[str, dict[str, Payload]]

_ID_BYTES = 3
# Elements without a value.
_STATELESS = frozenset(
    {"button", "workflow_button", "icon_button", "feedback_buttons", "overflow", "image"}
)

# The field of a state entry that holds a plain value.
_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "plain_text_input": "value",
        "number_input": "value",
        "email_text_input": "value",
        "url_text_input": "value",
        "users_select": "selected_user",
        "conversations_select": "selected_conversation",
        "channels_select": "selected_channel",
        "multi_users_select": "selected_users",
        "multi_conversations_select": "selected_conversations",
        "multi_channels_select": "selected_channels",
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "datetimepicker": "selected_date_time",
        "rich_text_input": "rich_text_value",
        "file_input": "files",
    }
)
_ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
_MANY_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})


class NoSuchElement(LookupError):
    """There is no such element or no such option, so nothing to click."""


@dataclass(frozen=True)
class Found:
    """An element and the block that holds it."""

    block: Payload
    element: Payload

    @property
    def ids(self) -> tuple[str, str]:
        """The block's id and the element's own id."""
        return self.block["block_id"], self.element["action_id"]


def with_ids(blocks: Iterable[Payload]) -> list[Payload]:
    """Copy blocks and fill in missing ids, as Slack does."""
    copies = [deepcopy(block) for block in blocks]
    for block in copies:
        block.setdefault("block_id", secrets.token_urlsafe(_ID_BYTES))
        for element in elements_of(block):
            if element["type"] != "image":
                element.setdefault("action_id", secrets.token_urlsafe(_ID_BYTES))
    return copies


def find_element(blocks: Iterable[Payload], action_id: str, block_id: str | None) -> Found:
    """Find an element, in any block if `block_id` is None; raises `NoSuchElement`."""
    for block in blocks:
        for element in elements_of(block):
            if element.get("action_id") == action_id and block_id in {None, block["block_id"]}:
                return Found(block, element)
    raise NoSuchElement(f"no element {action_id!r} in block {block_id or 'any'}")


def options_of(element: Payload) -> list[Payload]:
    """The options of an element, including those in groups."""
    groups = element.get("option_groups", [])
    grouped = (option for group in groups for option in group["options"])
    return [*element.get("options", []), *grouped]


def entry_of(element: Payload, value: object, offered: Iterable[Payload] = ()) -> Payload:
    """The entry in `state.values` and `actions` for a chosen or typed value.

    `offered` are the options that the bot last suggested for an external select.
    """
    kind = element["type"]
    if kind in _PLAIN:
        return {_PLAIN[kind]: value}
    options = [*options_of(element), *offered, *element.get("initial_options", ())]
    if kind in _ONE_OPTION:
        return {"selected_option": None if value is None else _option(options, value)}
    if kind in _MANY_OPTIONS:
        chosen = value if isinstance(value, list) else []
        return {"selected_options": [_option(options, one) for one in chosen]}
    return {name: element[name] for name in ("text", "value", "style") if name in element}


def _option(options: Iterable[Payload], value: object) -> Payload:
    for option in options:
        if option.get("value") == value:
            return option
    raise NoSuchElement(f"no option {value!r}")


def _initial_entry(element: Payload) -> Payload:
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"selected_options": element.get("initial_options", [])}
    name = _PLAIN[kind]
    initial = "value" if name.endswith("value") else name.removeprefix("selected_")
    return {name: element.get(f"initial_{initial}")}


def initial_state(blocks: Iterable[Payload]) -> State:
    """The `state.values` of blocks before any input."""
    state: State = {}
    for block in blocks:
        for element in elements_of(block):
            if not is_stateful(element):
                continue
            entry = {"type": element["type"], **_initial_entry(element)}
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return state


def unanswered(blocks: Iterable[Payload], state: State) -> list[str]:
    """The ids of required input blocks without a value."""
    return [
        block["block_id"]
        for block in blocks
        if block["type"] == "input"
        and not block.get("optional", False)
        and not _holds_something(state[block["block_id"]][block["element"]["action_id"]])
    ]


def _holds_something(entry: Payload) -> bool:
    return any(value not in (None, "", []) for name, value in entry.items() if name != "type")


def is_stateful(element: Payload) -> bool:
    """Whether the element has a value that `state.values` reports."""
    return element["type"] not in _STATELESS
