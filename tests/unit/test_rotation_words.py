"""Sentences about rotations, owners and deletions whose meaning depends on what they are about."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.commands.oversight import ShowAudit
from bot.domain.key_roles import KeyRole
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.key_records import OwnerOvertaken
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.oversight import AuditShown
from bot.domain.people import Actor
from bot.domain.policy import Action
from bot.domain.requests.rotation_terms import RotationTerms
from tests.unit.outcomes_made import located
from tests.unit.requests_made import PENDING, TERMS

ONE: Final = (KeyRole("r1", "Uploader"),)
TWO: Final = (*ONE, KeyRole("r2", "Viewer"))


@pytest.mark.parametrize(
    ("roles", "changed", "said"),
    [
        (ONE, True, "New key: ci-bot-c1, with another role: Uploader."),
        (TWO, True, "New key: ci-bot-c1, with other roles: Uploader and Viewer."),
        (ONE, False, "New key: ci-bot-c1, with the same role: Uploader."),
        (
            TWO,
            False,
            "New key: ci-bot-c1, with the same roles: Uploader and Viewer. Both keys work",
        ),
    ],
)
def test_the_roles_of_a_new_key_are_a_sentence(
    roles: tuple[KeyRole, ...], said: str, *, changed: bool
) -> None:
    """Of one and of several, the same ones and others"""
    rotation = RotationTerms("ci-bot-c1", timedelta(hours=24), roles=roles, changed=changed)
    terms = replace(TERMS, key="814", action=Action.KEY_ROTATE, rotation=rotation)
    assert said in plain(posted(replace(PENDING, terms=terms)))


def test_a_key_without_an_owner_any_more_is_told_so() -> None:
    """A sentence of its own, for the one with an owner is about a person"""
    here = located("ci-bot")
    assert "has no owner any more since you asked." in plain(card_of(OwnerOvertaken(here, None)))
    other = plain(card_of(OwnerOvertaken(here, Actor("T1", "U2"))))
    assert "has another owner since you asked: " in other


def test_a_deletion_is_not_told_as_done_before_it_is_confirmed() -> None:
    """It asks for the name first"""
    stop = KeyProtected(located("ci-bot"), ProtectionReason.DELETION, "rotation c1 delete")
    said = plain(card_of(stop))
    assert "can't be undone" in said
    assert "is deleted" not in said


def test_a_duration_is_no_point_in_time() -> None:
    """The audit log of some days"""
    said = plain(card_of(AuditShown(ShowAudit(since=timedelta(days=7)), (), 0, 0)))
    assert "From the last 7 days." in said
