"""The one table of a rotation's steps, and its times."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest

from bot.domain.key_roles import KeyRole
from bot.domain.requests.changes import reviewed
from bot.domain.requests.machine import Moved, Request, State, Unchanged
from bot.domain.requests.rotation_terms import RotationTerms
from bot.domain.requests.rotation_times import end_of, next_look, nudged
from bot.domain.requests.terms import Waiver
from bot.domain.rotation import (
    ACTING,
    FINAL,
    STEPS,
    By,
    Phase,
    Rotation,
    Step,
    step,
)
from tests.unit.requests_made import TERMS, in_state, word

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
TYPED: Final = {"test", "extend", "deployed", "signer", "rollback", "delete", "abort"}
"""What a person types, or presses."""


def walks() -> Iterator[tuple[Rotation, ...]]:
    """Every way from the start, without a phase twice, by the first one who may take each step."""
    ways: list[tuple[Rotation, ...]] = [(Rotation(AT),)]
    while ways:
        way = ways.pop()
        yield way
        for (phase, taken), (to, by) in STEPS.items():
            if phase is way[-1].phase and to not in {it.phase for it in way}:
                after = step(way[-1], taken, min(by), AT)
                assert after
                ways.append((*way, after))


def test_every_phase_is_reached_and_every_end_is_final() -> None:
    """Four ends: done, kept, aborted; and no step leads out of them"""
    assert set(Phase) == {way[-1].phase for way in walks()}
    assert {"done", "kept", "aborted"} == FINAL
    for phase, taken, by in product(FINAL, Step, By):
        assert step(Rotation(AT, phase), taken, by, AT) is None


def test_a_step_is_taken_by_those_of_the_table_alone() -> None:
    """In any phase, by anyone"""
    for phase, taken, by in product(Phase, Step, By):
        way = STEPS.get((phase, taken))
        after = step(Rotation(AT, phase), taken, by, AT + DAY)
        assert (way.to if way and by in way.by else None) == (after and after.phase)


def test_a_person_takes_the_steps_that_can_be_typed() -> None:
    """No other"""
    assert {taken for (_, taken), way in STEPS.items() if By.PERSON in way.by} == TYPED


def test_nothing_is_deleted_that_was_not_disabled_for_its_soak_and_confirmed() -> None:
    """On every way to the deletion"""
    for way in walks():
        phases = [it.phase for it in way]
        if Phase.DELETING in phases:
            assert [Phase.SOAKING, Phase.RIPE, Phase.DELETING] == phases[
                phases.index(Phase.DELETING) - 2 : phases.index(Phase.DELETING) + 1
            ]
            assert {By.PERSON} == STEPS[Phase.RIPE, Step.DELETE].by


def test_the_old_key_stops_after_the_new_pair_was_tested_alone() -> None:
    """On every way; a rotation that was not tested has no end by time"""
    for way in walks():
        phases = [it.phase for it in way]
        if Phase.RETIRING in phases:
            assert Phase.OVERLAP in phases[: phases.index(Phase.RETIRING)]
            assert way[phases.index(Phase.RETIRING)].stops
    untested = Rotation(AT, Phase.OVERLAP, until=AT + DAY)
    assert end_of(untested) is None


def test_until_the_deletion_it_can_be_taken_back() -> None:
    """In each phase on the way there; an abort knows whether the old key may be disabled"""
    beyond = FINAL | {Phase.DELETING, Phase.NAMING, Phase.ABORTING}
    for way in walks():
        last = way[-1]
        back = step(last, Step.ABORT, By.PERSON, AT)
        assert (back is None) == (last.phase in beyond)
        if back:
            assert (last.stops, last.moved) == (back.stops, back.moved)


def test_each_phase_that_is_not_an_end_is_looked_at_again() -> None:
    """Once it is created; what acts is due at once, and a reminder follows each that was sent"""
    for way in walks():
        last = way[-1]
        waits = last.phase in {Phase.PLANNED, Phase.CREATED} | FINAL
        assert (next_look(last) is None) == waits
        if last.phase in ACTING:
            assert next_look(last) == last.since
        for _ in range(3):
            at = next_look(last)
            reminded = nudged(last, at) if at else last
            assert waits or next_look(reminded)
            last = reminded


@pytest.mark.parametrize(("hours", "count"), [(0, 0), (11, 0), (12, 1), (20, 1), (22, 2), (30, 2)])
def test_reminders_come_at_half_and_at_nine_tenths_of_the_grace(hours: int, count: int) -> None:
    """Late ones are sent once"""
    both = step(Rotation(AT, Phase.TESTING), Step.PROVE, By.ENGINE, AT)
    assert both
    assert count == nudged(both, AT + timedelta(hours=hours)).nudged
    assert end_of(both) == AT + DAY


def test_more_time_counts_from_the_press() -> None:
    """Two presses at once give no more than one"""
    both = step(Rotation(AT, Phase.TESTING), Step.PROVE, By.ENGINE, AT)
    assert both
    later = step(both, Step.EXTEND, By.PERSON, AT + DAY / 2, grace=2 * DAY)
    assert later
    assert (AT + 2.5 * DAY, 0) == (later.until, later.nudged)
    assert later == step(later, Step.EXTEND, By.PERSON, AT + DAY / 2, grace=2 * DAY)


def test_a_compromised_key_has_no_grace_and_is_never_enabled_again() -> None:
    """Its overlap is over at once, tested or not"""
    leaked = Rotation(AT, Phase.TESTING, compromised=True, stops=True)
    both = step(leaked, Step.PROVE, By.ENGINE, AT)
    assert both
    assert AT == end_of(both) == next_look(both)
    soaking = Rotation(AT, Phase.SOAKING, compromised=True, until=AT + DAY)
    assert step(soaking, Step.ROLL_BACK, By.PERSON, AT) is None


def test_what_is_rolled_back_has_its_grace_again() -> None:
    """And nothing says any more that Keysmith disabled the old key"""
    soaking = Rotation(AT, Phase.SOAKING, until=AT + 14 * DAY, tested_at=AT, stops=True)
    reviving = step(soaking, Step.ROLL_BACK, By.PERSON, AT + DAY)
    assert reviving
    both = step(reviving, Step.REVIVED, By.ENGINE, AT + DAY)
    assert both
    assert (Phase.OVERLAP, AT + 2 * DAY, False) == (both.phase, both.until, both.stops)


def test_approvers_vote_on_everything_that_is_frozen() -> None:
    """Another successor, grace or role is another request"""
    one = RotationTerms("ci-bot-c1", DAY)
    others = [
        *(replace(one, successor="x"), replace(one, grace=2 * DAY), replace(one, roles=())),
        *(replace(one, roles=(KeyRole("r1", "Viewer"),)), replace(one, signs=True)),
        *(replace(one, last=True), replace(one, compromised=True), replace(one, soak=DAY)),
        *(replace(one, changed=True), replace(one, grave=True), replace(one, held=True)),
    ]
    marks = [replace(TERMS, rotation=it).fingerprint for it in (None, one, *others)]
    assert len(set(marks)) == len(marks) - 1  # roles that can't be read, and none


def test_a_key_that_leaked_is_reviewed_by_two_people() -> None:
    """A second review of one person counts no more than the first"""

    def then(request: Request, name: str) -> Request:
        after = reviewed(request, word(name))
        assert isinstance(after, Moved)
        return after.request

    leaked = Rotation(AT, Phase.CREATED, compromised=True)
    request = replace(in_state(State.CLAIMABLE), waived=Waiver.EMERGENCY, rotation=leaked)
    once = then(request, "ann")
    assert once.unreviewed
    assert Unchanged(once) == reviewed(once, word("ann"))
    twice = then(once, "bob")
    assert (False, 2) == (twice.unreviewed, len(twice.reviews))
    assert not then(replace(request, rotation=None), "ann").unreviewed
