"""Code and documents use the glossary's terms (docs/glossary.md) and no retired word.

Stored words (Redis keys, fields, audit events) never change. They are in the modules of `STORED`
and in the values of enums, and nowhere else. A failure lists each place as `file:line: word`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

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

STORED = {"bot/adapters/redis/names.py", "bot/domain/audit.py", "bot/domain/outcomes/kinds.py"}
"""The modules whose strings are stored words; the last one reads former names of classes."""

PINNING = "tests/contracts/test_stored_words.py"
"""The test that pins the stored words; it has a copy of each."""

NOUNS = {
    *("errand", "errands", "desk", "desks", "clerk", "clerks", "scribe", "scribes"),
    *("deed", "deeds", "heir", "heirs", "heirloom", "heirlooms", "saying", "sayings"),
    *("siege", "sieges", "fuse", "fuses", "fused", "casebook", "casebooks"),
    *("nag", "nags", "nagged", "nagging", "unfit", "unaskable", "barred", "homekeeper"),
}
"""Retired everywhere: in names, prose and strings. They have no other meaning here."""

PROSE_NOUNS = NOUNS | {
    *("voice", "voices", "doubt", "doubts", "doubtful", "world", "worlds", "house", "houses"),
    *("witness", "witnesses"),
}
"""Retired in prose. `wanted`, `bar` and `office` are ordinary English there."""

NAME_PARTS = PROSE_NOUNS | {
    *("wanted", "wanting", "bar", "bars", "barring", "office", "offices", "standing"),
    *("alarm", "alarms", "tick", "ticks", "ticker", "ticking", "finder", "inherit", "inherits"),
    *("agree", "agrees", "agreed", "agreeing", "objects", "objected", "objecting"),
}
"""Retired as a part of a name, which is split at `_` and at capitals."""

NAMES = {
    *("why", "Why", "says", "OBJECT"),
    *("claim_on", "find_claim", "claims_of", "add_claim", "ClaimState", "Claims", "FakeClaims"),
    *("MadeToClaim", "Passed", "deed_of", "action_word"),
}
"""Retired as a whole name; as a part of another name they may be right (`key why`, `claim_ttl`)."""

MODULE_NAMES = {
    *("asking", "changing", "creating", "deciding", "delegating", "executing", "finding"),
    *("moving", "opening", "operating", "reading", "requesting", "settling", "ticking"),
    *("auditing", "checking", "policing", "serving", "once"),
    *("wanting", "alarms", "approvals", "claims", "decided", "record", "linting", "unseen"),
}
"""Retired names of product modules: a module is named after its noun, or after one plain verb."""

PRONOUNS = {
    *("whoever", "whomever", "whosoever", "nobody", "somebody", "anybody", "lest", "thereof"),
    *("therein", "anew", "asker", "askers", "mend", "mends", "mended", "mending"),
}
"""Old-fashioned or vague: write the person, no approver, a user, again, the requester."""

TEST_NAME_PARTS = NAME_PARTS | PRONOUNS | {"stands"}
"""Retired in the names of tests, which are sentences."""

SANDBOX_NAME_PARTS = NAME_PARTS - {"agree", "agrees", "agreed"}
"""At Slack, people agree to sign in."""

CODE = modules(*PRODUCT)
TESTS = tuple(path for path in modules("tests") if relative(path) != PINNING)
SANDBOX = modules("sandbox")
STYLE = ROOT / "docs" / "style.md"
"""It lists what not to write."""
DOCUMENTS = (
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "sandbox").rglob("*.md")),
)
SETTINGS = (
    *(ROOT / name for name in ("Makefile", "Procfile", "Dockerfile", "compose.yaml")),
    *(ROOT / name for name in ("pyproject.toml", "slack/manifest.yaml", "tests/tools.sh")),
    *(ROOT / name for name in (".env.example", "app.json")),
    *sorted((ROOT / "policy").iterdir()),
    *sorted(path for path in (ROOT / ".github").rglob("*") if path.is_file()),
    *sorted(path for path in (ROOT / "deploy").rglob("*.*") if path.suffix != ".pyc"),
)


def files(*trees: str, suffixes: set[str]) -> tuple[Path, ...]:
    """List the files of these directories with one of these suffixes."""
    found = chain.from_iterable((ROOT / tree).rglob("*") for tree in trees)
    return tuple(sorted(path for path in found if path.suffix in suffixes))


SCRIPTS = files(*PRODUCT, suffixes={".lua", ".js", ".css"})
PAGES = files(*PRODUCT, suffixes={".html"})


def retired(found: Iterable[Found], words_: Iterable[str]) -> Iterator[str]:
    """Report each place that has one of these words."""
    banned = {*words_}
    for each in found:
        for word in sorted(banned.intersection(words(each.text))):
            yield str(each._replace(text=word))


def whole(found: Iterable[Found], names: Iterable[str]) -> Iterator[str]:
    """Report each place that is one of these names."""
    banned = {*names}
    return (str(each) for each in found if each.text in banned)


def hold(found: Iterable[str]) -> None:
    """Fail with a list of all places."""
    places = list(dict.fromkeys(found))
    assert not places, "\n" + "\n".join(places)


def path_parts(paths: Iterable[Path]) -> Iterator[Found]:
    """List the directory and file names of these paths, without suffixes."""
    for path in paths:
        short = path.relative_to(ROOT)
        yield from (Found(str(short), 1, part) for part in short.with_suffix("").parts)


def test_names_in_code_have_no_retired_part() -> None:
    """Classes, functions, variables, attributes, parameters and keywords of the product."""
    hold(each for path in CODE for each in retired(identifiers(path), NAME_PARTS))


def test_no_name_in_code_is_retired() -> None:
    """Names of the product that are wrong as a whole."""
    hold(each for path in CODE for each in whole(identifiers(path), NAMES))


def test_docstrings_and_comments_of_the_product_use_the_glossary() -> None:
    """The prose of the product has no retired word."""
    hold(each for path in CODE for each in retired(prose(path), PROSE_NOUNS))


def test_docstrings_and_comments_of_the_product_are_plain() -> None:
    """The prose of the product has no old-fashioned or vague word."""
    hold(each for path in CODE for each in retired(prose(path), PRONOUNS))


def test_docstrings_and_comments_of_tests_and_sandbox_are_plain() -> None:
    """The prose of tests and sandbox has no retired, old-fashioned or vague word."""
    paths = (*TESTS, *SANDBOX)
    hold(each for path in paths for each in retired(prose(path), PROSE_NOUNS | PRONOUNS))


def test_stored_words_are_in_their_own_modules() -> None:
    """No other string of the product has one."""
    paths = (path for path in CODE if relative(path) not in STORED)
    hold(each for path in paths for each in retired(strings(path), NOUNS))


TOLD = ("Wants ", " wants ", "You may not ", " may not use", "Those that there are", "mend each")
"""Retired in texts that people read: needs, can't, isn't allowed to, open requests, fix."""


def test_texts_of_the_product_are_plain() -> None:
    """Strings of code that people read in Slack, in the log or on a command line."""
    found = (each for path in CODE for each in strings(path))
    hold(str(each._replace(text=told)) for each in found for told in TOLD if told in each.text)


def test_scripts_and_pages_have_no_retired_word() -> None:
    """Lua, JavaScript and style sheets; in pages, the texts for people are free."""
    hold(each for path in (*SCRIPTS, *PAGES) for each in retired(lines(path), PROSE_NOUNS))
    hold(each for path in SCRIPTS for each in retired(lines(path), PRONOUNS))


@pytest.mark.parametrize("path", sorted({*DOCUMENTS} - {STYLE}), ids=relative)
def test_documents_have_no_retired_word(path: Path) -> None:
    """Documents use the glossary's terms; the glossary's section of stored names is free."""
    hold(retired(documented(path), PROSE_NOUNS | PRONOUNS))


def documented(path: Path) -> Iterator[Found]:
    """List the lines of a document, up to the glossary's section of stored names."""
    for line in lines(path):
        if line.text == "## Stored names":
            return
        yield line


