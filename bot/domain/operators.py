"""Who may decide from a shell of the server: people whom the configuration names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_WRITTEN = re.compile(
    r"(?P<login>[^\s=:,]+)=(?P<user_id>[UW][A-Z0-9]{2,}):(?P<email>[^\s:,@]+@[^\s:,@]+)"
)


@dataclass(frozen=True)
class Operator:
    """A login name on the server, and who that is at Slack and at Cloudinary."""

    login: str
    user_id: str
    email: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `login=SLACK_USER_ID:e-mail`; raises `ValueError`, which repeats nothing of it."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise ValueError("wants login=SLACK_USER_ID:e-mail at Cloudinary, comma-separated")
        return cls(**found.groupdict())


def operator_of(login: str, operators: Iterable[Operator]) -> Operator | None:
    """Whom the configuration knows by this login."""
    return next((each for each in operators if each.login == login), None)
