"""The table of variables for each process, against what each demands."""

from pathlib import Path
from typing import Final

import pytest

from bot.errors import ConfigurationError
from bot.settings import PROCESSES, Settings, WebSettings, WorkerSettings, read_settings
from tests.unit.settings_made import REQUIRED, environment
from tests.variables import Variables

__all__ = ["environment"]

INSTALL: Final = Path(__file__).parents[2] / "docs" / "install.md"
OWN_WAY: Final = {"REDIS_URL"}
"""Two processes share none that is private, which no single one can know."""


def rows() -> dict[str, dict[str, str]]:
    """Read what each process needs of each variable."""
    section = INSTALL.read_text().partition("## Separate processes")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    (_, *processes, _), *found = lines
    return {
        name.strip("` "): dict(zip((it.strip("`") for it in processes), cells, strict=True))
        for names, *cells, _ in found
        for name in names.replace(" or ", ", ").split(", ")
    }


def lacks(kind: type[Settings]) -> bool:
    """Whether a process ends at its start, as the variables are."""
    try:
        read_settings(kind)
    except ConfigurationError:
        return True
    return False


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_demands_what_the_table_says(process: str, environment: Variables) -> None:
    """And starts without what is to be left out"""
    for name, needs in rows().items():
        if name in OWN_WAY:
            continue
        before = environment.pop(name, None)
        needed = needs[process] == "required" and name != "SLACK_APP_TOKEN"
        assert lacks(PROCESSES[process]) is needed, name
        if before is not None:
            environment[name] = before


def test_the_table_has_every_variable_that_is_required(environment: Variables) -> None:
    """A new one has to be decided for each process"""
    assert REQUIRED.keys() <= rows().keys()
    assert environment


def test_the_smallest_set_of_each_process_is_enough(environment: Variables) -> None:
    """All that is to be left out, at once"""
    for process, kind in PROCESSES.items():
        kept = dict(environment)
        for name, needs in rows().items():
            if needs[process] == "leave out":
                environment.pop(name, None)
        assert not lacks(kind), process
        environment.update(kept)


def test_one_process_that_is_both_needs_the_account_key(environment: Variables) -> None:
    """And a wrong one is told in a web process too"""
    del environment["CLOUDINARY_ACCOUNT_URL"]
    assert lacks(Settings)
    assert not read_settings(WebSettings).has_account
    environment["CLOUDINARY_ACCOUNT_URL"] = "account://wrong"
    assert lacks(WebSettings)
    environment["CLOUDINARY_ACCOUNT_URL"] = REQUIRED["CLOUDINARY_ACCOUNT_URL"]
    assert read_settings(WebSettings).has_account


def test_a_worker_knows_that_people_sign_in_without_the_secret(environment: Variables) -> None:
    """A web process exchanges the code"""
    environment["SLACK_CLIENT_ID"] = "1.2"
    assert lacks(WebSettings)
    assert read_settings(WorkerSettings).signs_in
