"""The whole check of blocks and views, and Slack's rules beyond shapes and sizes."""

from collections import Counter
from collections.abc import Iterator

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.blockkit.shapes import shape_problems
from sandbox.slack.blockkit.sizes import size_problems
from sandbox.slack.blockkit.surfaces import elements_of, surface_problems
from sandbox.slack.blockkit.values import value_problems
from sandbox.slack.payload import Payload

MAX_BLOCKS_IN_MESSAGE = 50
_MAX_MARKDOWN = 12_000  # characters, all markdown blocks of a payload together
# Elements that hold their options themselves; the others get them from the bot or the workspace.
_OFFERING = frozenset({"static_select", "multi_static_select", "checkboxes", "radio_buttons"})
_VIEW_DEFINITIONS = {"modal": "ModalView", "home": "HomeView"}


def blocks_problems(blocks: object) -> list[Problem]:
    """Check a message's blocks."""
    if not isinstance(blocks, list):
        return [Problem("must be an array of blocks", "/blocks")]
    problems = [
        problem
        for index, block in enumerate(blocks)
        for problem in shape_problems(block, "KnownBlock", f"/blocks/{index}")
    ]
    if len(blocks) > MAX_BLOCKS_IN_MESSAGE:
        most = f"no more than {MAX_BLOCKS_IN_MESSAGE} items allowed"
        problems.append(Problem(most, "/blocks"))
    if problems:
        return problems
    return [*size_problems(blocks, "/blocks"), *_rule_problems(blocks, "message")]


def view_problems(view: Payload) -> list[Problem]:
    """Check a modal or a Home tab."""
    kind = _VIEW_DEFINITIONS.get(str(view.get("type")))
    if kind is None:
        return [Problem(f"unsupported type: {view.get('type')}", "/view/type")]
    shape = shape_problems(view, kind, "/view")
    if shape:
        return shape
    problems = [*size_problems(view, "/view"), *_rule_problems(view["blocks"], view["type"])]
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    if inputs and kind == "ModalView" and "submit" not in view:
        problems.append(Problem("missing required field: submit", "/view"))
    return problems


def _rule_problems(blocks: list[Payload], surface: str) -> Iterator[Problem]:
    yield from surface_problems(blocks, surface)
    for block_id in _repeated(block.get("block_id") for block in blocks):
        yield Problem(f"block_id `{block_id}` already exists", "/blocks")
    yield from _focus_problems(blocks)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > _MAX_MARKDOWN:
        yield Problem(f"markdown blocks exceed {_MAX_MARKDOWN} characters", "/blocks")
    for index, block in enumerate(blocks):
        where = f"/blocks/{index}"
        if block["type"] == "section" and not ("text" in block or "fields" in block):
            yield Problem("missing required field: text or fields", where)
        for action_id in _repeated(element.get("action_id") for element in elements_of(block)):
            yield Problem(f"action_id `{action_id}` already exists", where)
        for element in elements_of(block):
            yield from _element_problems(element, where)
            yield from value_problems(element, where)


def _focus_problems(blocks: list[Payload]) -> Iterator[Problem]:
    elements = [element for block in blocks for element in elements_of(block)]
    if sum(element.get("focus_on_load", False) for element in elements) > 1:
        yield Problem("only one element can have focus_on_load", "/blocks")


def _element_problems(element: Payload, where: str) -> Iterator[Problem]:
    preset = [element.get("initial_option"), *element.get("initial_options", [])]
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    if element["type"] in _OFFERING and any(one and one not in offered for one in preset):
        yield Problem("initial options must be among the options", where)
    choices = ("options", "option_groups")
    if element["type"] in {"static_select", "multi_static_select"}:
        if not any(name in element for name in choices):
            yield Problem("missing required field: options or option_groups", where)
        if all(name in element for name in choices):
            yield Problem("options and option_groups exclude each other", where)


def _repeated(ids: Iterator[str | None]) -> list[str]:
    return [name for name, times in Counter(ids).items() if name is not None and times > 1]
