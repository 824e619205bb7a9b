"""What wraps the key of a link meanwhile: which browser, which link, late, after a new key."""

from datetime import timedelta
from typing import Final

import pytest

from bot.adapters.keyring import Keyring
from bot.adapters.vault import FieldSealer, decode, sign_in_sealer
from bot.domain.sign_in import BEGUN_FOR, SIGNED_IN_FOR, WRAPPED_FOR
from bot.flows.links.wrapping import Wrappings
from bot.flows.round_trips import Sealer
from tests.fakes.clock import FakeClock

LINK: Final = "link-of-tom"
KEY: Final = b"k" * 32
COOKIE: Final = 4096
"""Bytes that every browser keeps of one."""


def made(clock: FakeClock, *keys: bytes) -> Wrappings:
    """Make it as a process does that has these keys."""
    return Wrappings(sign_in_sealer(Keyring(keys or (KEY,))), clock)


def test_a_browser_gets_its_key_back_for_this_link_until_its_end() -> None:
    """Its cookie shows nothing of it, and is small"""
    clock = FakeClock()
    key, carried = made(clock).give(LINK, "")
    assert len(decode(key.show())) == 32
    assert carried.about == LINK
    assert key.show() not in carried.sealed
    assert len(carried.sealed) < COOKIE / 8
    assert WRAPPED_FOR == BEGUN_FOR + SIGNED_IN_FOR
    clock.go_on(seconds=(WRAPPED_FOR - timedelta(seconds=1)).total_seconds())
    assert made(clock).read(LINK, carried.sealed) == key
    assert made(clock).read("another", carried.sealed) is None
    clock.go_on(seconds=1)
    assert made(clock).read(LINK, carried.sealed) is None


def test_each_browser_and_each_link_has_a_key_of_its_own() -> None:
    """Two tabs of one browser share it, for as long again; one that is over is not given again"""
    clock = FakeClock()
    key, carried = made(clock).give(LINK, "")
    assert made(clock).give(LINK, "")[0] != key
    assert made(clock).give("another", carried.sealed)[0] != key
    clock.go_on(seconds=WRAPPED_FOR.total_seconds() - 1)
    again, renewed = made(clock).give(LINK, carried.sealed)
    assert again == key
    clock.go_on(seconds=1)
    assert made(clock).read(LINK, renewed.sealed) == key
    assert made(clock).give(LINK, carried.sealed)[0] != key


def test_it_survives_a_restart_and_a_new_key_of_keysmith() -> None:
    """A process without the former key gives nothing, and the link is opened again"""
    clock = FakeClock()
    key, carried = made(clock).give(LINK, "")
    assert made(clock, b"n" * 32, KEY).read(LINK, carried.sealed) == key
    assert made(clock, b"n" * 32).read(LINK, carried.sealed) is None


@pytest.mark.parametrize("kind", ["wrapping", "session", "attempt"])
@pytest.mark.parametrize("place", ["browser", "redis"])
def test_nothing_else_that_is_sealed_passes_for_it(kind: str, place: str) -> None:
    """Not a session, whose values look alike, and not a text that is sealed for Redis"""
    clock, ring = FakeClock(), Keyring((KEY,))
    sealer: Sealer = sign_in_sealer(ring) if place == "browser" else FieldSealer(ring)
    ends = (clock.now() + WRAPPED_FOR).isoformat()
    sealed = sealer.seal(f'["{kind}", "{LINK}", "value", "{ends}"]')
    found = made(clock).read(LINK, sealed)
    assert bool(found) == ((kind, place) == ("wrapping", "browser"))
    assert made(clock).read(LINK, sealed[:-4] + "AAAA") is None
