"""Lists of a large account: paged or cut, and they say so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from bot.cards.kit import MAX_CHOICES, Card, offering, plain
from bot.cards.outcomes import card_of
from bot.domain.commands.keys import ListKeys
from bot.domain.environments import Environment
from bot.domain.outcomes.access import Introduced
from bot.domain.outcomes.environments import EnvironmentsListed
from bot.domain.outcomes.keys import KeysListed
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserShown
from bot.domain.pages import page_of
from bot.domain.people import CloudinaryUser, Role
from tests.unit.outcomes_made import located, person

PLACES: Final = tuple(Environment(f"e{n}", f"Brand {n} dev", f"brand-{n}") for n in range(200))


LISTS: Final[dict[str, Callable[[int, int], Outcome]]] = {
    "env list": lambda count, page: EnvironmentsListed(PLACES[:count], page=page),
    "whoami": lambda count, page: Introduced(person("Ann"), PLACES[:count], None, page),
}
"""Both lists of environments: so many, at a page."""


def pressed(card: Card) -> dict[str, int | None]:
    """The buttons of a card, and the pages to which they turn."""
    return {str(each.label): each.page for each in card.buttons}


@pytest.mark.parametrize("which", LISTS)
def test_environments_are_listed_in_pages(which: str) -> None:
    """Each on one page, in order, with the way to the others"""
    seen = list[str]()
    for page in range(10):
        card = card_of(LISTS[which](200, page))
        text = plain(card)
        assert f"Page {page + 1} of 10." in text
        seen += [place.name for place in PLACES if f"{place.name}" in text.replace("(", ":")]
        turns = {"Previous": page - 1, "Next": page + 1}
        assert pressed(card) == {name: to for name, to in turns.items() if 0 <= to < 10}
    assert len(seen) >= len(PLACES)
    assert set(seen) == {place.name for place in PLACES}
    beyond = plain(card_of(LISTS[which](200, 99)))
    assert "Page 10 of 10." in beyond


@pytest.mark.parametrize("which", LISTS)
def test_a_short_list_has_no_pages(which: str) -> None:
    """Nor anything to turn"""
    card = card_of(LISTS[which](20, 0))
    assert "Page" not in plain(card)
    assert not card.buttons


def test_the_filter_of_a_list_says_how_many_environments_it_leaves_out() -> None:
    """And leads to all of them"""
    outcome = KeysListed((located("ci-bot"),), 0, 1, 1, ListKeys(), places=PLACES)
    menu = card_of(outcome).filters[0]
    assert len(menu.choices) == MAX_CHOICES
    last = menu.choices[-1]
    assert ("102 more: list environments", "env list") == (str(last.label), last.command)
    assert "Brand 97 dev" == str(menu.choices[-2].label.text)  # type: ignore[union-attr]  # a text
    fits = card_of(replace(outcome, places=PLACES[: MAX_CHOICES - 1])).filters[0]
    assert (MAX_CHOICES, "Brand 98 dev") == (len(fits.choices), fits.choices[-1].label.text)  # type: ignore[union-attr]  # a text


def test_the_chosen_environment_is_always_in_the_filter() -> None:
    """However many there are"""
    command = ListKeys(env="brand-199")
    outcome = KeysListed((located("ci-bot"),), 0, 1, 1, command, places=PLACES)
    menu = card_of(outcome).filters[0]
    assert menu.chosen in menu.choices
    assert len(offering([card_of(outcome)])) < 250


def test_a_user_is_shown_with_the_first_of_many_environments() -> None:
    """And the number of the others"""
    user = CloudinaryUser(
        "u1",
        "Ann",
        "ann@lumen.example",
        Role.ADMIN,
        enabled=True,
        pending=False,
        all_environments=False,
    )
    shown = UserShown(user, False, "", tuple(it.name for it in PLACES), (), ())  # noqa: FBT003  # as it stands
    assert "Brand 9 dev and 190 more" in plain(card_of(shown))


@pytest.mark.parametrize(("number", "shown"), [(0, (0, 1)), (1, (2,)), (9, (2,)), (-1, (0, 1))])
def test_a_page_that_is_not_there_is_the_nearest_one(number: int, shown: tuple[int, ...]) -> None:
    """A list may have become shorter"""
    assert shown == page_of(range(3), number, 2).shown
    assert () == page_of([], number, 2).shown
