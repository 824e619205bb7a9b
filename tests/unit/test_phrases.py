"""Phrases keep values apart from messages, in every language."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.kit import bold, card, line, plain, render
from bot.domain.languages import ENGLISH, English, Joint
from bot.domain.phrases import (
    Capital,
    Lasting,
    Listed,
    Mention,
    Moment,
    Span,
    Text,
    msg,
    plural,
    spread,
    worded,
)

AT = datetime(2026, 11, 29, 10, tzinfo=UTC)
TYPED = st.text(st.characters(exclude_categories=["Cs"]))


class Backwards(English):
    """A language with another order, other plurals and other lists than English."""

    code = "xx"

    def one(self, message: str) -> str:
        """Put the values in another order."""
        return {"{who} asks for {what}.": "{what}: {who} `asks {what}`"}.get(message, message)

    def many(self, one: str, many: str, count: int) -> str:
        """Choose the other form."""
        return many if count == 1 else one

    def between(self, joint: Joint, *, last: bool) -> str:
        """Tell the last two apart."""
        return f" {joint.upper()} " if last else "; "


def test_a_value_goes_where_the_language_wants_it() -> None:
    """And as what it is, except within what to type, where it is text"""
    phrase = msg("{who} asks for {what}.", who=Mention("U1"), what=bold("ci"))
    assert list(spread(phrase, ENGLISH)) == [
        *(Mention("U1"), Text(" asks for "), bold("ci"), Text("."))
    ]
    assert list(spread(phrase, Backwards())) == [
        *(bold("ci"), Text(": "), Mention("U1"), Text(" "), Text("asks ci", code=True))
    ]


@given(typed=TYPED)
def test_a_value_is_never_read_as_a_message(typed: str) -> None:
    """Whatever braces and backticks it has"""
    assert worded(msg("`/cld key show {name}` of {name}", name=Text(typed))) == (
        f"/cld key show {typed} of {typed}"
    )


@pytest.mark.parametrize(("count", "said"), [(0, "0 keys"), (1, "1 key"), (2, "2 keys")])
def test_a_number_chooses_the_form(count: int, said: str) -> None:
    """In English"""
    assert str(plural("{count} key", "{count} keys", count)) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")],
)
def test_values_are_listed_as_people_list_them(names: tuple[str, ...], said: str) -> None:
    """With what the language puts between them"""
    listed = Listed(tuple(map(Text, names)), "or")
    assert worded(listed) == said
    assert worded(listed, Backwards()) == said.replace(",", ";").replace("or", "OR")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Lasting(timedelta(days=1)), "1 day"),
        (Lasting(timedelta(hours=36)), "36 hours"),
        (Moment(AT), "29 November 2026 10:00 UTC"),
        (msg("None."), "None."),
        (Capital(msg("not sent yet")), "Not sent yet"),
        (Capital(msg("éteint")), "Éteint"),
        (Capital(msg("承認待ち")), "承認待ち"),
        (bold(msg("Done {when}", when=Lasting(timedelta(hours=1)))), "Done 1 hour"),
        (msg("{inner} more", inner=plural("{count} key", "{count} keys", 2)), "2 keys more"),
    ],
)
def test_a_span_has_words(span: Span, said: str) -> None:
    """Where there is nothing but text"""
    assert worded(span) == said


def test_a_card_is_rendered_in_a_language() -> None:
    """Blocks and fallback text; a terminal has English"""
    drawn = card(line(msg("{who} asks for {what}.", who=bold("mia"), what=bold("ci"))))
    assert render(drawn, (), Backwards()).text == "ci: mia asks ci"
    assert "ci" in str(render(drawn, (), Backwards()).blocks)
    assert plain(drawn) == "mia asks for ci."
