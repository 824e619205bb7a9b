"""Short builders of Block Kit for tests."""

from sandbox.slack.payload import Payload


def plain(text: str) -> Payload:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def section(text: str = "hello", **more: object) -> Payload:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "go", **more: object) -> Payload:
    """A button."""
    return {"type": "button", "text": plain("Go"), "action_id": action_id, **more}


def actions(*elements: Payload, **more: object) -> Payload:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def link(url: str) -> Payload:
    """A button that opens a page."""
    return {"type": "button", "text": plain("Open"), "url": url}


def option(value: str) -> Payload:
    """An option of a menu."""
    return {"text": plain(value.title()), "value": value}


def menu(action_id: str, *values: str, **more: object) -> Payload:
    """A static select."""
    options = [option(value) for value in values]
    return {"type": "static_select", "action_id": action_id, "options": options, **more}


def ask(block_id: str, element: Payload | None = None, **more: object) -> Payload:
    """An input block, of plain text unless an element is given."""
    held = element or {"type": "plain_text_input", "action_id": "typed"}
    return {"type": "input", "block_id": block_id, "label": plain("?"), "element": held, **more}


def modal(*blocks: Payload, **more: object) -> Payload:
    """A modal that can be submitted."""
    return {
        "type": "modal",
        "title": plain("Keys"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def mrkdwn(length: int) -> Payload:
    """A text object of a length."""
    return {"type": "mrkdwn", "text": "x" * length}


def header(text: str) -> Payload:
    """A header block."""
    return {"type": "header", "text": plain(text)}


def confirming(**parts: Payload) -> Payload:
    """A block whose button has a confirmation dialog."""
    asked = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
    return actions(button(confirm=asked | parts))


def context(count: int) -> Payload:
    """A context block with a number of texts."""
    return {"type": "context", "elements": [mrkdwn(1)] * count}


def checkboxes(count: int) -> Payload:
    """A group with a number of checkboxes."""
    boxes = [option(f"v{number}") for number in range(count)]
    return {"type": "checkboxes", "action_id": "c", "options": boxes}


def buttons(count: int) -> Payload:
    """An actions block with a number of buttons."""
    return actions(*(button(f"b{number}") for number in range(count)))


def groups(count: int, label: str = "g") -> Payload:
    """A menu with a number of groups of one option."""
    held = [{"label": plain(label), "options": [option("v")]}] * count
    return {"type": "static_select", "action_id": "m", "option_groups": held}


def home(*blocks: Payload, **more: object) -> Payload:
    """A Home tab."""
    return {"type": "home", "blocks": list(blocks), **more}


def raw(text: str = "x") -> Payload:
    """A cell of plain text."""
    return {"type": "raw_text", "text": text}


def table(rows: int = 2, cells: int = 2, **more: object) -> Payload:
    """A table of plain cells."""
    return {"type": "table", "rows": [[raw()] * cells] * rows, **more}
