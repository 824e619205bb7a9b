from pathlib import Path

import pytest

from tests.bench.memory import memory
from tests.bench.told_by_time import distance
from tests.bench.waiting_requests import waiting_requests


async def test_the_benchmark_draws_list_home_and_card(tmp_path: Path) -> None:
    """The benchmark of waiting requests runs; `make bench` shows how fast they are drawn."""
    found = await waiting_requests(tmp_path, counts=(100,), rounds=1)
    assert {"list", "home", "card"} == {*found}


async def test_the_benchmark_measures_what_a_command_and_a_request_take(tmp_path: Path) -> None:
    """Both keep no more than twice what their entries alone take, and for requests their records"""
    found = await memory(tmp_path, commands=100, requests=10)
    command, request = found["command"], found["request"]
    assert command.entries < 4
    assert command.kept < 2 * command.baseline
    assert request.kept < 5 * request.baseline
    assert command.kept < command.first_day


@pytest.mark.parametrize(
    ("some", "others", "apart"),
    [
        ([1, 2, 3], [1, 2, 3], 0.0),
        ([1, 2], [3, 4, 5], 1.0),
        ([1, 1, 1, 1], [1, 1, 2, 2], 0.5),
        ([1, 3], [2, 2], 0.5),
        ([5, 5, 5, 9], [5, 5, 5, 5], 0.25),
    ],
)
def test_two_samples_are_as_far_apart_as_their_shares(
    some: list[float], others: list[float], apart: float
) -> None:
    """Equal values count together, in whichever order they come"""
    assert distance(some, others) == distance(others, some) == pytest.approx(apart)
