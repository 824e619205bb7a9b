"""Code and documents use the glossary's terms (docs/glossary.md) and no retired word.

Stored words keep their names for ever (Redis keys, fields, audit events); they stand in the modules
of `STORED` and nowhere else. Each failure lists `file:line: word`.
"""

from collections.abc import Iterable, Iterator

import pytest

from tests.rooms.source import (
    PRODUCT,
    ROOT,
    Found,
    definitions,
    identifiers,
    lines,
    modules,
    prose,
    relative,
    strings,
    words,
)

STORED = {
    "bot/adapters/redis/names.py",
    "bot/domain/audit.py",
    "bot/domain/requests/notifications.py",
}
"""The modules of stored words."""

EXEMPT_TESTS = {"test_stored_words"}
"""Tests that name stored words on purpose, by the stem of their file."""

NOUNS = {
    *("errand", "errands", "desk", "desks", "clerk", "clerks", "scribe", "scribes"),
    *("deed", "deeds", "heir", "heirs", "heirloom", "heirlooms", "saying", "sayings"),
    *("siege", "sieges", "fuse", "fuses", "fused", "casebook", "casebooks"),
    *("nag", "nags", "nagged", "nagging", "unfit", "unaskable", "homekeeper"),
}
"""Retired everywhere: names, prose and string literals; they mean nothing else here."""

PROSE_NOUNS = NOUNS | {"voice", "voices", "doubt", "doubts", "world", "worlds", "house", "houses"}
"""Retired in prose. `wanted` or `bar` are ordinary English there, so they are not in the list."""

NAME_PARTS = NOUNS | {
    *("wanted", "wanting", "doubt", "doubts", "bar", "bars", "barred", "voice", "voices"),
    *("world", "worlds", "house", "office", "witness", "standing", "alarm", "alarms"),
    *("ticker", "ticking", "finder"),
}
"""Retired as a part of a name, split at `_` and at capitals."""

NAMES = {
    *("why", "Why", "tick", "agrees", "agreeing", "objecting", "says", "AGREE", "OBJECT"),
    *("claim_on", "find_claim", "claims_of", "add_claim", "ClaimState", "Claims", "FakeClaims"),
    *("MadeToClaim", "Passed", "deed_of", "action_word"),
}
"""Retired as a whole name; as a part of another one they may be right (`key why`, `claim_ttl`)."""

MODULE_NAMES = {
    *("asking", "changing", "creating", "deciding", "delegating", "executing", "finding"),
    *("moving", "opening", "operating", "reading", "requesting", "settling", "ticking"),
    *("auditing", "checking", "policing", "serving", "once"),
    *("wanting", "alarms", "approvals", "claims", "decided", "record", "linting", "unseen"),
}
"""Retired names of product modules: a module is named after its noun, or after one plain verb."""

PRONOUNS = {
    *("whoever", "whomever", "whosoever", "nobody", "somebody", "lest", "thereof"),
    *("therein", "anew"),
}
"""Not the English of the field."""

DOCUMENTS = (
    *sorted(path for path in ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
)
ASSETS = tuple(
    sorted(
        path
        for tree in PRODUCT
        for path in (ROOT / tree).rglob("*")
        if path.suffix in {".lua", ".js", ".css", ".html"}
    )
)
CODE = tuple(path for path in modules(*PRODUCT) if relative(path) not in STORED)
TESTS = tuple(path for path in modules("tests") if path.stem not in EXEMPT_TESTS)


def retired(found: Iterable[Found], words_: Iterable[str]) -> Iterator[str]:
    """Report each place that holds one of these words."""
    banned = {*words_}
    for each in found:
        for word in sorted(banned.intersection(words(each.text))):
            yield str(each._replace(text=word))


def whole(found: Iterable[Found], names: Iterable[str]) -> Iterator[str]:
    """Report each place that is one of these names."""
    banned = {*names}
    return (str(each) for each in found if each.text in banned)


def hold(found: Iterable[str]) -> None:
    """Fail with every place."""
    places = list(dict.fromkeys(found))
    assert not places, "\n" + "\n".join(places)


def test_names_in_code_hold_no_retired_word() -> None:
    """Classes, functions, variables, attributes, parameters and keywords"""
    hold(each for path in CODE for each in retired(identifiers(path), NAME_PARTS))


def test_no_name_in_code_is_retired() -> None:
    """As a whole"""
    hold(each for path in CODE for each in whole(identifiers(path), NAMES))


def test_docstrings_and_comments_hold_no_retired_word() -> None:
    """Of the product"""
    hold(each for path in CODE for each in retired(prose(path), PROSE_NOUNS))


def test_docstrings_and_comments_are_in_plain_english() -> None:
    """Of the product, stored words' modules too"""
    found = (each for path in modules(*PRODUCT) for each in retired(prose(path), PRONOUNS))
    hold(found)


def test_stored_words_stand_in_their_own_modules() -> None:
    """No other string literal of the product holds one"""
    hold(each for path in CODE for each in retired(strings(path), NOUNS))


def test_page_assets_and_scripts_hold_no_retired_word() -> None:
    """Lua, JavaScript, style sheets and pages; what a page says to a person is free"""
    hold(each for path in ASSETS for each in retired(lines(path), PROSE_NOUNS))
    scripts = (path for path in ASSETS if path.suffix != ".html")
    hold(each for path in scripts for each in retired(lines(path), PRONOUNS))


def test_documents_hold_no_retired_word() -> None:
    """Up to a glossary's section of stored names"""
    hold(
        each
        for path in DOCUMENTS
        for each in retired(documented(path.name), PROSE_NOUNS | PRONOUNS)
    )


def documented(name: str) -> Iterator[Found]:
    """Lines of a document; the glossary's stored names are what they are."""
    (path,) = (path for path in DOCUMENTS if path.name == name)
    for line in lines(path):
        if line.text == "## Stored names":
            return
        yield line


def test_no_file_of_the_product_has_a_retired_name() -> None:
    """Nor a directory"""
    files = [path.relative_to(ROOT) for path in (*modules(*PRODUCT), *ASSETS)]
    named = [Found(str(path), 1, part) for path in files for part in path.with_suffix("").parts]
    hold([*retired(named, NAME_PARTS), *whole(named, MODULE_NAMES)])


def test_no_file_of_the_tests_has_a_retired_name() -> None:
    """Nor a directory"""
    named = [Found(relative(path), 1, part) for path in TESTS for part in path.parts]
    hold(retired(named, NAME_PARTS))


def test_no_test_class_or_fixture_has_a_retired_name() -> None:
    """What a test module defines"""
    hold(each for path in TESTS for each in retired(definitions(path), NAME_PARTS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RedisErrands", ("redis", "errands")),
        ("find_claim", ("find", "claim")),
        ("HTTPErrand2", ("http", "errand")),
        ("TO_SECURITY", ("to", "security")),
        ("the errand's own", ("the", "errand", "s", "own")),
        ("accused", ("accused",)),
    ],
)
def test_names_are_split_into_their_words(text: str, expected: tuple[str, ...]) -> None:
    """So `fuse` is found in `new_fuse` and not in `refused`"""
    assert words(text) == expected
