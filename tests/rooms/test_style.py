"""What people read follows docs/style.md: no retired phrase, and no long sentence."""

import re
from typing import Final

import pytest

from tests.rooms.test_messages import collected

LONGEST: Final = 25
"""Words in a sentence; what to type counts as one word, and so does a value."""
RETIRED: Final = (
    *("nobody", "whoever", "whomever", "somebody", "anybody", "no-one", "anew", "asker", "so far"),
    *("lest", "thereof", "hence", "shall", "upon", "errand", "deed"),
    *(r"wants? (?:1|\d|the|a person)", "that wants", "the word of", "(?:your|their|my) word"),
    *("broke the glass", "breaking the glass", "break the glass", "agree to", "agreed", "objected"),
    *(
        "goes like this",
        "is called",
        "are called",
        "stands twice",
        "as it stands",
        "letter by letter",
    ),
    *("one word too many", "no such verb", "what is:", "those that there are", "there is none"),
    *("nothing was done", "nothing was changed", "is made", "was made", "makes a new"),
    *("is being told", "will be told", "is told", "are told", "at cloudinary", "may look"),
    *("treated as", "put that right", "that role may not", "take it back", "takes it back"),
    *("wait for their owner", "waits for its owner", "wait for you", "other than (?:you|who)"),
    "e-mails?",
    *("to be had", "for good and all", "ask once more", "look after", "has to look"),
)
"""As `/cld` says it: regular expressions, matched at word boundaries and without case."""
_SPAN: Final = re.compile(r"`[^`]*`|\{\w+\}")
_SENTENCE: Final = re.compile(r"(?<=[.!?:;])\s+|\n")


def said() -> list[str]:
    """Every message, each form of its plural."""
    return sorted(
        text for each in collected() for text in ([each] if isinstance(each, str) else each)
    )


def retired(text: str) -> list[str]:
    """Find the retired phrases of a text; what to type is free."""
    prose = _SPAN.sub("x", text)
    return [it for it in RETIRED if re.search(rf"\b(?:{it})(?!\w)", prose, re.IGNORECASE)]


def long(text: str) -> list[str]:
    """Find the sentences of a text that have too many words."""
    sentences = _SENTENCE.split(_SPAN.sub("x", text))
    return [each for each in sentences if len(each.split()) > LONGEST]


def test_no_message_has_a_retired_phrase() -> None:
    """Plain, modern product English"""
    assert not [f"{text}: {found}" for text in said() if (found := retired(text))]


def test_no_message_has_a_long_sentence() -> None:
    """People read on a phone"""
    assert not [found for text in said() for found in long(text)]


@pytest.mark.parametrize(
    "text", ["Nothing was done.", "It wants 1 approval.", "You will be told.", "Whoever asks."]
)
def test_the_check_sees_a_retired_phrase(text: str) -> None:
    """As former versions wrote it"""
    assert retired(text)


def test_the_check_counts_the_words_of_each_sentence() -> None:
    """A value and a command are one word each"""
    assert not long("word " * 24 + "`/cld key list`. Next one.")
    assert long("word " * 24 + "{name} `/cld key list`. Next one.")
