"""Takes the steps of rotations that people press: who may is decided again at each press."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import render
from bot.domain.commands.requests import Steer
from bot.domain.environments import Environment
from bot.domain.jobs import Job
from bot.domain.keys import Key, Located, ProtectionReason, overtaken
from bot.domain.outcomes.decisions import MayNotDecide
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey
from bot.domain.outcomes.requests import NoSuchRequest
from bot.domain.outcomes.rotations import OutOfTurn, Steered
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Person
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.notifications import Topic, redraw
from bot.domain.requests.votes import IneligibleReason
from bot.domain.rotation import By, Phase, Rotation, Step, Trouble, allows
from bot.domain.signing import Act, Planned, SignerMove, broken_by, move_between, move_of
from bot.errors import KeysmithError
from bot.flows.authorize import Authorizer
from bot.flows.ports import Account, Changes
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.collected import Collections
from bot.flows.rotations.drive import RotationDriver
from bot.flows.rotations.effects import Scene

STEERED: Final = "steered:"
"""Before the step, in the effect of a job whose step is stored."""
TRIES: Final = 50
"""Attempts at one step: each lost race means that another one was stored."""
ACTS: Final = {Step.SIGNER: Act.PIN, Step.ROLL_BACK: Act.ENABLE}
"""What a step does to a key, as far as that may move the webhook signer."""


@dataclass(frozen=True)
class RotationSteerer:
    """Takes one step of a person."""

    account: Account
    authorizer: Authorizer
    changes: Changes
    writer: RequestWriter
    driver: RotationDriver

    @property
    def collections(self) -> Collections:
        """What follows a new key that waits for its owner."""
        return Collections(self.writer, self.driver.pending, self.driver.clock)

    async def steer(self, job: Job, person: Person, command: Steer) -> Outcome:
        """Take the step if the person may and the rotation is there; then do what follows."""
        request = await self.writer.requests.load(command.id)
        if request is None or request.rotation is None:
            return NoSuchRequest(command.id)
        taken = Step(command.step)
        if job.effect == f"{STEERED}{taken}":  # its process died before the end
            return Steered(request, taken)
        if reason := await self._refusal(person, request, taken):
            entry = self.writer.entry(request, f"rotation {taken}", job, AuditEvent.REFUSED)
            await self.writer.requests.note(entry)
            return MayNotDecide(request, reason)
        for _ in range(TRIES):
            if await self.collections.collected(request):
                request = await self.writer.requests.load(request.id) or request
            if not _is_open(request, taken):
                return OutOfTurn(request, taken)
            stop = await self._obstacle(request, command, taken)
            if stop is not None and not isinstance(stop, Trouble):
                return stop
            if after := await self._take(job, request, command, taken, stop):
                with suppress(KeysmithError):  # the phase is stored: the next look goes on
                    after = await self.driver.drive(after)
                return Steered(after, taken)
            request = await self.writer.requests.load(request.id) or request
        return OutOfTurn(request, taken)

    async def _refusal(
        self, person: Person, request: Request, taken: Step
    ) -> IneligibleReason | None:
        places = await self.account.environments()
        id_ = request.terms.environment_id
        place = next((each for each in places if each.id == id_), None)
        if place is None or not self.authorizer.may_steer(person, request, place, taken):
            return IneligibleReason.NOT_YOURS
        backed = self.authorizer.backs_deletion
        if taken is Step.DELETE and _is_open(request, taken) and not backed(person, request, place):
            return IneligibleReason.DELETION
        return None

    async def _take(
        self, job: Job, request: Request, command: Steer, taken: Step, trouble: Trouble | None
    ) -> Request | None:
        effect = f"{STEERED}{taken}"
        if request.state is State.CLAIMABLE:  # what is not collected yet never worked
            now = self.driver.clock.now()
            after = move(request, Event.LAPSE, Cause.ENGINE, now).request
            if after.rotation:
                after = replace(after, rotation=replace(after.rotation, trouble=None))
            told = (redraw(request.id, Topic.ROTATION),)  # its end is told
            return await self.writer.write(
                *(request, after, "rotation abort", told, job), effect=effect
            )
        return await self.driver.take(
            *(request, taken, By.PERSON),
            trouble=trouble,
            grace=command.grace,
            job=job,
            effect=effect,
        )

    async def _obstacle(
        self, request: Request, command: Steer, taken: Step
    ) -> Outcome | Trouble | None:
        """What the step would break, unless the old key's name is typed to confirm it.

        A trouble is stored with an abort that needs no confirmation, so that it keeps both keys.
        """
        terms = request.terms
        if taken not in {*ACTS, Step.DELETE, Step.ABORT} or request.state is State.CLAIMABLE:
            return None
        keys = await self.account.keys(terms.environment_id)
        place = Environment(terms.environment_id, terms.environment_name, terms.cloud_name)
        old = next((key for key in keys if key.api_key == terms.key), None)
        if taken is Step.ABORT:
            return await self._of_abort(request, command, keys, place)
        if old is None:
            return NoSuchKey(terms.name, None, (place,)) if taken is Step.ROLL_BACK else None
        here, retry = Located(old, place), render(replace(command, confirm=terms.name))
        if taken is Step.ROLL_BACK and overtaken(
            await self.changes.last_change(terms.key), request.asked_at
        ):
            return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
        if command.confirm == terms.name:
            return None
        if taken is Step.DELETE:
            return KeyProtected(here, ProtectionReason.DELETION, retry)
        reason, moves = _moves(keys, old, request, taken)
        return KeyProtected(here, reason, retry, moves) if reason else None

    async def _of_abort(
        self, request: Request, command: Steer, keys: list[Key], place: Environment
    ) -> KeyProtected | Trouble | None:
        """What an abort would break: programs may use the new key, and it may sign webhooks.

        Where the old key can't work again, the new one stays, also if that changes meanwhile.
        """
        name, now = request.terms.name, self.driver.clock.now()
        scene = Scene(request, request.rotation or Rotation(now), keys, now)
        old, new = scene.old, scene.new
        if old is None or new is None or command.confirm == name:
            return None
        if not await self.driver.effects.revives(scene):
            return Trouble.OLD_STOPPED
        move = move_between(keys, _aborted(keys, old, new))
        retry, here = render(replace(command, confirm=name)), Located(new, place)
        reason, moves = ProtectionReason.COLLECTED, move if move and move.breaks else None
        return KeyProtected(here, reason, retry, moves, request.short_id)


def _moves(
    keys: list[Key], old: Key, request: Request, taken: Step
) -> tuple[ProtectionReason | None, SignerMove | None]:
    new = next((key for key in keys if key.api_key == request.made), None)
    moved = new if taken is Step.SIGNER else old
    if moved is None:
        return None, None
    move = move_of(keys, Planned(ACTS[taken], moved))
    return broken_by(move), move


def _aborted(keys: list[Key], old: Key, new: Key) -> list[Key]:
    """The keys after an abort: the old one works, in the place of the new one, which is deleted."""
    back = Act.PIN if new.enabled and new.pinned else Act.ENABLE
    return Planned(Act.DELETE, new).after(Planned(back, replace(old, enabled=True)).after(keys))


def _is_open(request: Request, taken: Step) -> bool:
    """Whether the step is one of the rotation as it is now."""
    rotation = request.rotation
    if rotation is None or not allows(rotation, taken, By.PERSON):
        return False
    created = request.state in {State.CLAIMABLE, State.CLAIMED}
    return created and rotation.phase is not Phase.PLANNED
