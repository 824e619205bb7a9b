"""What a language knows, and English, in which the messages are written."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol

from bot.domain import durations

Joint = Literal["and", "or"]
Direction = Literal["ltr", "rtl"]


class Language(Protocol):
    """A language that people read."""

    @property
    def code(self) -> str:
        """Its code in ISO 639, such as `de`."""

    @property
    def direction(self) -> Direction:
        """In which direction a page of it is read."""

    def one(self, message: str) -> str:
        """Translate a message."""

    def many(self, one: str, many: str, count: int) -> str:
        """Translate a message in the form that a number needs."""

    def between(self, joint: Joint, *, last: bool) -> str:
        """What stands between two parts of a list; `last` for the final two."""

    def lasting(self, time: timedelta) -> str:
        """Write a length of time."""

    def moment(self, at: datetime) -> str:
        """Write a time for a reader whose time zone is not known."""


class English:
    """The language of the messages themselves."""

    code = "en"
    direction: Direction = "ltr"

    def one(self, message: str) -> str:
        """Give the message itself."""
        return message

    def many(self, one: str, many: str, count: int) -> str:
        """Choose between the two forms."""
        return one if count == 1 else many

    def between(self, joint: Joint, *, last: bool) -> str:
        """A comma; between the last two a word."""
        return f" {joint} " if last else ", "

    def lasting(self, time: timedelta) -> str:
        """Write the largest unit that is a whole number, as in `7 days`."""
        number, unit = durations.largest(time)
        return f"{number} {unit}{'' if number == 1 else 's'}"

    def moment(self, at: datetime) -> str:
        """Write date, time and UTC."""
        return f"{at.astimezone(UTC):%-d %B %Y %H:%M} UTC"


ENGLISH: Final = English()
