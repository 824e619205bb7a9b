"""A secret in memory: nothing that prints, stores or copies values shows it.

It is for API secrets, the fragment keys of links with the addresses that hold them, and proofs.
"""

import hmac
from typing import Final, Never

HIDDEN: Final = "…"


class Secret:
    """A text that only `show` gives; its place in the code is where the secret leaves.

    Pickle and JSON refuse it, a copy is the same object, and two are compared in constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def show(self) -> str:
        """Give the text."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = (each.encode(errors="surrogatepass") for each in (self._text, other._text))
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a secret is not stored")
