"""History goes back in every way that Redis can lose or change it, and each is noticed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bot.adapters.seen import SeenFile
from bot.domain.audit import ChainKey, Head
from bot.domain.history import Epoch, Halt, Seen, is_recovery, went_back
from bot.errors import ConfigurationError

KEY: Final = ChainKey(b"k" * 32)
OTHER: Final = ChainKey(b"o" * 32)
FIRST: Final = Epoch.new(1, KEY)
SEEN: Final = Seen(Head(7, "m7"), FIRST)


@pytest.mark.parametrize(
    ("found", "mac"),
    [
        (SEEN, "m7"),
        (Seen(Head(9, "m9"), FIRST), "m7"),
    ],
)
def test_a_log_that_continues_what_was_seen_is_fine(found: Seen, mac: str) -> None:
    """At the same entry, and behind it"""
    assert not went_back(SEEN, found, mac)


@pytest.mark.parametrize(
    ("found", "mac", "words"),
    [
        (Seen(), "", "no audit log any more"),
        (Seen(Head(6, "m6"), FIRST), "", "ends at entry 6"),
        (Seen(Head(9, "x9"), FIRST), "x7", "another one"),
        (Seen(Head(9, "m9"), FIRST), "", "another one"),
        (Seen(Head(9, "m9"), Epoch()), "m7", "epoch"),
        (Seen(Head(9, "m9"), Epoch.new(1, KEY)), "m7", "epoch"),
        (Seen(Head(9, "m9"), Epoch.new(2, OTHER)), "m7", "epoch"),
        (Seen(Head(9, "m9"), Epoch.parse("nonsense")), "m7", "epoch"),
        (Seen(Head(9, "m9"), Epoch.parse("²:x:y")), "m7", "epoch"),
    ],
)
def test_every_other_log_went_back(found: Seen, mac: str, words: str) -> None:
    """And the reason says how"""
    assert words in went_back(SEEN, found, mac)
    assert not is_recovery(SEEN, found, [KEY])


def test_a_redis_of_a_former_version_gets_its_first_epoch() -> None:
    """A head without an epoch is no alarm; another head is one"""
    former = Seen(Head(7, "m7"))
    assert not went_back(former, former, "m7")
    assert not went_back(former, SEEN, "m7")
    assert not went_back(Seen(), Seen(), "")
    assert went_back(former, replace(SEEN, head=Head(3, "m3")), "")


def test_only_a_recovery_begins_a_later_epoch() -> None:
    """Under one of the keys, and with a higher number"""
    recovered = Seen(Head(2, "m2"), Epoch.new(2, KEY))
    assert is_recovery(SEEN, recovered, [OTHER, KEY])
    assert is_recovery(Seen(Head(9, "m9")), recovered, [KEY])
    assert not is_recovery(SEEN, recovered, [OTHER])
    assert not is_recovery(recovered, SEEN, [KEY])
    assert not is_recovery(SEEN, replace(recovered, epoch=replace(FIRST, number=2)), [KEY])


@pytest.mark.parametrize("epoch", [FIRST, Epoch()])
def test_a_halt_is_read_as_it_was_written(epoch: Epoch) -> None:
    """With the head that was seen"""
    halt = Halt("why", Seen(Head(7, "m7"), epoch), datetime(2026, 3, 1, tzinfo=UTC))
    assert Halt.parse(str(halt)) == halt


def test_the_file_gives_back_what_was_seen(tmp_path: Path) -> None:
    """The newest of what the processes of one machine saw; a file of another key is none"""
    path = tmp_path / "var/seen.json"
    file = SeenFile(path, [KEY])
    assert file.read() is None
    file.keep(SEEN, 100.0)
    file.keep(Seen(Head(8, "m8"), FIRST), 101.0)
    assert file.read() == SEEN  # not so soon again
    file.keep(Seen(Head(8, "m8"), FIRST), 106.0)
    SeenFile(path, [KEY]).keep(SEEN, 200.0)
    assert file.read() == Seen(Head(8, "m8"), FIRST)
    assert SeenFile(path, [OTHER]).read() is None
    for text in ("", "[]", "{}", '{"seq": "x", "mac": "", "epoch": ""}'):
        path.write_text(text)
        assert file.read() is None


def test_a_file_that_an_operator_compares_with_is_never_taken_for_none(tmp_path: Path) -> None:
    """Only one that does not exist is none; each other one is refused in words"""
    path = tmp_path / "seen.json"
    file = SeenFile(path, [KEY])
    assert file.proven() is None
    file.keep(SEEN, 100.0)
    assert file.proven() == SEEN
    with pytest.raises(ConfigurationError, match="no key of KEYSMITH_KEYS signed it"):
        SeenFile(path, [OTHER]).proven()
    with pytest.raises(ConfigurationError, match="can't be used: Is a directory"):
        SeenFile(tmp_path, [KEY]).proven()
    deep, other = b"[" * 200_000, b'{"seq": "x", "mac": "", "epoch": ""}'
    for text in (b"", b"[]", b"{}", b"\xff", deep, other):
        path.write_bytes(text)
        with pytest.raises(
            ConfigurationError,
            match="can't be used: it is not a file of this kind, or it is damaged",
        ):
            file.proven()


@pytest.mark.parametrize("proof", [[], {}, None, 1, ""])
def test_a_file_with_another_proof_is_as_none(tmp_path: Path, proof: object) -> None:
    """A damaged one must not keep a process from starting"""
    path = tmp_path / "seen.json"
    SeenFile(path, [KEY]).keep(SEEN, 100.0)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"proof": proof}))
    assert SeenFile(path, [KEY]).read() is None


def test_a_directory_that_cannot_be_written_to_is_no_failure(tmp_path: Path) -> None:
    """Then a restart remembers nothing"""
    (tmp_path / "var").write_text("a file")
    file = SeenFile(tmp_path / "var/seen.json", [KEY])
    file.keep(SEEN, 100.0)
    assert file.read() is None
