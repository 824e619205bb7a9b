import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.environments import (
    TIER_WORDS,
    Environment,
    FixedTier,
    Tier,
    TierReason,
    UnreadableTier,
)
from bot.domain.people import Actor

PLACE = Environment("e1", "Shop", "shop-cloud")
FIXED = FixedTier(
    Tier.DEVELOPMENT, Actor("T1", "U1"), "Ann", datetime(2026, 3, 1, tzinfo=UTC), "j1"
)

NAMES = {
    "Shop": Tier.PRODUCTION,
    "": Tier.PRODUCTION,
    "Production": Tier.PRODUCTION,
    "shop-live": Tier.PRODUCTION,
    "Staging": Tier.STAGING,
    "PREVIEW": Tier.STAGING,
    "qa-2": Tier.STAGING,
    "UAT": Tier.STAGING,
    "QA": Tier.STAGING,
    "Shop stage": Tier.STAGING,
    "Development": Tier.DEVELOPMENT,
    "Ann's sandbox": Tier.DEVELOPMENT,
    "Sandbox 2": Tier.DEVELOPMENT,
    "dev_eu": Tier.DEVELOPMENT,
    "Café dev": Tier.DEVELOPMENT,
    "\uff33hop dev": Tier.DEVELOPMENT,
    "Testing": Tier.DEVELOPMENT,
    # Words of two tiers.
    "prod-test": Tier.PRODUCTION,
    "Live preview": Tier.PRODUCTION,
    "test-staging": Tier.PRODUCTION,
    # Words that only begin like a tier's, or hold one.
    "Device photos": Tier.PRODUCTION,
    "Devon shop": Tier.PRODUCTION,
    "Testimonials": Tier.PRODUCTION,
    "Developer portal (customers)": Tier.PRODUCTION,
    "tests": Tier.PRODUCTION,
    "Latest": Tier.PRODUCTION,
    "Qatar": Tier.PRODUCTION,
    "Nostalgia": Tier.PRODUCTION,
    # Digits and changes of case inside a word.
    "dev2": Tier.PRODUCTION,
    "shopDev": Tier.PRODUCTION,
    "Prod1 dev": Tier.PRODUCTION,
    "shopProd dev": Tier.PRODUCTION,
    "qa3 dev": Tier.PRODUCTION,
    # What only looks like another name.
    "\uff30rod dev": Tier.PRODUCTION,
    "\U0001d40frod dev": Tier.PRODUCTION,
    "pród dev": Tier.PRODUCTION,
    "\u0440rod dev": Tier.PRODUCTION,  # a Cyrillic letter
    "pro\u200bd dev": Tier.PRODUCTION,
    "pro\ufe0fd dev": Tier.PRODUCTION,
    "dev\u202e dorp": Tier.PRODUCTION,
}


@pytest.mark.parametrize(("name", "tier"), NAMES.items())
def test_a_name_gives_the_tier(name: str, tier: Tier) -> None:
    """By its whole words; production where there is none, or it is uncertain"""
    assert tier == replace(PLACE, name=name).tier


@given(st.text(), st.sampled_from(["prod", "live", "production"]), st.text())
def test_a_name_with_production_is_production(before: str, word: str, after: str) -> None:
    """In any spelling"""
    assert replace(PLACE, name=f"{before} {word.upper()} {after}").tier is Tier.PRODUCTION


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@given(st.lists(st.sampled_from([*TIER_WORDS, "Shop", "eu", "2"]), min_size=1))
def test_only_words_of_one_tier_lower_it(words: list[str]) -> None:
    """Any number of them, in any script that NFKC makes the same"""
    tiers = {TIER_WORDS[word] for word in words if word in TIER_WORDS}
    expected = tiers.pop() if len(tiers) == 1 else Tier.PRODUCTION
    for name in (" ".join(words), "-".join(words).upper(), "_".join(words).translate(FULL_WIDTH)):
        assert replace(PLACE, name=name).tier is expected


@given(
    st.sampled_from(list(TIER_WORDS)),
    st.text(st.characters(categories=["L", "N"]), min_size=1),
    st.booleans(),
)
def test_a_word_that_is_longer_is_no_tiers_word(word: str, more: str, before: bool) -> None:  # noqa: FBT001  # drawn
    """Letters or digits on either side of it"""
    name = more + word if before else word + more
    assume(unicodedata.normalize("NFKC", name).casefold() not in TIER_WORDS)
    assume(more.isalnum() and unicodedata.normalize("NFKC", more).isalnum())
    assert replace(PLACE, name=name).tier is Tier.PRODUCTION


@given(st.text(), st.characters(categories=["Cf", "Cn", "Co", "Mn", "Me", "Zl"]), st.text())
def test_what_can_hide_a_word_is_production(before: str, hidden: str, after: str) -> None:
    """Accents aside: a name is not the more trusted for what no one sees"""
    assume(not "\u0300" <= hidden <= "\u036f")
    assert replace(PLACE, name=f"{before}{hidden}{after} dev").tier is Tier.PRODUCTION


def test_a_fixed_tier_counts_whatever_the_name_says() -> None:
    """And the reason says so"""
    place = replace(PLACE, name="Live", fixed=FIXED)
    assert (Tier.DEVELOPMENT, TierReason.FIXED) == place.tier_and_reason


def test_a_record_that_cannot_be_read_is_production() -> None:
    """Although the name says development"""
    place = replace(PLACE, name="Shop dev", fixed=UnreadableTier())
    assert (Tier.PRODUCTION, TierReason.UNREADABLE) == place.tier_and_reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Shop dev", TierReason.NAMED),
        ("Shop", TierReason.UNNAMED),
        ("dev2", TierReason.UNCERTAIN),
        ("prod-test", TierReason.UNCERTAIN),
    ],
)
def test_a_name_gives_the_reason(name: str, reason: TierReason) -> None:
    """For the card and for `check`"""
    assert reason is replace(PLACE, name=name).tier_and_reason[1]


@pytest.mark.parametrize("word", ["Shop", "shop", "SHOP-cloud", "e1"])
def test_an_environment_answers_to_its_names_and_its_id(word: str) -> None:
    """In upper or lower case"""
    assert PLACE.answers_to(word)


@pytest.mark.parametrize("word", ["", "sho", "shop ", "E1"])
def test_an_environment_answers_to_nothing_else(word: str) -> None:
    """Prefixes do not match; an id is exact"""
    assert not PLACE.answers_to(word)
