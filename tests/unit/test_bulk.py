from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.bulk import (
    MOVES,
    Bulk,
    Part,
    PartState,
    Result,
    begin,
    moved,
    next_part,
    part_job,
    settle,
)
from bot.domain.commands.grammar import Misunderstood, read, write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.many_keys import DeleteKeys, DisableKeys, ManyKeys, RotateKeys
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job, Reply
from bot.domain.lanes import Lane, lane_of, lane_of_job, waiter
from bot.domain.people import Actor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BULK = Bulk("c1", Actor("T1", "U1"), "", AT, tuple(Part(f"key disable {n}", "") for n in range(4)))


@given(st.sampled_from(PartState), st.sampled_from(Result))
def test_a_part_moves_by_the_table_alone(state: PartState, result: Result) -> None:
    """What is done or skipped stays so"""
    part = replace(BULK.parts[0], state=state)
    if (state, result) in MOVES:
        assert MOVES[state, result] is moved(part, result).state
    else:
        with pytest.raises(ValueError, match="does not"):
            moved(part, result)


@given(st.lists(st.sampled_from([Result.DO, Result.FAIL, Result.SKIP]), max_size=4))
def test_a_run_goes_on_at_the_first_part_that_waits(results: list[Result]) -> None:
    """The same job retries nothing; another one retries what failed, under other ids"""
    bulk = begin(BULK, "j1")
    assert not BULK.resumable
    for at, result in enumerate(results):
        assert at == next_part(bulk)
        bulk = settle(bulk, at, result)
    assert begin(bulk, "j1") == bulk
    again = begin(bulk, "j2")
    for at, (before, after) in enumerate(zip(bulk.parts, again.parts, strict=True)):
        over = before.state in {PartState.DONE, PartState.SKIPPED}
        assert over is (before == after)
        assert over is (part_job(bulk, at) == part_job(again, at))
    assert bulk.resumable is (next_part(again) is not None)


@pytest.mark.parametrize(
    "text",
    ["--owner @U0TOM", "--env staging --stale 180d", "--stale 90d --owner @U0TOM", "--resume c1"],
)
def test_options_choose_many_keys(text: str) -> None:
    """In the normal lane: a list delays no other person's leak response"""
    command = read(f"key disable {text}")
    assert isinstance(command, DisableKeys)
    assert command == read(write(command))
    assert Lane.NORMAL is lane_of(command)
    for verb, build in (("rotate", RotateKeys), ("delete", DeleteKeys)):
        other = read(f'key {verb} {text} --reason "no one uses it"')
        assert isinstance(other, build)
        assert other == read(write(other))
        assert Lane.NORMAL is lane_of(other)


@pytest.mark.parametrize(
    "text",
    ["ci-bot", 'ci-bot --reason "--owner x"', '"--owner" --env staging', "ci-bot --reason --stale"],
)
def test_a_name_means_one_key(text: str) -> None:
    """Whatever stands in its reason"""
    assert isinstance(read(f"key disable {text}"), DisableKey | Misunderstood)
    for verb in ("disable", "rotate", "delete"):
        assert not isinstance(read(f"key {verb} ci-bot {text}"), ManyKeys)


@pytest.mark.parametrize("text", ["--compromised --stale 9d", "--owner @U0TOM --compromised"])
def test_compromised_keys_are_rotated_one_by_one(text: str) -> None:
    """The answer says why, and never widens to a rotation that disables nothing"""
    refused = read(f"key rotate {text}")
    assert isinstance(refused, Misunderstood)
    assert "rotated by itself" in refused.problem.one
    assert isinstance(read("key rotate ci-bot --compromised"), RotateKey)


def test_a_part_waits_in_line_as_the_job_that_runs_it() -> None:
    """Not as a leak response of its own"""
    own = Job("c1p0t0", BULK.actor, "key disable 814", "key:disable", Reply(), AT)
    assert (Lane.RESERVED, "c1p0t0") == (lane_of_job(own), waiter(own))
    part = replace(own, part_of="j1")
    assert (Lane.NORMAL, "j1") == (lane_of_job(part), waiter(part))
