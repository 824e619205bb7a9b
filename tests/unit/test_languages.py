"""Languages: catalogues, numbers, lists and dates, and which one a reader gets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.languages import Languages
from bot.domain.languages import Language
from bot.domain.phrases import Lasting, Listed, Moment, Text, msg, plural, worded

AT = datetime(2026, 11, 29, 10, tzinfo=UTC)
GERMAN = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "None."
msgstr "Keine."

msgid "{count} key"
msgid_plural "{count} keys"
msgstr[0] "{count} Schlüssel"
msgstr[1] "{count} Schlüssel zusammen"
"""


@pytest.fixture
def languages(tmp_path: Path) -> Languages:
    """English and some German."""
    (tmp_path / "de.po").write_text(GERMAN)
    return Languages(tmp_path)


@pytest.fixture
def german(languages: Languages) -> Language:
    """German."""
    return languages.of_locale("de-DE")


def test_a_message_is_translated(german: Language) -> None:
    """One without a translation stays English"""
    assert worded(msg("None."), german) == "Keine."
    assert worded(msg("Some."), german) == "Some."
    assert worded(plural("{count} key", "{count} keys", 1), german) == "1 Schlüssel"
    assert worded(plural("{count} key", "{count} keys", 2), german) == "2 Schlüssel zusammen"


def test_what_the_language_itself_knows_needs_no_catalogue(german: Language) -> None:
    """Lengths of time, lists and dates"""
    listed = tuple(map(Text, "abc"))
    assert worded(Lasting(timedelta(days=7)), german) == "7 Tage"
    assert worded(Listed(listed), german) == "a, b und c"
    assert worded(Listed(listed, "or"), german) == "a, b oder c"
    assert worded(Moment(AT), german) == "29 November 2026 10:00 UTC"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("de-DE", "de"), ("de_AT", "de"), ("DE", "de"), ("ja-JP", "en"), ("", "en"), ("../de", "en")],
)
def test_a_person_reads_the_language_of_their_slack(
    languages: Languages, locale: str, code: str
) -> None:
    """And English where there is no catalogue of it"""
    assert languages.of_locale(locale).code == code


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        *(("de", "de"), ("de-CH, en;q=0.5", "de"), ("en;q=0.5, de;q=0.9", "de")),
        *(("ja, de;q=0.4", "de"), ("en, de", "en"), ("de;q=0", "en"), ("", "en")),
        *((";;,=,q", "en"), ("de;q=x", "en"), ("*", "en")),
    ],
)
def test_a_browser_gets_the_first_language_that_there_is(
    languages: Languages, accepted: str, code: str
) -> None:
    """By the weights of its header; what can't be read is not wanted"""
    assert languages.of_header(accepted).code == code
