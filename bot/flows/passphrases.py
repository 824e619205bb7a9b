"""Keeps a command that wants a passphrase from making a link without one.

`bot.flows.links.collect` does it for `claim`, which has to find the credentials first.
"""

from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.registry import BY_CLASS
from bot.domain.commands.requests import RequestKey
from bot.domain.commands.rotations import RotateKey
from bot.domain.jobs import Job
from bot.domain.passphrases import OWN_ONLY
from bot.domain.people import Actor, mentioned
from bot.errors import SealError
from bot.flows.plan import Approved, Authority, Plan

Protectable = CreateKey | RequestKey | RotateKey
"""Commands that create a key, and lead to its link."""


def passphrase_missing(job: Job, reading: Reading) -> Incomplete | Misunderstood | None:
    """Ask for the passphrase that a command names and its job does not have."""
    if not isinstance(reading, Protectable) or not reading.passphrase:
        return None
    if for_another(reading, job.actor):
        return Misunderstood(OWN_ONLY)
    if job.passphrase:
        return None
    spec = BY_CLASS[type(reading)]
    return Incomplete(spec, tuple(sorted(spec.texts(reading).items())))


def for_another(command: object, actor: Actor) -> bool:
    """Whether another person than the one who chooses the passphrase gets the link.

    Whose link a rotation leads to, its plan knows (`bot.flows.rotations.plan`).
    """
    match command:
        case CreateKey(owner=str(person)) | RequestKey(for_=str(person)):
            return mentioned(actor, person) != actor
        case _:
            return False


def passphrase_of(job: Job, plan: Plan, authority: Authority) -> str:
    """Give the sealed passphrase of a key that is about to be created.

    Raises:
        SealError: its command names one, and there is none.

    """
    kept = authority.request.passphrase if isinstance(authority, Approved) else job.passphrase
    needed = isinstance(plan.command, Protectable) and plan.command.passphrase
    if needed and not kept:
        raise SealError("the passphrase of this command is missing, so no key is created")
    return kept if needed else ""