@pytest.mark.parametrize("path", SETTINGS, ids=relative)
def test_policies_and_settings_of_tools_have_no_retired_word(path: Path) -> None:
    """Comments and help texts of these files use the glossary's terms."""
    hold(retired(lines(path), PROSE_NOUNS | PRONOUNS))


def test_no_file_of_the_product_has_a_retired_name() -> None:
    """Neither files nor directories."""
    named = [*path_parts((*modules(*PRODUCT), *SCRIPTS, *PAGES))]
    hold([*retired(named, NAME_PARTS), *whole(named, MODULE_NAMES)])


def test_no_document_has_a_retired_name() -> None:
    """Neither files nor directories."""
    hold(retired(path_parts(DOCUMENTS), NAME_PARTS | PRONOUNS))


def test_no_file_of_tests_and_sandbox_has_a_retired_name() -> None:
    """Neither files nor directories."""
    hold(retired(path_parts((*TESTS, *SANDBOX)), TEST_NAME_PARTS))


def test_no_test_fixture_or_class_has_a_retired_name() -> None:
    """Test functions, fixtures, helpers and classes that the tests define."""
    hold(each for path in TESTS for each in retired(definitions(path), TEST_NAME_PARTS))


def test_no_name_of_the_sandbox_is_retired() -> None:
    """Classes and functions that the sandbox defines."""
    hold(each for path in SANDBOX for each in retired(definitions(path), SANDBOX_NAME_PARTS))


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
    """The checks compare whole words, so they find none inside a longer word."""
    assert words(text) == expected
