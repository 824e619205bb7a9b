"""Cards and forms in each language: complete, and within Slack's limits."""

from typing import Final

import pytest

from bot.adapters.languages import Languages
from bot.cards.answers import Answer
from bot.cards.forms import Form, form_view
from bot.cards.kit import Message, offering, plain_text, render
from bot.cards.outcomes import card_of
from bot.domain.answers import Sending, Way
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import COMMANDS
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH, Language
from tests.flows.harness import TECH
from tests.unit.cards_drawn import BLOCKS, VIEW
from tests.unit.outcomes_made import AT, crowded, outcomes

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
