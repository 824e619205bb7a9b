import json
from importlib.resources import files
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.adapters.confusables import looks, skeleton
from bot.domain.environments import Environment
from bot.domain.keys import Key, Located, find
from bot.domain.names import NameProblem, NameReason, is_hidden, name_problem

PLACE: Final = Environment("e1", "Shop", "shop")
API_KEY: Final = "814000000000001"


def key(name: str, api_key: str = API_KEY) -> Key:
    """A key with this name."""
    return Key(api_key, name, enabled=True, root=False, created_at=None, updated_at=None)


def reason(new: str, old: str = "ci-bot") -> NameReason | None:
    """Why the new name is refused beside the old one."""
    problem = name_problem(new, [key(old)], looks)
    return problem.reason if problem else None


ALIKE: Final = {
    "c\u0456-bot": "ci-bot",  # Cyrillic
    "c\u0131-bot": "ci-bot",  # without a dot
    "c1-bot": "cl-bot",
    "cI-bot": "cl-bot",
    "ci\u2010bot": "ci-bot",
    "\uff43\uff49-bot": "ci-bot",  # full width
    "\U0001d41c\U0001d422-bot": "ci-bot",  # mathematical
    "rnobile": "mobile",
    "\u0440\u0430\u0443\u0440\u0430l": "paypal",
    "ci  bot": "ci bot",
    "ci\u00a0bot": "ci bot",
    "ci-bot ": "ci-bot",
    "cafe\u0301": "caf\u00e9",
    "\ufb01le": "file",
    "CI-BOT": "ci-bot",
    "Ci-bot": "cI-Bot",
    "stra\u00dfe": "STRASSE",
    "C\u0456-BOT": "ci-bot",
    "ci-b0t": "ci-bot",
    "CI-B0T": "ci-bot",
    "app-1O": "app-10",
}


@pytest.mark.parametrize(("new", "old"), ALIKE.items(), ids=map(ascii, ALIKE))
def test_a_name_that_looks_like_another_is_refused(new: str, old: str) -> None:
    """Whichever of the two is there first"""
    assert NameReason.ALIKE is reason(new, old)
    assert NameReason.ALIKE is reason(old, new)


@pytest.mark.parametrize("new", ["ci-bot", "ci-bot-2", "ci-robot", "C1-ROBOT", "d\u00e9ploi"])
def test_other_names_are_not(new: str) -> None:
    """The same name exactly is taken, not alike: the flow says so"""
    assert reason(new) is None


@pytest.mark.parametrize(
    "hidden",
    [
        "\ufe0f",
        "\u200d",
        "\u200b",
        "\u202e",
        "\u2066",
        "\U000e0041",
        "\u0378",
        "\U000e0100",
        "\u3164",
    ],
    ids=ascii,
)
def test_a_name_with_hidden_characters_is_refused(hidden: str) -> None:
    """Variation selectors, joiners, controls of direction, tags, unassigned code points"""
    assert NameReason.HIDDEN is reason(f"new{hidden}name")
    assert skeleton("ci-bot") == skeleton(f"ci{hidden}-bot")


@pytest.mark.parametrize(
    "name",
    [
        API_KEY,
        "814000000000002",
        "814OOOOOOOOOOO1",
        "8140000000O000l",
        "\uff18" * 15,
        "\u0668" * 15,
    ],
    ids=ascii,
)
def test_a_name_like_an_api_key_is_refused(name: str) -> None:
    """Of this environment's keys in any spelling, and of any other key in digits"""
    assert NameReason.API_KEY is reason(name)


@pytest.mark.parametrize("name", ["key:x", "name:x", "KEY: x", " name:x", "key\uff1ax"], ids=ascii)
def test_a_name_that_begins_like_a_search_is_refused(name: str) -> None:
    """It could not be typed"""
    assert NameReason.PREFIX is reason(name)


DATA: Final[dict[str, list[dict[str, str]]]] = json.loads(
    (files("confusable_homoglyphs") / "confusables.json").read_text(encoding="utf-8")
)


@given(st.lists(st.sampled_from(sorted(DATA)), max_size=8), st.data())
def test_a_skeleton_is_that_of_every_text_of_look_alikes(
    parts: list[str], data: st.DataObject
) -> None:
    """Each character replaced by one of those that Unicode calls confusable"""
    plain = [part for part in parts if skeleton(part) and len(skeleton(part)) == len(part) == 1]
    assume(plain)
    others = [data.draw(st.sampled_from([each["c"] for each in DATA[part]])) for part in plain]
    pairs = zip(plain, others, strict=True)
    assume(all(skeleton(each) == skeleton(other) for each, other in pairs))
    assert looks("".join(plain)) & looks("".join(others))


def test_the_data_leaves_almost_no_pair_apart() -> None:
    """UTS 39 decomposes first: pairs of composed characters with other accents stay apart"""
    apart = [
        (text, each["c"])
        for text, others in DATA.items()
        for each in others
        if skeleton(text) != skeleton(each["c"])
    ]
    assert len(apart) < 50


@given(st.text(max_size=40))
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    """So the comparison does not depend on which of two names is there first"""
    assert skeleton(text) == skeleton(skeleton(text))
    assert not any(map(is_hidden, skeleton(text)))


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_being_alike_goes_both_ways(one: str, other: str) -> None:
    """A name that is refused beside another one refuses that one too"""
    first, second = reason(one, other), reason(other, one)
    if first is NameReason.ALIKE and second is not None:
        assert second in {
            NameReason.ALIKE,
            NameReason.HIDDEN,
            NameReason.PREFIX,
            NameReason.API_KEY,
        }
    if {first, second} <= {NameReason.ALIKE, None}:
        assert first is second


CI: Final = Located(key("ci-bot"), PLACE)
THIEF: Final = Located(key(API_KEY, "814000000000009"), PLACE)
"""A key whose name is the API key of the other one."""


def test_an_api_key_always_wins_over_a_name() -> None:
    """In any order"""
    for known in ([CI, THIEF], [THIEF, CI]):
        assert [CI] == find(API_KEY, known)
        assert [CI] == find(f"key:{API_KEY}", known)
        assert [THIEF] == find(f"name:{API_KEY}", known)
        assert [THIEF] == find("814000000000009", known)
        assert [] == find("key:ci-bot", known)


keys = st.builds(
    key,
    st.text("ci8:ney", max_size=5) | st.sampled_from(["814000000000001", "key:x", "name:x"]),
    st.integers(814000000000000, 814000000000009).map(str),
)


@given(st.lists(keys, min_size=1, max_size=8, unique_by=lambda it: it.api_key))
def test_every_key_can_be_reached(known: list[Key]) -> None:
    """By its API key, with and without the prefix; by its name, unless that is another one's too"""
    located = [Located(each, PLACE) for each in known]
    for here in located:
        assert [here] == find(here.key.api_key, located) == find(f"key:{here.key.api_key}", located)
        namesakes = [each for each in located if each.key.name == here.key.name]
        assert namesakes == find(f"name:{here.key.name}", located)
        if len(namesakes) == 1:
            assert [here] == find(here.key.typed, located)


def test_a_problem_names_the_key_in_the_way() -> None:
    """So that a person can look at it"""
    assert NameProblem(NameReason.ALIKE, key("ci-bot")) == name_problem(
        "c\u0456-bot", [key("other", "1"), key("ci-bot")], looks
    )
