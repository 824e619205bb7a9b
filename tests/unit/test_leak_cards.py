import pytest

from bot.cards.kit import plain, render
from bot.cards.leaks import DISABLE, DISMISS, REVIEW, ROTATE, incident_card, person_card, told
from bot.domain.incidents import TURNS, IncidentState, News, Turn
from bot.domain.keys import ProtectionReason
from handlers.actions import VERBS
from tests.unit.cards_drawn import BLOCKS
from tests.unit.leaks_made import incident_of

PRESSED = {
    IncidentState.ASKED: [DISABLE, ROTATE, DISMISS],
    IncidentState.ESCALATED: [DISABLE, ROTATE, DISMISS],
}


@pytest.mark.parametrize("state", IncidentState)
def test_an_incident_is_drawn_in_every_state(state: IncidentState) -> None:
    """With the buttons that may be pressed then, whatever is known of it"""
    for held in (None, *ProtectionReason):
        incident = incident_of("ci-bot", state, held=held, unproven=bool(held), by="Ann")
        drawn = render(incident_card(incident))
        BLOCKS.validate(list(drawn.blocks))
        buttons = [it.command for it in incident_card(incident).buttons]
        root = held is ProtectionReason.ROOT  # such a key is never rotated
        assert [it for it in PRESSED.get(state, []) if not root or it != ROTATE] == buttons
        assert "ci-bot" in drawn.text
        for news in News:
            BLOCKS.validate(list(render(person_card(incident, news, "C1")).blocks))
            if follows := told(incident, news):
                BLOCKS.validate(list(render(follows).blocks))


def test_every_button_has_a_command() -> None:
    """A press may run it"""
    assert {DISABLE, DISMISS, REVIEW, ROTATE} <= VERBS.keys()


def test_what_keysmith_did_by_itself_is_to_be_reviewed() -> None:
    """Until a person has"""
    incident = incident_of("ci-bot", IncidentState.DISABLED, automatic=True)
    assert [REVIEW] == [it.command for it in incident_card(incident).buttons]
    reviewed = incident_of("ci-bot", IncidentState.DISABLED, automatic=True, reviewed_by="Ann")
    assert () == incident_card(reviewed).buttons
    assert "Reviewed by Ann" in plain(incident_card(reviewed))


def test_every_state_is_reached_and_every_turn_leads_somewhere() -> None:
    """By the one table"""
    reached = {IncidentState.REPORTED, *TURNS.values()}
    assert set(IncidentState) == reached
    assert {turn for _, turn in TURNS} == set(Turn)
