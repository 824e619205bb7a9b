"""A link says in which language its page is."""

import json

import pytest

from bot.domain.languages import ENGLISH
from bot.domain.links import in_language
from bot.domain.secret import Secret
from handlers.page_words import texts

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


@pytest.mark.parametrize("signs_in", [False, True])
def test_the_footer_of_a_link_with_a_passphrase_says_all_that_it_asks_for(signs_in: bool) -> None:  # noqa: FBT001
    """Its script shows it in place of the sentence without a passphrase"""
    page = texts(ENGLISH, "", None, signs_in=signs_in)
    person = "Only the person this link was created for can open it"
    assert (page["who_opens"] == f"{person}.") is signs_in
    said = f"{person}, with its passphrase." if signs_in else ""
    shown = json.loads(page["script"])["passphrase"]
    assert shown == (said or "This link opens only with its passphrase.")
