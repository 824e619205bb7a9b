"""Every act on random keys: one that moves the webhook signer is guarded, and no other is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.environments import Environment
from bot.domain.keys import WEBHOOKS, Key, Located, ProtectionReason, changes_of, signer
from bot.domain.policy import Action
from bot.domain.signing import Act, Planned, SignerMove, breakage, move_of
from tests.unit.test_keys import DEDICATED, NEW, OFF, OLD

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = Environment("e1", "Staging", "lumen-staging")


def _key(number: int, age: int | None, purposes: tuple[str, ...], *, enabled: bool) -> Key:
    at = None if age is None else NOON - timedelta(hours=age)
    return Key(str(number), f"k{number}", enabled, number == 0, at, at, purposes)


_ages = st.none() | st.integers(0, 3)
_purposes = st.sampled_from([(), (WEBHOOKS,), ("mail",), ("mail", WEBHOOKS)])


@st.composite
def _sets(draw: st.DrawFn) -> list[Key]:
    """Draw keys of an environment, as a person in the Console may have left them."""
    count = draw(st.integers(1, 6))
    keys = [
        _key(number, draw(_ages), draw(_purposes), enabled=draw(st.booleans()))
        for number in range(count)
    ]
    return draw(st.permutations(keys))


@st.composite
def _planned(draw: st.DrawFn) -> tuple[list[Key], Planned]:
    keys = draw(_sets())
    return keys, Planned(draw(st.sampled_from(Act)), draw(st.sampled_from(keys)))


@given(_planned())
def test_an_act_is_guarded_if_and_only_if_it_takes_the_signing_from_a_key(
    given_: tuple[list[Key], Planned],
) -> None:
    """By the keys as they are before and after it"""
    keys, planned = given_
    before, after = signer(keys), signer(planned.after(keys))
    same = (before and before.api_key) == (after and after.api_key)
    move, reason = move_of(keys, planned), breakage(keys, planned)
    assert (move is None) is same
    assert (reason is not None) is (not same and before is not None)
    if reason:
        assert (reason is ProtectionReason.LAST_ENABLED) is (after is None)


@given(_planned())
def test_an_act_that_was_done_moves_nothing_again(given_: tuple[list[Key], Planned]) -> None:
    """A job that runs again is not stopped by its own effect"""
    keys, planned = given_
    after = planned.after(keys)
    again = next((key for key in after if key.api_key == planned.key.api_key), None)
    if again:
        assert move_of(after, replace(planned, key=again)) is None


@given(_planned())
def test_once_the_signer_is_pinned_only_its_own_loss_moves_it(
    given_: tuple[list[Key], Planned],
) -> None:
    """So pinning first is an answer to every other guard"""
    keys, planned = given_
    signs = signer(keys)
    if signs is None:
        return
    pin = Planned(Act.PIN, signs)
    assert move_of(keys, pin) is None
    pinned = pin.after(keys)
    key = next(key for key in pinned if key.api_key == planned.key.api_key)
    moved = move_of(pinned, replace(planned, key=key))
    own = key.api_key == signs.api_key
    assert moved is None or own or planned.act is Act.PIN


@given(_sets())
def test_a_new_key_signs_only_where_no_other_is_enabled(keys: list[Key]) -> None:
    """It is younger than all others"""
    new = replace(_key(99, None, (), enabled=False), created_at=NOON + timedelta(days=1))
    move = move_of(keys, Planned(Act.ENABLE, new))
    assert (move is None) is (signer(keys) is not None)
    assert move is None or (not move.breaks and move.new == "99")


def test_the_last_enabled_key_is_protected() -> None:
    """Every program of the environment would stop, which matters more than webhooks"""
    last = ProtectionReason.LAST_ENABLED
    assert breakage([OLD, OFF], Planned(Act.DISABLE, OLD)) is last
    assert breakage([DEDICATED], Planned(Act.DELETE, DEDICATED)) is last


def test_the_signer_of_webhooks_is_protected() -> None:
    """Disabling it, or enabling an older one, silently changes the signature"""
    assert breakage([OLD, NEW], Planned(Act.DISABLE, OLD)) is ProtectionReason.WEBHOOK_SIGNER
    assert breakage([OLD, OFF], Planned(Act.ENABLE, OFF)) is ProtectionReason.WEBHOOK_SIGNER
    assert breakage([OLD, NEW], Planned(Act.DISABLE, NEW)) is None


def test_a_move_is_the_same_by_api_keys() -> None:
    """Names may change between a request and its execution"""
    move = SignerMove("1", "a", "2", "b")
    assert move.is_same(SignerMove("1", "x", "2", "y"))
    assert not move.is_same(SignerMove("1", "a", "3", "b"))
    assert not move.is_same(None)


def test_a_key_offers_its_pin_while_it_is_enabled_and_not_pinned() -> None:
    """A root key too: it may be the signer that has to be kept"""

    def offers(key: Key) -> bool:
        return Action.KEY_WEBHOOK in changes_of(Located(key, PLACE))

    assert [True, False, False] == [offers(key) for key in (OLD, OFF, DEDICATED)]
    assert changes_of(Located(replace(OLD, root=True), PLACE)) == (Action.KEY_WEBHOOK,)
