from pathlib import Path

from tests.bench.waiting_requests import waiting_requests


async def test_the_benchmark_draws_list_home_and_card(tmp_path: Path) -> None:
    """The benchmark of waiting requests runs; `make bench` shows how fast they are drawn."""
    found = await waiting_requests(tmp_path, counts=(100,), rounds=1)
    assert {"list", "home", "card"} == {*found}
