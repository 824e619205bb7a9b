"""A job: a stored command that a worker runs after the ack."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from bot.domain.people import Actor, Person


@dataclass(frozen=True)
class Reply:
    """Where the answer goes: a response URL (a bearer capability) or an open modal.

    `trigger` opens a modal and is valid for 3 seconds; `replace` replaces the card of the pressed
    button; `home` is a press in App Home, whose answer is a modal and an updated tab. `channel`
    is where the person was, and `thread` its thread. `aloud` is a mention, which everybody there
    reads: the answer is for the person alone. A reply without any is answered by a direct message.
    """

    url: str = field(default="", repr=False)
    view_id: str = ""
    trigger: str = field(default="", repr=False)
    replace: bool = False
    home: bool = False
    channel: str = ""
    thread: str = ""
    aloud: bool = False


@dataclass(frozen=True)
class Job:
    """One job, as Redis stores it; `text` is canonical, never what the person typed.

    `effect` is the intent, stored before the change, so that a process that reclaims the job
    recognises finished work; `begun_at` is when. `request` is the approved request that the job
    executes. `part_of` is the job that runs this one as a part of a bulk act: it is in no queue,
    and stands in line as that job. `trace` is where the command's trace goes on, as a W3C
    traceparent. `passphrase` is what that of its link became, sealed; a finished job has none.
    `cloudinary_id` and `role` are the actor's, for the audit entries of this run: they are not
    stored, and empty until the actor is identified.
    """

    id: str
    actor: Actor
    text: str
    action: str
    reply: Reply
    accepted_at: datetime
    page: int = 0
    effect: str = ""
    begun_at: datetime | None = None
    finished: bool = False
    request: str = ""
    trace: str = ""
    part_of: str = ""
    passphrase: str = field(default="", repr=False)
    cloudinary_id: str = ""
    role: str = ""

    def by(self, person: Person) -> Self:
        """Add who the actor is at Cloudinary; a job of another actor stays as it is."""
        if person.actor != self.actor:
            return self
        return replace(self, cloudinary_id=person.cloudinary_id or "", role=person.role or "")
