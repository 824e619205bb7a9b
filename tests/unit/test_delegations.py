from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from bot.domain.delegations import Delegation
from bot.domain.people import Actor, Person

AT: Final = datetime(2026, 3, 1, tzinfo=UTC)
ADA: Final = Actor("T1", "U1")
MIA: Final = Actor("T1", "U2")
OTHER: Final = Actor("T1", "U3")
DELEGATION: Final = Delegation(
    ADA, MIA, AT, by_id="u-ada", to_id="u-mia", mailbox="ada@x.example", to_mailbox="mia@x.example"
)
FORMER: Final = Delegation(ADA, MIA, AT)
"""Of a version that kept neither Cloudinary users nor mailboxes."""


@pytest.mark.parametrize(
    ("delegation", "person", "is_to"),
    [
        (DELEGATION, Person(MIA, "Mia", "new@x.example", cloudinary_id="u-new"), True),
        (DELEGATION, Person(OTHER, "Mia", "new@x.example", cloudinary_id="u-mia"), True),
        (DELEGATION, Person(OTHER, "Mia", "Mia+2@x.example", cloudinary_id="u-new"), True),
        (DELEGATION, Person(OTHER, "Tom", "tom@x.example", cloudinary_id="u-tom"), False),
        (DELEGATION, Person(ADA, "Ada", "ada@x.example", cloudinary_id="u-ada"), False),
        (FORMER, Person(MIA, "Mia", "mia@x.example", cloudinary_id="u-mia"), True),
        (FORMER, Person(OTHER, "Tom", "", cloudinary_id=None), False),
        (replace(FORMER, to=None), Person(OTHER, "Tom", "", cloudinary_id=""), False),
    ],
    ids=[
        *("Slack user", "Cloudinary user", "mailbox", "another person", "the principal"),
        *("former record", "nothing known", "ended"),
    ],
)
def test_a_delegate_is_one_person_from_any_account(
    delegation: Delegation, person: Person, *, is_to: bool
) -> None:
    """By the Slack user, the Cloudinary user or the mailbox; what is not known is no one's"""
    assert is_to is delegation.is_to(person)
