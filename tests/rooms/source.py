"""Reads the project's files for tests of the code itself: modules, names, prose, strings."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PRODUCT = ("bot", "handlers")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Found(NamedTuple):
    """A piece of text and its place; `path` is relative to the root."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@cache
def modules(*trees: str) -> tuple[Path, ...]:
    """List the Python files of these directories."""
    return tuple(sorted(path for tree in trees for path in (ROOT / tree).rglob("*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a module, once for all tests."""
    return ast.parse(path.read_text())


@cache
def relative(path: Path) -> str:
    """Give a file's path relative to the root."""
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """List the syntax nodes of a module, once for all tests."""
    return tuple(ast.walk(tree_of(path)))


def functions(path: Path) -> Iterator[Function]:
    """List a module's functions and methods, also nested ones."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def identifiers(path: Path) -> Iterator[Found]:
    """List a module's names, defined or used: also attributes, keywords and parameters."""
    for node in nodes(path):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield Found(relative(path), node.lineno, name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield Found(relative(path), node.lineno, name)
            case ast.AsyncFunctionDef(name=name) | ast.keyword(arg=str(name)):
                yield Found(relative(path), node.lineno, name)
            case ast.alias(name=name, asname=other):
                yield Found(relative(path), node.lineno, f"{name} {other or ''}".strip())
            case ast.MatchClass(kwd_attrs=names):
                yield from (Found(relative(path), node.lineno, name) for name in names)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield Found(relative(path), node.lineno, name)
            case ast.ExceptHandler(name=str(name)):
                yield Found(relative(path), node.lineno, name)


def definitions(path: Path) -> Iterator[Found]:
    """List the classes and functions that a module defines."""
    for node in _statements(tree_of(path).body):
        if isinstance(node, ast.ClassDef | Function):
            yield Found(relative(path), node.lineno, node.name)


def prose(path: Path) -> Iterator[Found]:
    """List the lines of a module's docstrings and comments."""
    for line in lines(path):
        if "# " in line.text and (comment := re.search(r"(?:^|\s)# (.*)$", line.text)):
            yield line._replace(text=comment[1])
    for node in _statements(tree_of(path).body):
        if found := _docstring(node):
            for offset, text in enumerate(found.value.splitlines()):
                yield Found(relative(path), found.node.lineno + offset, text)


def strings(path: Path) -> Iterator[Found]:
    """List a module's string literals, without docstrings and the values of enums."""
    skipped = {id(found.node) for node in nodes(path) if (found := _docstring(node))}
    skipped |= {id(value) for node in nodes(path) for value in _enum_values(node)}
    for node in nodes(path):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in skipped:
                yield Found(relative(path), node.lineno, text)


def lines(path: Path) -> Iterator[Found]:
    """List the lines of a text file."""
    name = relative(path)
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        yield Found(name, number, line)


@cache
def words(text: str) -> tuple[str, ...]:
    """Split text or a name into lower-case words, at `_` and at capitals too."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    return tuple(part.lower() for part in parts)


def _enum_values(node: ast.AST) -> Iterator[ast.AST]:
    """List the values of a `StrEnum`: they are stored or sent, so a rename leaves them."""
    match node:
        case ast.ClassDef(bases=[ast.Name(id="StrEnum"), *_], body=body):
            yield from (each.value for each in body if isinstance(each, ast.Assign))


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """List the statements of a body and of those inside; no expressions, which are most nodes."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


class _Docstring(NamedTuple):
    node: ast.Constant
    value: str


def _docstring(node: ast.AST) -> _Docstring | None:
    """Take a string that is a statement of its own for documentation."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text)) as constant):
            return _Docstring(constant, text)
    return None
