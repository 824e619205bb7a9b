"""Whose vote may rest on a sign-in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.people import Actor
from bot.domain.sign_in import SignedVote

ANN = Actor("T1", "U1")
AT = datetime(2026, 3, 1, tzinfo=UTC)
SIGNED = SignedVote("r1", "print", ANN, AT + timedelta(minutes=5))


def test_a_sign_in_backs_its_persons_vote_on_its_terms_in_its_time() -> None:
    """No other person's, on no other terms, not a moment later"""
    assert SIGNED.backs(replace(ANN, enterprise_id="E1"), "print", AT)
    assert not SIGNED.backs(Actor("T1", "U2"), "print", AT)
    assert not SIGNED.backs(Actor("T2", "U1"), "print", AT)
    assert not SIGNED.backs(ANN, "other", AT)
    assert not SIGNED.backs(ANN, "print", SIGNED.until)
