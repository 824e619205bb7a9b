import unicodedata
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.addresses import mailbox, near_address, one_mailbox, same_address
from bot.domain.people import CloudinaryUser, Mismatch, Role, match

SHARP: Final = "sam@stra\u00dfe.example"
ascii_texts: Final = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]))
texts: Final = st.text() | ascii_texts | st.sampled_from([SHARP, "sam@strasse.example"])
odd: Final = st.characters(exclude_categories=["Cs"]).filter(lambda it: not it.isascii())


def user(email: str) -> CloudinaryUser:
    """A usable Cloudinary user with this address."""
    return CloudinaryUser(
        email, "Sam", email, Role.ADMIN, enabled=True, pending=False, all_environments=True
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SHARP, "sam@strasse.example"),
        ("\u017fam@lumen.example", "sam@lumen.example"),
        ("\u212aim@lumen.example", "kim@lumen.example"),
        ("\uff53am@lumen.example", "sam@lumen.example"),
        ("\u0130vo@lumen.example", "i\u0307vo@lumen.example"),
        ("m\u00dcller@lumen.example", "m\u00fcller@lumen.example"),
        ("sam@lumen\uff0eexample", "sam@lumen.example"),
    ],
)
def test_an_address_that_only_looks_the_same_is_another_one(one: str, other: str) -> None:
    """Either way round it is no match, and reported as a near one"""
    for mine, theirs in ((one, other), (other, one)):
        assert Mismatch.NEAR is match(mine, [user(theirs)])


@given(ascii_texts)
def test_ascii_matches_in_any_case(email: str) -> None:
    """And nothing else of it matters"""
    assert same_address(email.upper(), email.lower())


pairs: Final = st.tuples(texts, texts) | texts.flatmap(
    lambda it: st.tuples(
        st.just(it),
        st.sampled_from(
            [
                *(it, it.upper(), it.lower(), it.casefold()),
                *(unicodedata.normalize(form, it) for form in ("NFC", "NFD", "NFKC", "NFKD")),
            ]
        ),
    )
)
"""Two addresses, often of one origin."""


@given(pairs)
def test_a_match_is_equal_but_for_ascii_case_or_composition(pair: tuple[str, str]) -> None:
    """By no other folding: a match of different texts is pure ASCII, or equal after NFC"""
    one, other = pair
    if not same_address(one, other):
        return
    composed = [unicodedata.normalize("NFC", it) for it in (one, other)]
    assert (one.isascii() and one.lower() == other.lower()) or composed[0] == composed[1]
    assert one.isascii() == other.isascii()


@given(ascii_texts, odd, ascii_texts)
def test_what_folds_to_ascii_never_matches_ascii(before: str, letter: str, after: str) -> None:
    """For each character there is: its foldings are no match"""
    address = f"{before}{letter}{after}"
    for form in ("NFC", "NFKC", "NFKD"):
        for folded in (unicodedata.normalize(form, address), address.casefold(), address.lower()):
            assert not (folded.isascii() and same_address(address, folded))


@given(texts)
def test_composed_and_decomposed_are_the_same(address: str) -> None:
    """Canonically equal texts are one address, where both are outside ASCII"""
    composed = unicodedata.normalize("NFC", address)
    apart = unicodedata.normalize("NFD", address)
    assume(not composed.isascii() or address.isascii())
    assert same_address(composed, apart)
    assert not near_address(composed, apart)


def test_an_exact_user_is_found_beside_a_near_one() -> None:
    """The other one's address is another person's"""
    sam = user("sam@lumen.example")
    assert sam == match("Sam@lumen.example", [user("\u017fam@lumen.example"), sam])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tom@lumen.example", "tom+ci@lumen.example"),
        ("Tom@Lumen.Example", " tom+a+b@lumen.example "),
        ("t.o.m@gmail.com", "tom+x@googlemail.com"),
        ("TOM@GoogleMail.com", "to.m@gmail.com"),
    ],
)
def test_one_mailbox_is_known_by_all_its_addresses(one: str, other: str) -> None:
    """Tags everywhere, dots at Gmail only"""
    assert one_mailbox(mailbox(one), mailbox(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tom@lumen.example", "tim@lumen.example"),
        ("tom@lumen.example", "tom@lumen.test"),
        ("t.om@lumen.example", "tom@lumen.example"),
        ("+a@lumen.example", "+b@lumen.example"),
        ("", ""),
        ("tom@gmail.com.lumen.example", "t.om@gmail.com"),
    ],
)
def test_other_mailboxes_are_other_people(one: str, other: str) -> None:
    """An unknown address has no mailbox"""
    assert not one_mailbox(mailbox(one), mailbox(other))


@given(texts, st.text(st.characters(codec="ascii", categories=["L", "N"])))
def test_a_tag_never_changes_the_mailbox(address: str, tag: str) -> None:
    """Whatever the tag is"""
    local, at, domain = address.rpartition("@")
    assume(local.strip() and "+" not in local and not local[-1].isspace())
    assume(mailbox(address).rpartition("@")[0])
    assert mailbox(address) == mailbox(f"{local}+{tag}{at}{domain}") or not at
