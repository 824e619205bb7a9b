"""A link says in which language its page is."""

import pytest

from bot.domain.links import in_language
from bot.domain.secret import Secret

LINK = "https://keysmith.example/s/abc"


@pytest.mark.parametrize(
    ("locale", "query"),
    [
        *(("de-DE", "?lang=de"), ("pt_BR", "?lang=pt"), ("HE", "?lang=he"), ("", "")),
        *(("<b>", ""), ("a&b", ""), ("de#x", ""), ("дe", ""), ("-", "")),
    ],
)
def test_only_a_language_gets_into_the_address(locale: str, query: str) -> None:
    """Before the key, which stays as it is; what is no language is left out"""
    assert in_language(Secret(f"{LINK}#key?x"), locale).show() == f"{LINK}{query}#key?x"
