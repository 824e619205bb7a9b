"""Dataclasses as stored records: one table for each, with the stored name and form of every field.

    VOTE = Record(Vote, ACTOR("by"), PLAIN("name", "comment", stored_name="attribute"))

A stored name may never change; an attribute may be renamed, and then the table holds both. A field
that was added later is absent from older records and read as the dataclass's default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from inspect import Parameter, signature
from typing import Any, Final, Generic, TypeVar

from bot.domain.people import Actor

T = TypeVar("T")
NOT_READ: Final = (KeyError, ValueError, TypeError, AttributeError)
"""What reading a record raises that another version wrote."""
Row = tuple[str, str, "Form"]
"""A stored name, an attribute, and the form of its value."""


@dataclass(frozen=True)
class Form:
    """How a value is stored: as text in a hash, as JSON in a document."""

    write: Callable[[Any], Any] = lambda value: value
    read: Callable[[Any], Any] = lambda found: found

    def __call__(self, *same: str, **renamed: str) -> list[Row]:
        """Store fields in this form; `renamed` are attributes by their stored name."""
        attributes = {name: name for name in same} | renamed
        return [(name, attribute, self) for name, attribute in attributes.items()]


PLAIN: Final = Form()
ACTOR: Final = Form(str, Actor.parse)
TIME: Final = Form(datetime.isoformat, datetime.fromisoformat)
FLAG: Final = Form(lambda value: "1" if value else "", bool)


def maybe(form: Form) -> Form:
    """Store what is absent as None."""
    return Form(
        lambda value: form.write(value) if value else None,
        lambda found: form.read(found) if found else None,
    )


class Record(Generic[T]):
    """The stored form of one dataclass.

    `required` are fields that every record has, although the dataclass has a default.
    """

    def __init__(self, kind: Callable[..., T], *rows: list[Row], required: str = "") -> None:
        self._kind = kind
        self._rows = [row for each in rows for row in each]
        defaults = {each.name: each.default for each in signature(kind).parameters.values()}
        optional = {name for name, attr, _ in self._rows if defaults[attr] is not Parameter.empty}
        self._optional = optional.difference(required.split())
        self.form = Form(self.write, self.read)

    def write(self, value: T) -> dict[str, Any]:
        """Write every field of the table."""
        return {name: form.write(getattr(value, attr)) for name, attr, form in self._rows}

    def read(self, found: Mapping[str, Any], **beside: object) -> T:
        """Read a record; `beside` are attributes that are kept elsewhere.

        Raises:
            KeyError, ValueError, TypeError: it is no such record.

        """
        fields = {
            attribute: form.read(found[name])
            for name, attribute, form in self._rows
            if name in found or name not in self._optional
        }
        return self._kind(**fields, **beside)
