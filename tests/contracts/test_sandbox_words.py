"""The sandbox's pages speak plain English."""

import re
from pathlib import Path

from sandbox import company

SANDBOX = Path(__file__).parents[2] / "sandbox"
RETIRED = re.compile(
    r"\b(nobody|whoever|somebody|everybody|does not|is not|cannot|made|e-mail|alone)\b",
    re.IGNORECASE,
)
TEXT = re.compile(r'"([A-Z][^"]* [^"]*)"|`([A-Z][^`]* [^`]*)`|>([A-Z][^<>]* [^<>]*)<')


def shown() -> list[str]:
    """Every text of the pages, and the company's own words."""
    files = [*SANDBOX.glob("*/page/**/*.js"), *SANDBOX.glob("*/page/*.html")]
    found = [TEXT.findall(file.read_text()) for file in [*files, SANDBOX / "slack/openid/pages.py"]]
    texts = ["".join(groups) for one in found for groups in one]
    texts = [text for text in texts if not re.match(r"M[\d.]+ ", text)]  # an icon's path
    return [
        *texts,
        *(channel.purpose for channel in company.CHANNELS),
        *(group.description for group in company.USER_GROUPS),
        *(person.title for person in company.PEOPLE),
    ]


def test_no_page_has_a_retired_phrase_or_a_long_sentence() -> None:
    """At most 25 words"""
    texts = shown()
    assert len(texts) > 50
    assert [text for text in texts if RETIRED.search(text)] == []
    sentences = [one for text in texts for one in re.split(r"[.!?] ", text)]
    assert [one for one in sentences if len(one.split()) > 25] == []
