"""docs/architecture.md describes the tree that is there, and the tree keeps its limits.

Measures: a module's length is its number of lines, blank ones and comments included; an
`__init__.py` that holds nothing but a docstring does not count. A function's length is
`end_lineno - lineno + 1`: from `def`, without decorators, with its docstring. Methods and nested
functions count like any other.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.rooms.source import (
    PRODUCT,
    ROOT,
    Function,
    functions,
    modules,
    relative,
    tree_of,
)

TREES = ("bot", "handlers", "sandbox", "tests")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()

MODULE_MEDIAN = 90
MODULE_MAX = 300
FUNCTION_MEDIAN = 8
FUNCTION_MAX = 60

PATCHING = {"monkeypatch", "MonkeyPatch", "mocker", "mock", "pytest_mock"}


def rows() -> list[str]:
    """Packages of the table, without the slash at their end."""
    (table,) = re.findall(r"\| Package \|.*?\n\n", ARCHITECTURE, re.DOTALL)
    return re.findall(r"^\| `([\w/]+)/` \| [^|]+ \|$", table, re.MULTILINE)


def packages() -> set[str]:
    """Directories that Python imports from."""
    return {relative(path.parent) for tree in TREES for path in (ROOT / tree).rglob("__init__.py")}


def test_every_package_has_a_row() -> None:
    """With one line about what it holds"""
    missing = sorted(packages() - {*rows()})
    assert not missing, "\n".join(missing)


def test_every_row_names_a_package() -> None:
    """Once"""
    unknown = sorted({*rows()} - packages())
    assert not unknown, "\n".join(unknown)
    assert len(rows()) == len({*rows()})


def module_lengths() -> Iterator[tuple[int, str]]:
    """Each module of the product with its number of lines."""
    for path in modules(*PRODUCT):
        if path.name != "__init__.py" or len(tree_of(path).body) > 1:
            yield len(path.read_text().splitlines()), relative(path)


def function_lengths() -> Iterator[tuple[int, str]]:
    """Each function of the product with its number of lines."""
    for path in modules(*PRODUCT):
        for function in functions(path):
            yield length(function), f"{relative(path)}:{function.lineno} {function.name}"


def over(limit: int, lengths: list[tuple[int, str]]) -> str:
    """List what is longer than the limit, one a line."""
    return "\n".join(f"{name}: {lines} lines" for lines, name in lengths if lines > limit)


def length(function: Function) -> int:
    """Count the lines from `def` to the last one."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_modules_are_short() -> None:
    """In the middle and at the end"""
    lengths = sorted(module_lengths(), reverse=True)
    assert not (long := over(MODULE_MAX, lengths)), long
    assert median(lines for lines, _ in lengths) <= MODULE_MEDIAN


def test_functions_are_short() -> None:
    """In the middle and at the end"""
    lengths = sorted(function_lengths(), reverse=True)
    assert not (long := over(FUNCTION_MAX, lengths)), long
    assert median(lines for lines, _ in lengths) <= FUNCTION_MEDIAN


def test_the_measure_counts_from_def_to_the_last_line() -> None:
    """Without decorators, with nested functions"""
    source = (
        '@cache\ndef outer() -> int:\n    """Say."""\n    def inner() -> int:\n        return 1\n'
    )
    parsed = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    assert {node.name: length(node) for node in parsed} == {"outer": 4, "inner": 2}


def test_no_test_patches() -> None:
    """Fakes are ordinary classes that are handed in"""
    mentioned = (
        path for path in modules("tests") if any(name in path.read_text() for name in PATCHING)
    )
    found = [each for path in mentioned for each in patching(tree_of(path), path)]
    assert not found, "\n".join(found)


def patching(tree: ast.Module, path: Path) -> Iterator[str]:
    """Name what a module takes from a patching library."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names = {part for alias in aliases for part in alias.name.split(".")}
            case ast.ImportFrom(module=module, names=aliases):
                names = {*(module or "").split("."), *(alias.name for alias in aliases)}
            case ast.arg(arg=name) | ast.Name(id=name) | ast.Attribute(attr=name):
                names = {name}
            case _:
                continue
        for name in sorted(names & PATCHING):
            yield f"{relative(path)}:{node.lineno}: {name}"


@pytest.mark.parametrize(
    "source",
    [
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock",
        "import pytest_mock",
        "def test(monkeypatch): ...",
        "def test(mocker): ...",
        "from _pytest.monkeypatch import MonkeyPatch",
        "with pytest.MonkeyPatch.context() as patch: ...",
    ],
)
def test_every_way_to_patch_is_noticed(source: str) -> None:
    """The test above has something to find"""
    assert [*patching(ast.parse(source), Path(__file__))]


def test_no_patching_library_is_installed() -> None:
    """For tests of the next one to write"""
    pinned = (ROOT / "requirements-dev.in").read_text() + (
        ROOT / "requirements-dev.txt"
    ).read_text()
    assert "pytest-mock" not in pinned
