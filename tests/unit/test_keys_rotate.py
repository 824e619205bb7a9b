"""When `keys rotate` refuses, and what `keys status` says of a key."""

import json
from dataclasses import replace
from typing import Final

import pytest

from bot.adapters.keyring import Generation
from bot.adapters.redis.key_survey import Survey, Use
from bot.adapters.redis.presence import Running
from bot.cli.keys import as_json, as_text, refusals

READY: Final = Running("web", "host-1", 12, "0.2.0", ("new", "old"), "")
BEHIND: Final = Running("worker", "host-2", 41, "0.2.0", ("old",), "")
FOUND: Final = Survey(
    configured=("new", "old"),
    signs=Generation(1, "old"),
    uses={"new": Use(), "old": Use(2, "2026-03-01T12:00:00+00:00", {"job": 1})},
    foreign={},
    processes=[READY],
    former_workers=0,
    unread=[],
    whole=True,
)


def test_it_rotates_once_every_running_process_reads_the_new_key() -> None:
    """Or where none runs"""
    assert [] == refusals(FOUND, "new", missing=False, lost=False)
    assert [] == refusals(replace(FOUND, processes=[]), "new", missing=False, lost=False)


USED: Final = {"new": Use(1, "x"), "old": Use(2, "x")}


@pytest.mark.parametrize(
    ("found", "missing", "lost", "said"),
    [
        (replace(FOUND, processes=[READY, BEHIND]), False, False, "worker on host-2, process 41"),
        (replace(FOUND, former_workers=2), False, False, "before 0.2.0"),
        (replace(FOUND, uses=USED), False, False, "has signed before"),
        (replace(FOUND, processes=[]), True, False, "rotate --lost"),
        (FOUND, False, True, "is not lost"),
        (FOUND, True, True, "copy it from there"),
    ],
)
def test_it_refuses_and_says_what_to_do(
    found: Survey, said: str, *, missing: bool, lost: bool
) -> None:
    """One sentence for each reason"""
    (reason,) = refusals(found, "new", missing=missing, lost=lost)
    assert said in reason


def test_the_status_says_what_each_key_is_for() -> None:
    """Which signs, which may be removed, and what waits unread"""
    before = as_text(replace(FOUND, processes=[READY, BEHIND]))
    assert "Signing key: old, generation 1, since 2026-03-01" in before
    assert "new  only reads until `keysmith keys rotate`; 1 process lacks it" in before
    assert "worker on host-2, process 41, version 0.2.0: reads old" in before
    rotated = replace(FOUND, signs=Generation(2, "new"))
    assert "old  retired; keep it, under it are: audit entries: 2, job: 1" in as_text(rotated)
    unused = replace(rotated, uses={"new": Use(1, "x"), "old": Use()})
    assert "old  retired; nothing is under it, and it can be removed" in as_text(unused)
    partly = replace(unused, whole=False)
    assert "can be removed" not in as_text(partly)
    assert "remove no key" in as_text(partly)
    unread = replace(FOUND, unread=[("{keysmith}:errands", "1-0")], foreign={"gone": {"job": 3}})
    assert "errands 1-0" in as_text(unread)
    assert "gone  job: 3" in as_text(unread)


def test_where_redis_may_lack_what_it_had_no_key_is_called_unused() -> None:
    """A backup is read only with its key; the reason and the next step are there"""
    rotated = replace(FOUND, signs=Generation(2, "new"))
    unused = replace(rotated, uses={"new": Use(1, "x"), "old": Use()})
    assert not json.loads(as_json(unused))["needed"]["old"]
    halted = replace(unused, loss="the log is empty")
    assert json.loads(as_json(halted))["needed"]["old"]
    text = as_text(halted)
    assert "can be removed" not in text
    assert "nothing is under it" not in text
    assert "Remove no key: the log is empty." in text
    assert "restore the newest backup, run `keysmith recover`" in text
    used = as_text(replace(rotated, loss="halted"))
    assert "old  retired; keep it, under it are: audit entries: 2, job: 1" in used
