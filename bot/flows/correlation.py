"""One id from a delivery to its effect: in each log line, call, answer and audit entry.

It is the id of the delivery's job. The log adds it to each line as `id`; a task that is started
meanwhile inherits it.
"""

import secrets
from contextlib import AbstractContextManager
from typing import Final

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

ID: Final = "id"


def new_id() -> str:
    """Return a new one: 64 random bits, unguessable and short enough to read aloud."""
    return secrets.token_hex(8)


def about(id_: str) -> AbstractContextManager[None]:
    """Do what follows under this id."""
    return bound_contextvars(**{ID: id_})


def now_about(id_: str) -> None:
    """Go on under this id, until the surrounding `about` ends."""
    bind_contextvars(**{ID: id_})


def current_id() -> str:
    """The id of what is being done; empty outside of any."""
    return str(get_contextvars().get(ID, ""))
