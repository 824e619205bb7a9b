"""Email addresses: which two are the same, which only look it, and which share a mailbox.

Only `same_address` decides identity. `mailbox` serves conflicts of interest, where taking two
addresses for one person is the safe mistake.
"""

import unicodedata
from typing import Final

GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
"""Domains of one service, which ignores dots before the `@`."""


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are equal: ASCII apart from case, any other exactly, after NFC."""
    if one.isascii() or other.isascii():
        return one.isascii() and other.isascii() and one.lower() == other.lower()
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def near_address(one: str, other: str) -> bool:
    """Whether two addresses differ and only look the same, as with a long s (U+017F)."""
    return not same_address(one, other) and folded(one) == folded(other)


def folded(text: str) -> str:
    """Fold case and compatibility characters, as Unicode's NFKC_Casefold; never for identity."""
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def mailbox(address: str) -> str:
    """Return the mailbox behind an address: without `+tag`, for Gmail without dots too.

    Empty for an empty address, which shares a mailbox with no other.
    """
    local, at, domain = folded(address.strip()).rpartition("@")
    name = local.partition("+")[0]
    if domain in GMAIL:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name or local}{at}{domain}"


def one_mailbox(one: str, other: str) -> bool:
    """Whether two mailboxes are known and the same."""
    return bool(one) and one == other
