import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.pending import OwnKey, PendingCredentials, PendingState, owned
from bot.domain.people import Actor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLAIM = PendingCredentials(
    "c1", Actor("T1", "U1"), "e1", "Staging", "lumen-staging", "814", "ci-bot", AT
)


def test_a_fingerprint_is_short_enough_to_compare_by_eye() -> None:
    """Eight digits in two groups"""
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}", CLAIM.fingerprint)


@pytest.mark.parametrize(
    "other",
    [
        replace(CLAIM, id="c2"),
        replace(CLAIM, owner=Actor("T1", "U2")),
        replace(CLAIM, owner=Actor("T1", "U1", "E1")),
        replace(CLAIM, environment_id="e2"),
        replace(CLAIM, api_key="815"),
        replace(CLAIM, name="ci-bot-2"),
    ],
)
def test_a_fingerprint_changes_with_any_of_the_terms(other: PendingCredentials) -> None:
    """So that an owner can't be shown one thing and given another"""
    assert CLAIM.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    "later",
    [
        replace(CLAIM, state=PendingState.CLAIMED),
        replace(CLAIM, environment_name="Staging EU", cloud_name="lumen-eu"),
    ],
)
def test_a_fingerprint_stays_the_same_in_every_state(later: PendingCredentials) -> None:
    """Card, audit log and page show the same"""
    assert CLAIM.fingerprint == later.fingerprint


def test_terms_cannot_run_into_one_another() -> None:
    """A name that contains the neighbouring field is still a name"""
    one = replace(CLAIM, api_key="814", name="5")
    assert one.fingerprint != replace(CLAIM, api_key="8145", name="").fingerprint


def test_only_the_keys_of_the_person_are_their_own() -> None:
    """A store that names another person's key as well gives no right to it"""
    mine, other = OwnKey(CLAIM.owner, "e1", "814"), OwnKey(Actor("T1", "U2"), "e1", "815")
    assert {"814": "e1"} == owned(CLAIM.owner, [mine, other], [])
