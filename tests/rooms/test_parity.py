"""docs/parity.md has a row for all that Cloudinary's account APIs and its API Keys page can do."""

import inspect
import re
from pathlib import Path
from typing import Final

import cloudinary.provisioning
import pytest
import yaml

from bot.domain.commands.registry import COMMANDS

ROOT: Final = Path(__file__).parents[2]
FUNCTIONS, OPERATIONS, PAGE = (ROOT / "docs/parity.md").read_text().split("\n## ")[1:]
DOCUMENT: Final = ROOT / "tests/schemas/cloudinary/account-provisioning-openapi.yaml"
SHORT: Final = {
    "/v1_1/provisioning/accounts/{account_id}": "P",
    "/v2/accounts/{account_id}/permissions": "Q",
}
METHODS: Final = ("get", "post", "put", "patch", "delete")
Row = tuple[str, list[str], str]


def rows(section: str) -> list[Row]:
    """A table's rows: what can be done, the commands, and the reason or the way."""
    found = re.findall(r"^\| `([^`]+)` \|(.*?)\|(.*)\|$", section, re.MULTILINE)
    return [(what, re.findall("`([^`]+)`", by), reason.strip()) for what, by, reason in found]


TABLES: Final = (FUNCTIONS, OPERATIONS, PAGE)
EVERY: Final = [row for table in TABLES for row in rows(table)]


def functions() -> list[str]:
    """Every public function of the library's module."""
    module = cloudinary.provisioning
    return [name for name, _ in inspect.getmembers(module, inspect.isfunction) if name[0] != "_"]


def operations() -> list[str]:
    """Every operation of the OpenAPI document."""
    paths = yaml.safe_load(DOCUMENT.read_text())["paths"]
    return [
        f"{method.upper()} {shortened(path)}"
        for path, found in paths.items()
        for method in METHODS
        if method in found
    ]


def shortened(path: str) -> str:
    """A path as the table writes it."""
    for long, short in SHORT.items():
        path = path.replace(long, short)
    return path


def test_every_function_has_one_row() -> None:
    """None is missing, and none is left of an older version"""
    assert sorted(functions()) == sorted(what for what, _, _ in rows(FUNCTIONS))


def test_every_operation_has_one_row() -> None:
    """Likewise"""
    assert sorted(operations()) == sorted(what for what, _, _ in rows(OPERATIONS))


@pytest.mark.parametrize("row", EVERY, ids=lambda row: row[0])
def test_a_row_has_a_command_or_says_why_not(row: Row) -> None:
    """The command exists"""
    _, commands, reason = row
    assert commands or reason.endswith(".")
    assert set(commands) <= {spec.name for spec in COMMANDS}


@pytest.mark.parametrize("noun", ["env", "key", "user", "group"])
def test_every_command_of_a_noun_is_in_a_row_or_is_keysmiths_own(noun: str) -> None:
    """What Cloudinary has no call for is listed here"""
    records = {"key owner", "key note", "key adopt", "key tag"}
    own = {"env tier", "key brownout", *records}
    named = {command for _, commands, _ in EVERY for command in commands}
    known = {spec.name for spec in COMMANDS} - own
    assert {each for each in known if each.startswith(f"{noun} ")} <= named


def test_every_table_line_is_a_row() -> None:
    """A row that the pattern does not match would hide"""
    heads = 2 * len(TABLES)
    lines = [line for table in TABLES for line in table.splitlines()]
    assert len(EVERY) == sum(line.startswith("|") for line in lines) - heads
