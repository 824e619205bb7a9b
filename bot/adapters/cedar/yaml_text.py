"""Reads YAML as plain text: each fault has its line, and each value is the text in the file.

Only the syntax tree is read, so `no` is a word and not a boolean, and a tag constructs no object.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import ConfigurationError, why_not

E = TypeVar("E", bound=StrEnum)


class Fault(ValueError):
    """A fault in the file, with its line."""

    def __init__(self, node: Node, fault: str) -> None:
        super().__init__(fault)
        self.line = line(node)


def line(node: Node) -> int:
    """The line where it begins, counted from 1."""
    return int(node.start_mark.line) + 1


def items(path: Path) -> list[Node]:
    """Read a file that is a list; raises `ConfigurationError` where it is none."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {why_not(error)}.") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"Cannot read {path}: {error}") from error
    if not isinstance(root, SequenceNode) or not root.value:
        raise ConfigurationError(f"{path} needs a list: entries that begin with a hyphen.")
    return list(root.value)


def fields(
    node: Node, known: Sequence[str] = (), *, required: Sequence[str] = ()
) -> dict[str, Node]:
    """Read a mapping with each name once; with `known`, it has no other field."""
    if not isinstance(node, MappingNode) or not node.value:
        raise Fault(node, "needs fields here, each with a name and a colon")
    given: dict[str, Node] = {}
    for key, value in node.value:
        if text(key) in given:
            raise Fault(key, f"“{text(key)}” stands twice")
        given[text(key)] = value
    for key, _ in node.value:
        if known and text(key) not in known:
            raise Fault(key, f"there is no field “{text(key)}”; there are {', '.join(known)}")
    missing = [name for name in required if name not in given]
    if missing:
        raise Fault(node, f"has no {' and no '.join(missing)}")
    return given


def many(node: Node) -> list[Node]:
    """Read one value, or a list of at least one."""
    found = list(node.value) if isinstance(node, SequenceNode) else [node]
    if not found:
        raise Fault(node, "needs at least one")
    return found


def texts(node: Node | None) -> tuple[str, ...]:
    """Read one text, several, or none."""
    if node is None or (isinstance(node, SequenceNode) and not node.value):
        return ()
    return tuple(map(text, many(node)))


def text(node: Node) -> str:
    """Read a text."""
    if not isinstance(node, ScalarNode) or not node.value:
        raise Fault(node, "needs a word or a text here")
    return str(node.value)


def one_of(kind: type[E], node: Node) -> E:
    """Read a value of an enumeration."""
    found = text(node)
    if found not in set(kind):
        raise Fault(node, f"“{found}” is none of {', '.join(kind)}")
    return kind(found)


def flag(node: Node | None, *, default: bool) -> bool:
    """Read true or false."""
    if node is None:
        return default
    if text(node) not in {"true", "false"}:
        raise Fault(node, "needs true or false")
    return text(node) == "true"
