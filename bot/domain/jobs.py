"""A job: one command that was accepted and is carried out after Slack has its ack."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.people import Actor


@dataclass(frozen=True)
class Reply:
    """Where the answer goes: a response URL (a bearer capability) or a modal that is open.

    `trigger` opens a modal and lives for 3 seconds only; `replace` puts the answer in the place
    of the card whose button was pressed; `home` says that it was pressed in App Home, which has
    neither: the answer opens a modal of its own, and the tab is drawn anew.
    """

    url: str = field(default="", repr=False)
    view_id: str = ""
    trigger: str = field(default="", repr=False)
    replace: bool = False
    home: bool = False

    def __bool__(self) -> bool:
        """Whether there is anywhere to answer to."""
        return bool(self.url or self.view_id or self.home)


@dataclass(frozen=True)
class Job:
    """What is left to do, as Redis keeps it; `text` is canonical, never what was typed.

    `effect` is what this job set out to change, written before it does so that a process that
    takes it over recognises its own work.
    """

    id: str
    actor: Actor
    text: str
    action: str
    reply: Reply
    accepted_at: datetime
    page: int = 0
    effect: str = ""
    finished: bool = False
    request: str = ""
    """The request whose approval this carries out."""
