"""What a passphrase may be, what it becomes, and who can open that."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.keyring import Keyring
from bot.adapters.passphrases import Passphrases, stretch
from bot.adapters.vault import (
    FieldSealer,
    decode,
    hash_proof,
    open_bundle,
    passphrase_proof,
    seal_bundle,
)
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Credentials
from bot.domain.passphrases import LEAST, MOST, ROUNDS, TRIES, Lock, folded, problem_of, salt_of
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.secret import Secret
from bot.errors import SealError, Unread

OLD, NEW = b"o" * 32, b"n" * 32
TYPED = Secret("correct horse battery")
CREDENTIALS = Credentials("lumen", "8148", Secret("QcsQcsQcs"))
NOW = datetime(2026, 8, 2, tzinfo=UTC)
PENDING = PendingCredentials("c1", Actor("T1", "U1"), "e1", "Dev", "lumen", "8148", "bot", NOW)


def passphrases(*keys: bytes) -> Passphrases:
    """Keep them under these keys, in few rounds."""
    return Passphrases(FieldSealer(Keyring(keys)), rounds=10)


def test_a_known_passphrase_becomes_the_key_that_the_standard_names() -> None:
    """RFC 7914, section 11"""
    made = stretch(Secret("Password"), b"NaCl", 80_000)
    known = "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
    assert decode(made.key.show()).hex() == known


def test_its_rounds_are_those_that_owasp_recommends() -> None:
    """Password Storage Cheat Sheet: PBKDF2-HMAC-SHA256"""
    assert ROUNDS >= 600_000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  caf\u0065\u0301 au lait ", "caf\u00e9 au lait"),
        ("\uff41\uff42\uff43 12345", "abc 12345"),
        ("it\u2019s \u201cmine\u201d \u2013 \u2018yes\u2019", "it's \"mine\" - 'yes'"),
        ("a\u00a0b", "a b"),
    ],
)
def test_what_a_phone_writes_another_way_is_the_same_passphrase(typed: str, meant: str) -> None:
    """The page does the same"""
    assert folded(Secret(typed)) == Secret(meant)


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("x" * (LEAST - 1), False),
        ("x" * LEAST, True),
        ("x" * MOST, True),
        ("x" * (MOST + 1), False),
        (" " * LEAST + "x", False),
        ("pass:smile:word", False),
        ("passw\U0001f600rd", False),
        ("pass\tword", False),
        ("a: b and c: d", True),
        ("שלום עולם", True),
    ],
)
def test_a_passphrase_has_eight_signs_that_every_keyboard_sends_alike(
    typed: str, *, fits: bool
) -> None:
    """Slack writes an emoji as its name"""
    assert fits is (problem_of(folded(Secret(typed))) is None)


def test_five_different_wrong_ones_end_a_link() -> None:
    """The same one again, as from a lost answer, counts once"""
    lock = Lock("salt", 10, "hash")
    for number in range(TRIES):
        assert lock.left == TRIES - number
        lock = lock.missed(f"wrong {number}").missed(f"wrong {number}")
    assert lock.left == 0
    assert lock.missed("one more").left == 0


async def kept_in(ours: Passphrases, typed: Secret = TYPED) -> str:
    """Seal a passphrase for a job, and stretch it as its worker does."""
    job = Job("c1", Actor("T1", "U1"), "claim", "claim", Reply(), NOW, passphrase=ours.seal(typed))
    again = await ours.stretched(job)
    kept = (await ours.stretched(job)).passphrase
    assert ours.open(kept) == ours.open(again.passphrase), "a worker that takes over has the same"
    assert salt_of(kept) == salt_of(job.passphrase)
    return kept


async def test_what_a_passphrase_became_is_opened_under_a_former_key_too() -> None:
    """After a rollover; not without the key that sealed it"""
    kept = await kept_in(passphrases(OLD))
    made = passphrases(NEW, OLD).open(kept)
    assert made == stretch(TYPED, decode(made.salt), 10)
    with pytest.raises(Unread):
        passphrases(NEW).open(kept)


async def test_nothing_else_passes_for_a_passphrase() -> None:
    """An altered one, nothing, another field under the same key, and one that is as it was typed"""
    ours = passphrases(OLD)
    kept = await kept_in(ours)
    salt, _, sealed = kept.partition(":")
    foreign = ours.sealer.seal('["https://hooks.slack.com/x", "salt", "", ""]')
    moved = (f"{salt}:{foreign}", f"c2FsdA:{sealed}")
    for other in ("", kept[:-4] + "AAAA", *moved, ours.seal(TYPED)):
        with pytest.raises(SealError):
            ours.open(other)


async def test_two_of_one_passphrase_have_nothing_in_common() -> None:
    """Each has a salt of its own; neither text has the passphrase"""
    ours = passphrases(OLD)
    one, two = [ours.open(each) for each in (await kept_in(ours), await kept_in(ours))]
    assert (one.salt, one.key) != (two.salt, two.key)
    assert one.salt != two.salt
    assert TYPED.show() not in str([one, two])


async def test_credentials_with_a_passphrase_are_sealed_under_it() -> None:
    """The link alone opens nothing, and neither does the passphrase with another link"""
    ours = passphrases(OLD)
    kept = await kept_in(ours)
    pending = replace(PENDING, passphrase=kept)
    bundle, made = ours.seal_bundle(CREDENTIALS, pending), ours.open(kept)
    key, where = bundle.key.show(), (bundle.link_id, pending.fingerprint)
    opened = open_bundle(bundle.ciphertext, key, *where, made)
    assert opened["api_secret"] == "QcsQcsQcs"
    with pytest.raises(SealError):
        open_bundle(bundle.ciphertext, key, *where)
    with pytest.raises(SealError):
        open_bundle(bundle.ciphertext, key, *where, replace(made, key=Secret("A" * 43)))
    another = ours.seal_bundle(CREDENTIALS, pending)
    assert bundle.lock
    assert another.lock
    assert bundle.lock.proof_hash != another.lock.proof_hash
    assert bundle.lock.proof_hash == hash_proof(passphrase_proof(decode(key), made))


def test_no_link_is_made_without_the_passphrase_that_belongs_to_it() -> None:
    """What can't be opened is no passphrase, and a link is not made without one"""
    with pytest.raises(SealError):
        seal_bundle(CREDENTIALS, replace(PENDING, passphrase="kept"))
    with pytest.raises((SealError, Unread)):
        passphrases(OLD).seal_bundle(CREDENTIALS, replace(PENDING, passphrase="salt:deadbeef.AAAA"))
