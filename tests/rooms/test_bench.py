from pathlib import Path

from tests.bench.kept import kept_requests


async def test_what_the_bench_draws_can_be_drawn(tmp_path: Path) -> None:
    """It measures what is there; how fast that is says `make bench`"""
    found = await kept_requests(tmp_path, counts=(100,))
    assert {"list", "home", "card"} == {*found}
