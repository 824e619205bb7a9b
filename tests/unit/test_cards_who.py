"""People are mentioned, and roles are named: no answer shows a raw id of Slack's or of a role."""

from typing import Final

import pytest

from bot.cards.kit import render
from bot.cards.outcomes import card_of
from bot.cards.who import role_name
from bot.domain.outcomes.groups import MemberUnclear
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserRefused, UserUnclear, WhichUser
from tests.unit.outcomes_made import outcomes

MEMBER: Final = "U0SAM0001"


def about_a_member() -> list[Outcome]:
    """Outcomes of commands that name a member of Slack whom Cloudinary does not know."""
    kinds = NoSuchUser | UserRefused | UserUnclear | MemberUnclear
    made = [each for each in outcomes(f"@{MEMBER}") if isinstance(each, kinds)]
    return [it for it in made if not isinstance(getattr(it, "search", None), WhichUser)]


@pytest.mark.parametrize("outcome", about_a_member(), ids=lambda it: it.kind)
def test_a_member_is_mentioned(outcome: Outcome) -> None:
    """Their id is in no text that people read"""
    blocks = str(render(card_of(outcome)).blocks)
    mentions = blocks.count(f"'user_id': '{MEMBER}'")
    assert blocks.count(MEMBER) == mentions


@pytest.mark.parametrize(
    ("role_id", "name"),
    [
        ("cld::role::account::reports", "Reports"),
        ("cld::role::account::master_admin", "Master Admin"),
        ("cld::role::prodenv::media_library_user", "Media Library User"),
        ("custom-keys", "custom-keys"),
    ],
)
def test_a_role_of_cloudinarys_own_is_named(role_id: str, name: str) -> None:
    """As its Console names it"""
    assert name == str(role_name(role_id).text)
