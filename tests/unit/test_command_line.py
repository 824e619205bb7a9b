"""A command line that is wrong: its subcommand's usage, and an exit code of its own."""

from typing import Final

import pytest

from bot.cli.main import main
from bot.cli.usage import USAGE
from bot.domain.checks.findings import EXIT_CODES

WRONG: Final = {
    "chek": "",
    "--jsn": "",
    "check --jsn": "check",
    "check extra": "check",
    "web --port 1": "web",
    "worker extra": "worker",
    "audit": "audit",
    "audit verfy": "audit",
    "audit verify --fil x": "audit verify",
    "audit verify extra": "audit verify",
    "audit export --json": "audit export",
    "audit key extra": "audit key",
    "policy": "policy",
    "policy test": "policy test",
    "policy tset": "policy",
    "policy explain": "policy explain",
    "requests": "requests",
    "requests lst": "requests",
    "requests list extra": "requests list",
    "requests show": "requests show",
    "requests approve": "requests approve",
    "requests deny c1r": "requests deny",
    "records": "records",
    "records adopt --dry": "records adopt",
    "keys": "keys",
    "keys rotat": "keys",
    "keys status extra": "keys status",
    "keys rotate --los": "keys rotate",
    "recover --apply --yse": "recover",
}
"""Each with the subcommand whose usage is printed."""
COMMANDS: Final = sorted({each for each in WRONG.values() if each})


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_command_line_prints_the_usage_of_its_subcommand(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And ends with a code that `check` gives to nothing else"""
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    usage, *_, hint = capsys.readouterr().err.splitlines()
    assert ended.value.code == USAGE
    assert USAGE not in EXIT_CODES.values()
    named = f" {WRONG[words]}".rstrip()
    assert usage.startswith("usage: ")
    assert f"{named} [-h]" in usage
    assert hint.endswith(f"{named} --help explains it.")


@pytest.mark.parametrize("words", ["", *COMMANDS])
def test_the_help_of_each_subcommand_has_the_exit_codes(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a narrow terminal too"""
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])
    assert ended.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 " in printed
    assert "64 the command line is wrong" in printed
    warnings = "2 warnings only" in printed
    assert warnings is (words == "check")


@pytest.mark.parametrize(
    "key", ["hush", "ed25519:", f"ed25519:{'A' * 42}", f"ed25519:{'A' * 44}", f"{'A' * 43}="]
)
def test_a_public_key_that_is_none_is_not_repeated(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be a secret one"""
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", "--file", "x", "--public", key])
    assert ended.value.code == USAGE
    told = capsys.readouterr().err
    assert "this is no public key" in told
    assert key not in told or key == "ed25519:"


@pytest.mark.parametrize(
    ("text", "told"),
    [("yesterday", "name a day as YYYY-MM-DD"), ("2999-01-01", "name a day up to tomorrow")],
)
def test_a_day_that_is_none_or_far_ahead_is_told_in_words(
    text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in those of a library; and a slip must not move every entry out of Redis"""
    with pytest.raises(SystemExit) as ended:
        main(["audit", "archive", "--before", text])
    assert ended.value.code == USAGE
    assert f"argument --before: {told}" in capsys.readouterr().err
