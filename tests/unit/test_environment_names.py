"""Names of new environments: derived, refused, and suggested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.confusables import looks
from bot.domain.commands.environments import CreateEnvironment
from bot.domain.commands.grammar import read, write
from bot.domain.environment_names import (
    PlaceNameReason,
    cloud_name_of,
    cloud_problem,
    name_problem,
    numbered,
)
from bot.domain.environments import Environment

OTHERS = [Environment("e1", "Shop dev", "shop-dev"), Environment("e2", "Shop dev 2", "shop-dev-2")]


@pytest.mark.parametrize(
    ("name", "cloud_name"),
    [("Shop dev", "shop-dev"), ("  Zoë's_Küche! ", "zoe-s-kuche"), ("東京", ""), ("--", "")],
)
def test_a_cloud_name_is_derived_from_letters_and_digits(name: str, cloud_name: str) -> None:
    """Without accents; some names have none"""
    assert cloud_name == cloud_name_of(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("SHOP DEV", PlaceNameReason.TAKEN),
        ("Shop  dev", PlaceNameReason.ALIKE),
        ("Sh0p dev", PlaceNameReason.ALIKE),
        ("shop-dev", PlaceNameReason.ALIKE),
        ("Shop\u202edev", PlaceNameReason.HIDDEN),
        ("Shop qa", None),
    ],
)
def test_a_name_is_like_no_other(name: str, reason: PlaceNameReason | None) -> None:
    """Nor like a cloud name"""
    found = name_problem(name, OTHERS, looks)
    assert reason == (found and found.reason)


@given(st.text(min_size=1, max_size=128).filter(str.strip))
def test_a_suggestion_is_free_and_can_be_typed(name: str) -> None:
    """Whatever is there"""
    cloud = cloud_name_of(name) or "x"
    others = [*OTHERS, Environment("e3", name, cloud)]
    free, cloud_free = numbered(name, " ", others, looks), numbered(cloud, "-", others, looks)
    if name_problem(name, [], looks) is None:
        assert name_problem(free, others, looks) is None
    assert cloud_problem(cloud_free, others, looks) is None
    command = CreateEnvironment("x", cloud_free)
    assert command == read(write(command))
