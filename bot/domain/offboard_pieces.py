"""What an offboarding may end, as a person chooses it."""

from enum import StrEnum


class Piece(StrEnum):
    """What a part is about, in the order in which parts run; the values are stored words."""

    USER = "user"
    KEYS = "keys"
    LINKS = "links"
    REQUESTS = "requests"
    DELEGATIONS = "delegations"
    GROUPS = "groups"
    ROLES = "roles"


def pieces_read(text: str) -> str | None:
    """Read such a text, in any order; None for one that names anything else."""
    typed = {word.strip().casefold() for word in text.split(",")}
    known = typed <= set(Piece)
    return ",".join(piece for piece in Piece if piece in typed) if known else None
