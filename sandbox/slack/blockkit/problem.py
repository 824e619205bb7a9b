"""A problem with a payload."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where (a JSON pointer), in the format of Slack's own messages."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"[ERROR] {self.what} [json-pointer:{self.where}]"
