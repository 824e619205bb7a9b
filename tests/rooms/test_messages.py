"""What Keysmith says: each message is collected, and each catalogue has all of them."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.rooms.source import PRODUCT, ROOT, modules, nodes, relative

KEYWORDS = {"msg": None, "plural": (1, 2)}
"""As in the Makefile."""
NAME = "Keysmith"
CATALOGUES = sorted((ROOT / "bot" / "locale").glob("*.po"))


@cache
def collected() -> dict[str | tuple[str, ...], str]:
    """Every message of the product, by its id: the file that has it."""
    found = {}
    for tree in PRODUCT:
        for file, _, message, _, _ in extract_from_dir(ROOT / tree, keywords=KEYWORDS):
            found[message if isinstance(message, str) else tuple(message)] = f"{tree}/{file}"
    return found


@cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of `msg` and `plural`."""
    return tuple(
        (f"{relative(path)}:{node.lineno}", node)
        for path in modules(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in KEYWORDS
    )


def placeholders(message: str) -> set[str]:
    """Names of the values that a message has."""
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def typed(message: str) -> list[str]:
    """What a message tells people to type."""
    return sorted(message.split("`")[1::2])


def test_a_message_is_a_literal_with_the_values_that_it_is_given() -> None:
    """Else it would not be collected, or a value would never be shown"""
    wrong = []
    for place, call in calls():
        count = 2 if isinstance(call.func, ast.Name) and call.func.id == "plural" else 1
        texts = [each.value for each in call.args[:count] if isinstance(each, ast.Constant)]
        if len(texts) < count or not all(isinstance(each, str) for each in texts):
            wrong.append(f"{place}: not a literal")
            continue
        known = {name for each in texts for name in placeholders(str(each))}
        given = {each.arg for each in call.keywords if each.arg}
        wrong += [f"{place}: {name} is not in the message" for name in given - known]
    assert not wrong


def test_each_call_is_collected() -> None:
    """Babel finds what the syntax tree has"""
    literal = {call.args[0].value for _, call in calls() if isinstance(call.args[0], ast.Constant)}
    found = {each if isinstance(each, str) else each[0] for each in collected()}
    assert found == literal
    assert found


def faults(catalogue: Catalog) -> Iterator[str]:
    """What a translator has left to do."""
    had = {each.id for each in catalogue if each.id}
    yield from (f"missing: {each}" for each in collected() if each not in had)
    yield from (f"no longer said: {each}" for each in had if each not in collected())
    for message in catalogue:
        if message.id:
            yield from _faults(message, catalogue.num_plurals)


def _faults(message: Message, forms: int) -> Iterator[str]:
    ids, texts = list(_forms(message.id)), list(_forms(message.string))
    if not all(texts) or len(texts) != (1 if len(ids) == 1 else forms):
        yield f"not translated: {ids[0]}"
        return
    if message.fuzzy:
        yield f"not checked: {ids[0]}"
    names, spans = placeholders(ids[-1]), typed(ids[-1])
    for text in texts:
        if not placeholders(text) <= names or (len(ids) == 1 and placeholders(text) != names):
            yield f"other values: {text}"
        if typed(text) != spans:
            yield f"other commands: {text}"


def _forms(text: object) -> Iterator[str]:
    yield from (
        (text,) if isinstance(text, str) else map(str, text if isinstance(text, Iterable) else ())
    )


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_has_every_message(path: Path) -> None:
    """With the same values and the same commands to type"""
    with path.open("rb") as file:
        assert not list(faults(read_po(file, locale=path.stem)))


def test_the_check_sees_what_is_missing() -> None:
    """A catalogue that lacks a message, a value, a command or a form"""
    catalogue = Catalog(locale="de")
    catalogue.add("Ask {who}: `/cld help`", "Frag {wer}: `/cld hilfe`")
    catalogue.add(("{count} x", "{count} y"), ("", "{count}"))
    found = "\n".join(faults(catalogue))
    for word in ("missing", "no longer said", "other values", "other commands", "not translated"):
        assert re.search(rf"^{word}", found, re.MULTILINE), word


def test_no_text_of_keysmiths_own_is_left_out_of_the_catalogues() -> None:
    """`Text`, `bold` and `code` take values; what to type is the same in every language"""
    wrong = []
    for path in modules("bot/cards", "handlers"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Text" | "bold" | "code"), args=[first, *_]):
                    wrong += [f"{relative(path)}:{node.lineno}: {it}" for it in own_words(first)]
    assert not wrong


def own_words(node: ast.expr) -> Iterator[str]:
    """Find words in a literal that are nothing to type."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            prose = re.sub(r"(?:/cld|--)[^…]*", "", part.value)
            if re.search(r"[A-Za-z]{2}", prose.replace(NAME, "")):
                yield part.value
