"""Cards and forms in each language: complete, and within Slack's limits."""

import os
from collections.abc import Iterator
from typing import Any, Final

import pytest

from bot.adapters.languages import Languages
from bot.cards.answers import Answer
from bot.cards.forms import Form, checking_view, form_of, form_view
from bot.cards.home import home, home_view
from bot.cards.kit import Message, offering, plain_text, render
from bot.cards.outcomes import card_of
from bot.cards.request_details import details_view
from bot.domain.answers import Sending, Way
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import COMMANDS
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH, Language
from bot.domain.outcomes.union import Outcome
from tests.flows.harness import TECH
from tests.unit.cards_drawn import BLOCKS, VIEW, frame, is_escaped, strings
from tests.unit.outcomes_made import AT, crowded, outcomes
from tests.unit.test_cards import by_type
from tests.unit.test_cards_home import full
from tests.unit.test_cards_requests import messages, requests

Json = Any
LANGUAGES: Final = Languages().all
OTHERS: Final = [each for code, each in LANGUAGES.items() if code != "en"]

spoken = pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)


def test_keysmith_speaks_six_languages() -> None:
    """Their catalogues are complete: `tests/rooms/test_messages.py`"""
    assert {"de", "en", "es", "fr", "he", "ja"} == set(LANGUAGES)
    assert {"rtl"} == {LANGUAGES[code].direction for code in ("he",)}
    assert {"ltr"} == {it.direction for code, it in LANGUAGES.items() if code != "he"}


@spoken
def test_every_card_is_valid_by_slacks_schema(language: Language) -> None:
    """And differs from the English one where it has words"""
    same = []
    for outcome in [*outcomes("ci-bot"), *crowded(30)]:
        card = card_of(outcome)
        ids = [f"offer{number}" for number in range(len(offering([card])))]
        drawn = render(card, ids, language)
        BLOCKS.validate(list(drawn.blocks))
        if drawn == render(card, ids):
            same.append(type(outcome).__name__)
    assert not same


@spoken
@pytest.mark.parametrize("given", [(), (("emergency", "yes"),)], ids=["usual", "emergency"])
def test_every_form_is_valid_by_slacks_schema(
    language: Language, given: tuple[tuple[str, str], ...]
) -> None:
    """Titles and buttons have 24 characters at most"""
    for spec in (it for it in COMMANDS if it.required):
        known = tuple(each for each in given if each[0] in spec.fields)
        VIEW.validate(form_view(Form(Incomplete(spec, known)), "offer0", language))


@spoken
@pytest.mark.parametrize(("way", "short"), [(Way.DIRECT, 0), (Way.URL, 1), (Way.URL, 2)])
def test_an_answer_that_comes_elsewhere_or_cut_short_says_so_in_its_language(
    language: Language, way: Way, short: int
) -> None:
    """Where the answer itself is"""
    message = Message("said", ({"type": "section", "text": plain_text("said")},))
    answer = Answer(TECH, Reply(url="u", channel="C1"), message, Sending(AT, way, AT, short=short))
    assert "said" in answer.shown(language).text or short
    assert answer.shown(language) != answer.shown(ENGLISH)


HOSTILE: Final = {
    "tricks": "<!channel> <http://evil.example|ok> *b* _i_ ~s~ `c` ```d``` &lt;!here&gt; :key:"
    " {name} {0} {} {{x}} %s %(name)s"
    " \u202egnp \u05d0\u05d1\u05d2 \u2066x\u2069 fine\nApproved by Ann",
    "long": "\U0001f511\U0001f468\u200d\U0001f4bb" + "n" * 255,
}
LIMITS: Final = {
    *(("option", "value", 150), ("option", "text", 75), ("button", "text", 75)),
    *(("placeholder", "text", 150), ("title", "text", 24), ("submit", "text", 24)),
    *(("close", "text", 24), ("label", "text", 2000), ("hint", "text", 2000)),
    *(("header", "text", 150), ("plain", "text", 3000)),
}

hostile = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)


def drawn_outcome(outcome: Outcome, language: Language) -> Message:
    """Render an outcome's card."""
    card = card_of(outcome)
    return render(card, [f"offer{at}" for at, _ in enumerate(offering([card]))], language)


def drawn_views(name: str, language: Language) -> list[Json]:
    """Every view with this name in each place: App Home, details, and forms as they are filled."""
    tab = home(full(name))
    forms = [form_of(each) for each in outcomes(name)]
    typed = [
        Form(Incomplete(spec, tuple((each, name) for each in able)))
        for spec in COMMANDS
        if spec.required
        for able in [[each for each, field in spec.fields.items() if not field.problem(name)]]
    ]
    return [
        home_view(tab, [f"o{at}" for at, _ in enumerate(offering(tab))], language),
        *(details_view(each, language) for each in requests(name)[:3]),
        *(form_view(each, "o1", language) for each in (*filter(None, forms), *typed)),
        *(checking_view(drawn_outcome(each, language), language) for each in outcomes(name)[:3]),
    ]


def too_long(value: Json, at: str = "") -> Iterator[tuple[str, str]]:
    """Find what is longer than Slack allows, by its documented limits."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from too_long(each, at)
    if not isinstance(value, dict):
        return
    if "value" in value and "text" in value and "type" not in value:
        at = "option"
    text = value.get("text")
    kind = at or str(value.get("type", ""))
    for name, field, most in LIMITS:
        found = value.get(field)
        if name == kind and isinstance(found, str) and len(found) > most:
            yield kind, found
        if name == kind and isinstance(text, dict) and field == "text" and len(text["text"]) > most:
            yield kind, text["text"]
    if len(str(value.get("initial_value", ""))) > int(value.get("max_length", 3000)):
        yield "initial_value", value["initial_value"]
    for key, inner in value.items():
        yield from too_long(inner, key if key in {name for name, *_ in LIMITS} else "")


def part(name: str, language: Language) -> list[Outcome]:
    """Every fifth of an outcome's examples, another fifth for each language, and its first."""
    step = 1 if "FUZZ_EXAMPLES" in os.environ else len(OTHERS)
    start = 0 if step == 1 else OTHERS.index(language)
    every = by_type(outcomes(name)).values()
    return [each for found in every for each in [*found[:1], *found[1:][start::step]]]


@spoken
def test_no_name_is_more_than_text_in_any_language(language: Language) -> None:
    """Neither on the card of an outcome nor on that of a request; nothing is too long for Slack

    Each language draws its part of the examples of an outcome; in `make fuzz`, all of them.
    """
    name = HOSTILE["tricks"]
    for odd, usual in zip(part(name, language), part("x" * 80, language), strict=True):
        drawn, plain_ = drawn_outcome(odd, language), drawn_outcome(usual, language)
        assert frame(plain_) == frame(drawn)
        assert is_escaped(drawn.text)
        assert not [*too_long(list(drawn.blocks))]
    for drawn, plain_ in zip(messages(name, language), messages("x", language), strict=True):
        assert frame(plain_) == frame(drawn)
        assert is_escaped(drawn.text)
        assert not [*too_long(list(drawn.blocks))]


@spoken
@hostile
def test_every_view_with_a_hostile_name_is_one_that_slack_takes(
    name: str, language: Language
) -> None:
    """And shows it as text"""
    for view in drawn_views(name, language):
        VIEW.validate(view)
        assert not [*too_long(view)]
        marked = [
            text for kind, field, text in strings(view) if (kind, field) == ("mrkdwn", "text")
        ]
        assert not [text for text in marked if name in text]
