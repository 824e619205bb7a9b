"""docs/architecture.md describes the existing packages, and the code keeps its limits.

Measures: a module's length is its number of lines, with blank lines and comments; an
`__init__.py` that has only a docstring does not count as a module. The product's lines are all
lines of the Python files of `bot` and `handlers`. A function's length is
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

MODULE_MEDIAN = 95
MODULE_MAX = 300
FUNCTION_MEDIAN = 8
FUNCTION_MAX = 60
PRODUCT_MAX = 74_000

PATCHING = {"monkeypatch", "MonkeyPatch", "mocker", "mock", "pytest_mock"}


def rows() -> list[str]:
    """List the packages of the table, without their last slash."""
    (table,) = re.findall(r"\| Package \|.*?\n\n", ARCHITECTURE, re.DOTALL)
    return re.findall(r"^\| `([\w/]+)/` \| [^|]+ \|$", table, re.MULTILINE)


def packages() -> set[str]:
    """List the directories that Python imports from."""
    return {relative(path.parent) for tree in TREES for path in (ROOT / tree).rglob("__init__.py")}


def test_every_package_has_a_row() -> None:
    """The table of docs/architecture.md lists every package."""
    missing = sorted(packages() - {*rows()})
    assert not missing, "\n".join(missing)


def test_every_row_names_a_package() -> None:
    """The table lists only existing packages, each once."""
    unknown = sorted({*rows()} - packages())
    assert not unknown, "\n".join(unknown)
    assert len(rows()) == len({*rows()})


def module_lengths() -> Iterator[tuple[int, str]]:
    """Give each module of the product with its number of lines."""
    for path in modules(*PRODUCT):
        if path.name != "__init__.py" or len(tree_of(path).body) > 1:
            yield len(path.read_text().splitlines()), relative(path)


def function_lengths() -> Iterator[tuple[int, str]]:
    """Give each function of the product with its number of lines."""
    for path in modules(*PRODUCT):
        for function in functions(path):
            yield length(function), f"{relative(path)}:{function.lineno} {function.name}"


def over(limit: int, lengths: list[tuple[int, str]]) -> str:
    """List the names over the limit, one per line."""
    return "\n".join(f"{name}: {lines} lines" for lines, name in lengths if lines > limit)


def length(function: Function) -> int:
    """Count the lines from `def` to the last one."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_modules_are_short() -> None:
    """The median and the longest module are within their limits."""
    lengths = sorted(module_lengths(), reverse=True)
    assert not (long := over(MODULE_MAX, lengths)), long
    assert median(lines for lines, _ in lengths) <= MODULE_MEDIAN


def test_functions_are_short() -> None:
    """The median and the longest function are within their limits."""
    lengths = sorted(function_lengths(), reverse=True)
    assert not (long := over(FUNCTION_MAX, lengths)), long
    assert median(lines for lines, _ in lengths) <= FUNCTION_MEDIAN


def test_the_product_is_short() -> None:
    """All Python files of `bot` and `handlers` together are within their limit."""
    lines = sum(len(path.read_text().splitlines()) for path in modules(*PRODUCT))
    assert lines <= PRODUCT_MAX


def test_the_measure_counts_from_def_to_the_last_line() -> None:
    """A function's length is without its decorators and with its nested functions."""
    source = (
        '@cache\ndef outer() -> int:\n    """Say."""\n    def inner() -> int:\n        return 1\n'
    )
    parsed = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    assert {node.name: length(node) for node in parsed} == {"outer": 4, "inner": 2}


def calls(*names: str) -> set[str]:
    """List the modules of the flows that call one of these."""
    return {
        relative(path)
        for path in modules("bot/flows")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(names)
    }


def test_only_the_authority_asks_the_policy() -> None:
    """Every other flow asks `bot.flows.authorize`."""
    assert {"bot/flows/authorize.py"} == calls("policy.decide", "policy.explain")


def test_only_the_authority_decides_whose_vote_counts() -> None:
    """The count of possible approvers decides nothing: each is asked again when they vote."""
    counts = {"bot/flows/requests/candidates.py"}
    assert {"bot/flows/authorize.py"} == calls("ineligible", "may_act_in", "emergency_for") - counts


def test_tasks_are_cancelled_in_one_place() -> None:
    """One cancellation may be lost in a call to Redis; `bot.adapters.tasks` repeats it."""
    cancelling = [path for path in modules("bot") if re.search(r"\.cancel\b", path.read_text())]
    assert ["tasks.py"] == [path.name for path in cancelling]


def test_no_test_patches() -> None:
    """No test imports or uses a patching library: fakes are ordinary classes."""
    mentioned = (
        path for path in modules("tests") if any(name in path.read_text() for name in PATCHING)
    )
    found = [each for path in mentioned for each in patching(tree_of(path), path)]
    assert not found, "\n".join(found)


def patching(tree: ast.Module, path: Path) -> Iterator[str]:
    """List the names that a module uses from a patching library."""
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
    """The check finds each form of patching."""
    assert [*patching(ast.parse(source), Path(__file__))]


def test_no_patching_library_is_installed() -> None:
    """The pinned development requirements have no pytest-mock."""
    pinned = (ROOT / "requirements-dev.in").read_text() + (
        ROOT / "requirements-dev.txt"
    ).read_text()
    assert "pytest-mock" not in pinned
