"""App Home: rows with their buttons, what waits, and what to do where nothing is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.cards.home import MAX_BLOCKS, home, home_view
from bot.cards.kit import offering, plain
from bot.cards.request_states import VOID
from bot.cards.request_states import state as state_of
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.home import OFFERED, Home
from bot.domain.languages import ENGLISH
from bot.domain.recovery import LOST
from bot.domain.requests.machine import State
from bot.domain.requests.terms import Waiver
from tests.unit.cards_drawn import VIEW
from tests.unit.outcomes_made import AT, located, pending, person, request_of
from tests.unit.test_cards_requests import TRICKS

EMPTY = Home(person("Ann"), (), (), (), offered=OFFERED)
"""A newcomer's."""


def full(name: str = "ci-bot") -> Home:
    """One with as much as it shows."""
    asked = [
        request_of(name, State.PENDING),
        replace(request_of(name, State.DONE), waived=Waiver.EMERGENCY),
    ]
    waiting = [replace(asked[at % 2], id=f"{at}a1b") for at in range(10)]
    own = [
        replace(request_of(name, State.CLAIMED), id=f"{at}c1d", made=f"81{at}") for at in range(9)
    ]
    one = located(name)
    keys = [replace(one, key=replace(one.key, api_key=f"81{at}")) for at in range(10)]
    gone = [
        replace(one, deletes_at=AT, key=replace(one.key, api_key=f"91{at}")) for at in range(10)
    ]
    return Home(
        EMPTY.person,
        tuple(waiting),
        (*own, replace(asked[0], id="9e1f")),
        tuple(replace(pending(name), id=f"c{at}") for at in range(10)),
        tuple(keys),
        tuple(gone),
        frozenset({"910"}),
        OFFERED,
        more_waiting=True,
        more_own=True,
    )


def view(of: Home) -> list[Mapping[str, object]]:
    """The blocks of the tab."""
    cards = home(of)
    drawn = home_view(cards, [f"o{at}" for at, _ in enumerate(offering(cards))], ENGLISH)
    VIEW.validate(drawn)
    blocks = drawn["blocks"]
    assert isinstance(blocks, list)
    return blocks


def every(of: object, key: str) -> Iterator[str]:
    """Each text of this name in a payload."""
    if isinstance(of, Mapping):
        yield from (str(it) for name, it in of.items() if name == key and isinstance(it, str))
        yield from (found for it in of.values() for found in every(it, key))
    if isinstance(of, list | tuple):
        yield from (found for it in of for found in every(it, key))


@pytest.mark.parametrize("name", ["ci-bot", *TRICKS])
def test_a_full_tab_is_one_that_slack_takes(name: str) -> None:
    """Within its number of blocks, each action id once, nothing typed as markup"""
    blocks = view(full(name))
    assert len(blocks) < MAX_BLOCKS
    ids = list(every(blocks, "action_id"))
    assert len(ids) == len({*ids})
    marked = [it for it in blocks if "mrkdwn" in set(every(it, "type"))]
    for each in marked:
        fields = str(each["fields"])
        assert name not in fields
        assert "<!date^" in fields or "No end date" in fields


def test_each_row_has_its_own_button() -> None:
    """Beside its text, or under it where there are several"""
    rows = [it for it in view(full()) if it["type"] == "section"]
    beside = [text for it in rows for text in every(it.get("accessory"), "text")]
    assert {"Collect", "Restore", "Disable", "Show", "Cancel request"} == {*beside}
    assert [each["type"] for each in view(full()) if each["type"] == "actions"]


def test_what_waits_is_counted() -> None:
    """Requests, emergencies and keys apart"""
    shown = "\n".join(map(plain, home(replace(full(), more_waiting=False))))
    for text in ("5 requests to decide", "5 emergencies to review", "10 keys to collect"):
        assert text in shown
    assert "Mark reviewed…" in str(view(full()))
    assert "requests pending" not in [each.command for card in home(EMPTY) for each in card.buttons]


def test_a_longer_list_can_be_shown_whole() -> None:
    """A button runs the command that lists all"""
    commands = [each.command for card in home(full()) for each in card.buttons]
    assert {"requests pending", "requests mine", write(Claim("c0"))} <= {*commands}


def test_an_empty_tab_says_what_to_do() -> None:
    """And has one button for it, where the person may use it"""
    shown = str(view(EMPTY))
    assert "No keys yet. Request credentials to get one." in shown
    assert "Nothing is waiting for you." in shown
    assert [*OFFERED] == [each.command for each in home(EMPTY)[0].buttons]
    none = home(replace(EMPTY, offered=()))
    assert not [each for card in none for each in card.buttons]


@pytest.mark.parametrize(
    "of", [EMPTY, replace(EMPTY, keys=full().keys), replace(EMPTY, own=full().own), full()]
)
def test_no_button_is_there_twice(of: Home) -> None:
    """Whatever of the tab is empty"""
    pressed = [(it.label, it.command, it.request_id) for card in home(of) for it in card.buttons]
    assert len(pressed) == len({*pressed})


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("outcome", ["", LOST, VOID])
def test_a_state_that_begins_a_line_begins_in_upper_case(state: State, outcome: str) -> None:
    """What a person typed stays as it is"""
    own = replace(request_of("ci-bot", state), outcome=outcome)
    (row,) = [it for it in view(replace(EMPTY, own=(own,))) if "ci-bot" in str(it)]
    named, shown = str(next(every(row["text"], "text"))).split("\n")
    assert named.startswith("ci-bot in ")
    assert shown[0].isupper()
    assert shown[1:] == str(state_of(own))[1:]
