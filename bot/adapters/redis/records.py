"""Dataclasses as stored records: one table for each, from a stored name to the form of its value.

A stored name is the attribute's own name unless the table's `renamed` gives another attribute: an
attribute may be renamed, a stored name may not. A field that was added later is absent from older
records and read as the dataclass's default.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from bot.domain.people import Actor

T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """How a value is stored: as text for a hash, as JSON in a document."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: object) -> object:
    return value


PLAIN: Final = Form(_same, _same)
ACTOR: Final = Form(str, Actor.parse)
TIME: Final = Form(datetime.isoformat, datetime.fromisoformat)
FLAG: Final = Form(lambda value: "1" if value else "", bool)


def plain(*names: str) -> dict[str, Form]:
    """Store these as they are."""
    return dict.fromkeys(names, PLAIN)


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

    def __init__(
        self,
        kind: Callable[..., T],
        fields: Mapping[str, Form],
        *,
        renamed: Mapping[str, str] | None = None,
        required: frozenset[str] = frozenset(),
    ) -> None:
        attributes = {name: name for name in fields} | dict(renamed or {})
        parameters = inspect.signature(kind).parameters
        self._kind = kind
        self._rows = [(name, attributes[name], form) for name, form in fields.items()]
        self._optional = {
            name
            for name, attribute in attributes.items()
            if name not in required and parameters[attribute].default is not inspect.Parameter.empty
        }
        self.form = Form(self.write, self.read)

    def write(self, value: T) -> dict[str, Any]:
        """Write every field of the table."""
        return {name: form.write(getattr(value, attr)) for name, attr, form in self._rows}

    def read(self, found: Mapping[str, Any], **beside: object) -> T:
        """Read a record; `beside` are attributes that are kept elsewhere.

        Raises:
            KeyError, ValueError, TypeError: it is no such record.

        """
        return self._kind(
            **{
                attribute: form.read(found[name])
                for name, attribute, form in self._rows
                if name in found or name not in self._optional
            },
            **beside,
        )
