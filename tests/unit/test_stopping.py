"""A process ends everything together, within one deadline, whatever hangs."""

import asyncio
import io
import json
import subprocess
import sys
import time
from collections.abc import Sequence

from structlog.testing import capture_logs

from bot.cli.stopping import AFTER_ALL, CUT, TOGETHER, Stopping, repeat
from tests.contracts.test_logs_without_secrets import log

__all__ = ["log"]

SHORT = 0.05
HANGS = """
import threading
from bot.cli.stopping import cut_later
cut_later(0.1)
threading.Event().wait(30)
"""


async def test_what_stops_stops_side_by_side_and_the_last_after_all() -> None:
    """Also where one fails"""
    stopping, both, order = Stopping(), asyncio.Barrier(2), list[str]()

    async def one() -> None:
        await both.wait()  # alone, neither goes on
        order.append("one")

    async def fails() -> None:
        raise ConnectionError

    async def last() -> None:
        order.append("last")

    stopping.add(one)
    stopping.add(fails)
    stopping.add_last(last)
    stopping.add(one)
    await stopping.stop()
    assert order[-1] == "last"
    assert sorted(order) == ["last", "last", "one", "one"]


async def test_what_hangs_is_left_at_the_deadline() -> None:
    """The rest has ended by then"""
    stopping, ended = Stopping(SHORT), list[str]()

    async def hangs() -> None:
        await asyncio.Event().wait()

    async def quick() -> None:
        ended.append("quick")

    stopping.add(hangs)
    stopping.add(quick)
    with capture_logs() as lines:
        await stopping.stop()
    assert ended == ["quick"]
    assert "stop_cut" in {line["event"] for line in lines}


async def test_what_comes_after_all_comes_whatever_hung_before() -> None:
    """With a time of its own: it says what is lost"""
    stopping, ended = Stopping(SHORT), list[str]()

    async def hangs() -> None:
        await asyncio.Event().wait()

    async def tells() -> None:
        ended.append("told")

    stopping.add_after_all(tells)
    stopping.add(hangs)
    await stopping.stop()
    assert ["told"] == ended
    assert TOGETHER + AFTER_ALL < CUT < 25


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    """A lookup of a name, for example, which nothing cancels"""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", HANGS], check=False, timeout=20)
    assert done.returncode == 0
    assert time.monotonic() - began < 20


async def test_a_repeated_task_that_fails_is_logged_as_one(log: io.StringIO) -> None:
    """And not as a part of the stop: the process goes on"""
    stopping, asked = Stopping(), asyncio.Event()

    async def ask() -> Sequence[Exception]:
        if asked.is_set():
            await asyncio.Event().wait()
        asked.set()
        return [ConnectionError()]

    repeat(stopping, "asked_again_later", ask, SHORT, SHORT)
    await asked.wait()
    line = json.loads(log.getvalue().splitlines()[0])
    assert ("asked_again_later", "keysmith.repeated") == (line["event"], line["logger"])
    await stopping.stop()
