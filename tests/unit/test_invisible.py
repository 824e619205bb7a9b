import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.invisible import shown

SHOWN = {
    "ci-bot": "ci-bot",
    "Zo\u00eb \u6771 \u05d0": "Zo\u00eb \u6771 \u05d0",
    "\U0001f511\ufe0f": "\U0001f511\ufe0f",
    "ci\u200b-bot": "ci\u27e8U+200B\u27e9-bot",
    "ci\u200d-bot": "ci\u27e8U+200D\u27e9-bot",
    "\u200cci": "\u27e8U+200C\u27e9ci",
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627": "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "\U0001f469\u200d\U0001f4bb": "\U0001f469\u200d\U0001f4bb",
    "\u202egnp.exe": "\u27e8U+202E\u27e9gnp.exe",
    "\u2067ab\u2069": "\u27e8U+2067\u27e9ab\u27e8U+2069\u27e9",
    "fine\nApproved": "fine \u21b5 Approved",
    "fine\r\nApproved\u2028!": "fine \u21b5 Approved \u21b5 !",
    "a\tb\u00a0c\u3000d": "a b c d",
    "\ufeff\u00ad": "\u27e8U+FEFF\u27e9\u27e8U+00AD\u27e9",
    "a\u3164b\u2800c": "a\u27e8U+3164\u27e9b\u27e8U+2800\u27e9c",
    "\x00\x9b": "\u27e8U+0000\u27e9\u27e8U+009B\u27e9",
    "\ud800": "\u27e8U+D800\u27e9",
    "\U000e0041": "\u27e8U+E0041\u27e9",
}


@pytest.mark.parametrize(("text", "seen"), SHOWN.items())
def test_invisible_characters_are_written_out(text: str, seen: str) -> None:
    """Visible characters are unchanged, and so are joiners that shape letters"""
    assert seen == shown(text)


@given(st.text())
def test_every_text_shows_on_one_line(text: str) -> None:
    """No character reverses the line, ends it, or is invisible"""
    categories = {unicodedata.category(char) for char in shown(text)} - {"Mn"}
    joiners = {char for char in shown(text) if unicodedata.category(char) == "Cf"}
    assert not categories & {"Cc", "Co", "Cs", "Zl", "Zp"}
    assert joiners <= {"\u200c", "\u200d"}
    assert len(shown(text).splitlines()) <= 1


@given(st.text())
def test_writing_it_again_changes_nothing(text: str) -> None:
    """A second pass changes nothing"""
    assert shown(text) == shown(shown(text))


def test_every_control_of_direction_is_known() -> None:
    """All that Unicode has"""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
    chars = map(chr, range(sys.maxunicode + 1))
    turning = [char for char in chars if unicodedata.bidirectional(char) in directions]
    assert turning
    assert [] == [char for char in turning if char in shown(f"a{char}b")]
