"""The list of traps."""

import re
from pathlib import Path

TRAPS = 35
NUMBERED = re.compile(r"^(?:async )?def test_t(\d\d)_", re.MULTILINE)
GUARDED = re.compile(
    r'^(?:async )?def (test_t\d\d_\w+)\(.*?\n    """(.*?)"""', re.MULTILINE | re.DOTALL
)
"""A test's name and docstring."""


def test_each_of_the_traps_has_one_test() -> None:
    """T1 to T35: none is missing, and none is there twice."""
    texts = [file.read_text() for file in sorted(Path(__file__).parent.glob("test_*.py"))]
    found = [int(number) for text in texts for number in NUMBERED.findall(text)]
    assert list(range(1, TRAPS + 1)) == sorted(found)


def test_each_trap_names_its_guard() -> None:
    """In the first line of its docstring."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for name, doc in GUARDED.findall(file.read_text()):
            assert doc.startswith("Guard: "), name
