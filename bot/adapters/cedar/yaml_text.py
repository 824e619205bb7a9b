"""YAML read as the text that it is: every fault has its line, and nothing means more than it says.

Only the syntax tree is read, so that a word such as `no` stays a word and no tag makes an object.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import ConfigurationError

E = TypeVar("E", bound=StrEnum)

_TRUTH: Final = {"true": True, "false": False}


class Fault(ValueError):
    """What is wrong, and in which line."""

    def __init__(self, node: Node, words: str) -> None:
        super().__init__(words)
        self.line = line(node)


def items(path: Path) -> list[Node]:
    """Read a file that is a list.

    Raises:
        ConfigurationError: it cannot be read, or is none.

    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Cannot read {path}: {error}") from error
    if not isinstance(root, SequenceNode) or not root.value:
        raise ConfigurationError(f"{path} wants a list: entries that begin with a hyphen.")
    return list(root.value)


def fields(node: Node, known: Sequence[str], required: Sequence[str] = ()) -> dict[str, Node]:
    """Read a mapping that has these fields and no other."""
    given = entries(node)
    for key, _ in node.value:
        if text(key) not in known:
            raise Fault(key, f"there is no field “{text(key)}”; there are {', '.join(known)}")
    missing = [name for name in required if name not in given]
    if missing:
        raise Fault(node, f"has no {' and no '.join(missing)}")
    return given


def entries(node: Node) -> dict[str, Node]:
    """Read a mapping, each name once."""
    if not isinstance(node, MappingNode) or not node.value:
        raise Fault(node, "wants fields here, each with a name and a colon")
    given: dict[str, Node] = {}
    for key, value in node.value:
        if text(key) in given:
            raise Fault(key, f"“{text(key)}” stands twice")
        given[text(key)] = value
    return given


def many(node: Node) -> list[Node]:
    """Read one or more."""
    found = list(node.value) if isinstance(node, SequenceNode) else [node]
    if not found:
        raise Fault(node, "wants at least one")
    return found


def words(node: Node | None) -> tuple[str, ...]:
    """Read one text, several, or none."""
    if node is None or (isinstance(node, SequenceNode) and not node.value):
        return ()
    return tuple(text(each) for each in many(node))


def text(node: Node) -> str:
    """Read a text."""
    if not isinstance(node, ScalarNode) or not node.value:
        raise Fault(node, "wants a word or a text here")
    return str(node.value)


def one_of(kind: type[E], node: Node) -> E:
    """Read one of the words of an enumeration."""
    word = text(node)
    if word not in set(kind):
        raise Fault(node, f"“{word}” is none of {', '.join(kind)}")
    return kind(word)


def flag(node: Node | None, *, default: bool) -> bool:
    """Read true or false."""
    if node is None:
        return default
    if text(node) not in _TRUTH:
        raise Fault(node, "wants true or false")
    return _TRUTH[text(node)]


def line(node: Node) -> int:
    """Where it begins, counted from 1."""
    return int(node.start_mark.line) + 1
