"""The list itself."""

import re
from pathlib import Path

TRAPS = 35


def test_each_of_the_traps_has_one_test() -> None:
    """T1 to T35: none is missing, and none stands twice"""
    texts = [file.read_text() for file in sorted(Path(__file__).parent.glob("test_*.py"))]
    found = [
        int(n) for text in texts for n in re.findall(r"^(?:async )?def test_t(\d\d)_", text, re.M)
    ]
    assert list(range(1, TRAPS + 1)) == sorted(found)


def test_each_of_them_says_what_guard_it_keeps() -> None:
    """In the first line of its docstring"""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for name, doc in re.findall(
            r'^(?:async )?def (test_t\d\d_\w+)\(.*?\n    """(.*?)"""', file.read_text(), re.M | re.S
        ):
            assert doc.startswith("Guard: "), name
