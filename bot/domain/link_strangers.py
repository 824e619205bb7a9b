"""What is told of a person who signed in for another person's link."""

import json
from dataclasses import dataclass
from typing import Final, Self

TOLD_EACH: Final = 3
"""People at one link who are told of one by one; one message is about all further ones."""


@dataclass(frozen=True)
class StrangerReport:
    """The key behind the link; `here` is whether the person is of the served workspace."""

    name: str
    environment: str
    here: bool

    def write(self) -> str:
        """Write it as the text of a notification."""
        return json.dumps([self.name, self.environment, self.here])

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it. Raises `ValueError` where another version wrote it."""
        name, environment, here = json.loads(text)
        return cls(str(name), str(environment), here is True)
