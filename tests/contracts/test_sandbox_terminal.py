"""What `make run` prints: sentences for a newcomer, never a line of a log."""

import json
from pathlib import Path

import pytest

from sandbox.terminal import Bot, Heard, moved, taken_up, welcome
from sandbox.variables import Addresses

LOG = Path("var/sandbox/keysmith.log")
AT = Addresses("http://h:1", "http://h:2", "http://h:3", "http://h:4")


def line(level: str, event: str, **more: object) -> str:
    """A line of the bot's log."""
    return json.dumps({"level": level, "event": event, "logger": "keysmith.x", **more})


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_what_is_not_an_error_is_only_in_the_log(level: str) -> None:
    """A warning of the bot's own Redis included"""
    assert Bot(LOG).heard(line(level, "embedded_redis", directory="var/redis")) is None


def test_an_error_is_told_in_words_once() -> None:
    """With the file that has the rest"""
    bot = Bot(LOG)
    told = bot.heard(line("error", "job_failed", error="ReadError('gone')", attempt=2))

    assert told == f"! Keysmith reports an error: job failed. Details: {LOG}"
    assert bot.heard(line("error", "job_failed", attempt=3)) is None
    assert bot.heard(line("critical", "halted"))


def test_sentences_of_the_bot_are_shown_as_they_are() -> None:
    """They tell which variable is wrong, and more."""
    bot = Bot(LOG)
    told = ["Keysmith can't run. Correct these variables:", "  PUBLIC_URL is missing"]
    assert [bot.heard(one) for one in told] == told


def test_of_a_crash_the_last_line_is_shown() -> None:
    """The others are in the log."""
    bot = Bot(LOG)
    trace = [
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    go()",
        "KeyError: 1",
    ]
    assert [bot.heard(one) for one in trace] == [None, None, None, "KeyError: 1"]
    assert bot.heard("  indented words") == "  indented words"


def test_odd_lines_are_words() -> None:
    """Nothing that the bot prints breaks the terminal."""
    assert Bot(LOG).heard("12") == "12"
    assert Bot(LOG).heard("{half") == "{half"
    assert Bot(LOG).heard("\x1b[2Jred") == "[2Jred"


def test_the_welcome_says_what_to_do() -> None:
    """Which page to open, who to be, what to type, how to stop; an address ends its line"""
    told = "\n".join(welcome(AT, LOG, "/cld"))

    for needed in ("http://h:1/?in=platform&as=tom\n", "http://h:1/?in=platform&as=mia\n"):
        assert needed in told
    for needed in ("http://h:2/", "/cld help", "Ctrl-C", str(LOG), "make clean"):
        assert needed in told
    assert all(len(one) <= 80 for one in told.splitlines())


@pytest.mark.parametrize(
    ("wanted", "given", "told"),
    [
        ((3001, 3002, 3000), (3001, 3002, 3000), []),
        ((0, 0, 0), (4001, 4002, 4000), []),
        ((3001, 3002, 3000), (4001, 3002, 3000), ["Port 3001 is in use: Slack uses 4001."]),
    ],
)
def test_a_port_that_is_taken_is_told(
    wanted: tuple[int, int, int], given: tuple[int, int, int], told: list[str]
) -> None:
    """Another one is used, so nothing else has to be done."""
    assert moved(wanted, given) == told


def test_a_second_start_says_what_is_still_there(tmp_path: Path) -> None:
    """And how to start over"""
    assert taken_up(tmp_path) == []
    (tmp_path / "cloudinary.json").write_text("{}")
    assert "make clean" in taken_up(tmp_path)[-1]


def test_heard_lines_are_kept_in_the_log(tmp_path: Path) -> None:
    """Each as it came"""
    log = tmp_path / "keysmith.log"
    said: list[str] = []
    with Heard(Bot(log), log, said.append) as heard:
        heard.take(b'{"level": "info", "event": "ready"}\nPlain')
        heard.take(b" words\nend")
    assert log.read_bytes() == b'{"level": "info", "event": "ready"}\nPlain words\nend'
    assert said == ["Plain words", "end"]
