"""Operators: people who may decide from the server's shell, named in the configuration."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_WRITTEN = re.compile(
    r"(?P<login>[^\s=:,]+)=(?P<user_id>[UW][A-Z0-9]{2,}):(?P<email>[^\s:,@]+@[^\s:,@]+)"
)


@dataclass(frozen=True)
class Operator:
    """A login name on the server, with its Slack user and email address at Cloudinary."""

    login: str
    user_id: str
    email: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `login=SLACK_USER_ID:email`; a `ValueError` repeats none of the text."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise ValueError("needs login=SLACK_USER_ID:email at Cloudinary, comma-separated")
        return cls(**found.groupdict())


def operator_of(login: str, operators: Iterable[Operator]) -> Operator | None:
    """Return the operator with this login name."""
    return next((each for each in operators if each.login == login), None)
