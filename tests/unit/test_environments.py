from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.environments import Environment, Tier

PLACE = Environment("e1", "Shop", "shop-cloud")

NAMES = {
    "Shop": Tier.PRODUCTION,
    "": Tier.PRODUCTION,
    "Production": Tier.PRODUCTION,
    "shop-live": Tier.PRODUCTION,
    "Staging": Tier.STAGING,
    "PREVIEW": Tier.STAGING,
    "qa-2": Tier.STAGING,
    "UAT": Tier.STAGING,
    "Development": Tier.DEVELOPMENT,
    "tests": Tier.DEVELOPMENT,
    "Ann's sandbox": Tier.DEVELOPMENT,
    "prod-test": Tier.PRODUCTION,
    "Live preview": Tier.PRODUCTION,
    "test-staging": Tier.STAGING,
    "QA": Tier.STAGING,
    "dev_eu": Tier.DEVELOPMENT,
    "Latest": Tier.PRODUCTION,
    "Qatar": Tier.PRODUCTION,
    "Nostalgia": Tier.PRODUCTION,
}


@pytest.mark.parametrize(("name", "tier"), NAMES.items())
def test_a_name_gives_the_tier(name: str, tier: Tier) -> None:
    """Of two tiers in the name, the more careful; production without any"""
    assert tier == replace(PLACE, name=name).tier


@given(st.text(), st.sampled_from(["prod", "live"]), st.text())
def test_a_name_with_production_is_production(before: str, word: str, after: str) -> None:
    """In any spelling"""
    assert replace(PLACE, name=f"{before} {word.upper()} {after}").tier is Tier.PRODUCTION


@pytest.mark.parametrize("word", ["Shop", "shop", "SHOP-cloud", "e1"])
def test_an_environment_answers_to_its_names_and_its_id(word: str) -> None:
    """In upper or lower case"""
    assert PLACE.answers_to(word)


@pytest.mark.parametrize("word", ["", "sho", "shop ", "E1"])
def test_an_environment_answers_to_nothing_else(word: str) -> None:
    """Prefixes do not match; an id is exact"""
    assert not PLACE.answers_to(word)
