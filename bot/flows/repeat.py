"""Answers a finished job that runs again: it shows what the job led to, and never acts.

What is not listed here is not shown: a command that a later version adds does nothing, either.
"""

from dataclasses import dataclass

from bot.domain.commands.adoption import AdoptKeys, ResumeAdoption
from bot.domain.commands.environments import (
    CreateEnvironment,
    EnvironmentReading,
    OfPlace,
    RenameEnvironment,
    ShowEnvironment,
)
from bot.domain.commands.fields import MOST_PLACES
from bot.domain.commands.general import Help, Menu, WhoAmI
from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading
from bot.domain.commands.groups import GroupReading
from bot.domain.commands.key_records import NoteKey, OwnerOfKey, TagKey
from bot.domain.commands.keys import (
    CreateKey,
    KeyChange,
    KeyReading,
    RenameKey,
    RolesOfKey,
    ShowKey,
)
from bot.domain.commands.links import ListLinks, RevokeLink
from bot.domain.commands.many_keys import ManyKeys
from bot.domain.commands.registry import Explain
from bot.domain.commands.requests import Deciding, ListRequests, Renew
from bot.domain.commands.reviews import AnswerReview, OwnReviews
from bot.domain.commands.users import (
    AddUser,
    ExistingUserChange,
    OffboardUser,
    ShowUser,
    UserReading,
)
from bot.domain.jobs import Job
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.pending import PendingState
from bot.flows.ports import PendingStore
from bot.flows.request_ports import Requests
from bot.flows.requests.open import request_id

READ_ONLY = (
    Menu
    | Help
    | WhoAmI
    | Explain
    | EnvironmentReading
    | KeyReading
    | ListRequests
    | GroupReading
    | UserReading
    | OwnReviews
    | ListLinks
)
"""Commands that change nothing: an identity that is up to a minute old is enough for them."""
STORED = ManyKeys | ResumeAdoption | OffboardUser
"""Commands about many targets: their list is stored, and is shown as it is."""


@dataclass(frozen=True)
class Repeater:
    """Knows what each finished job shows."""

    requests: Requests
    pending: PendingStore

    async def instead(self, job: Job, reading: Reading) -> Reading | KeyCreated | Repeated:
        """Return what to read in place of the command, or the answer."""
        ids = [request_id(job, number) for number in range(MOST_PLACES)]
        opened = [id_ for id_ in ids if await self.requests.load(id_)]
        if opened:
            return ListRequests(opened[0] if len(opened) == 1 else None)
        if isinstance(reading, CreateKey):
            made = await self.pending.find_pending(job.id)
            if made and made.state is PendingState.WAITING:
                return KeyCreated(made)
        return _shown(reading)


def _shown(reading: Reading) -> Reading | Repeated:
    if isinstance(reading, READ_ONLY | Misunderstood | Incomplete | STORED | AdoptKeys):
        return reading
    if isinstance(reading, Deciding | Renew):
        return ListRequests(reading.id)
    if isinstance(reading, AddUser | ExistingUserChange):
        return ShowUser(reading.email if isinstance(reading, AddUser) else reading.person)
    if isinstance(reading, AnswerReview | RevokeLink):
        return OwnReviews() if isinstance(reading, AnswerReview) else ListLinks()
    if isinstance(reading, RenameKey):
        return ShowKey(reading.new, reading.env)
    if isinstance(reading, RolesOfKey | OwnerOfKey):
        return type(reading)(reading.name, env=reading.env)
    if isinstance(reading, KeyChange | CreateKey | NoteKey | TagKey):
        return ShowKey(reading.name, reading.env)
    if isinstance(reading, RenameEnvironment):
        return ShowEnvironment(reading.new)
    if isinstance(reading, CreateEnvironment):
        return ShowEnvironment(reading.name)
    return ShowEnvironment(reading.env) if isinstance(reading, OfPlace) else Repeated()
