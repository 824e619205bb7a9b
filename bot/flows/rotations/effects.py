"""What each phase of a rotation does at Cloudinary, by the keys as they are now.

Every effect is safe to repeat, and is looked for before it is made: another process may have died
right after it. Before the old key is disabled, the new one is enabled and Cloudinary accepts it.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.domain.audit import AuditEvent
from bot.domain.brownouts import Ending
from bot.domain.drift import Drifted
from bot.domain.key_records import Happened
from bot.domain.keys import ROTATED, Change, Key
from bot.domain.pending import PendingState
from bot.domain.requests.deletions import CLOCK_SKEW, place_of
from bot.domain.requests.machine import Request, State
from bot.domain.rotation import PATIENCE, Phase, Rotation, Step, Trouble
from bot.domain.signing import Act, Planned, breakage
from bot.errors import Conflict, NotFound
from bot.flows.ports import Account, Changes, Done, PendingStore
from bot.flows.reconcile_ports import OwnActs
from bot.flows.request_writer import RequestWriter
from bot.flows.rotations.records import RotationRecords


class Taken(NamedTuple):
    """The step that an effect leads to, what is wrong with it, and what was done to keys."""

    step: Step
    trouble: Trouble | None = None
    done: tuple[Done, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A rotation, and the keys of its environment as they are now."""

    request: Request
    rotation: Rotation
    keys: Sequence[Key]
    now: datetime

    @property
    def place(self) -> str:
        """The environment's id."""
        return self.request.terms.environment_id

    @property
    def old(self) -> Key | None:
        """The key that is rotated."""
        return self.key(self.request.terms.key)

    @property
    def new(self) -> Key | None:
        """Its successor."""
        return self.key(self.request.made) if self.request.made else self._created()

    def key(self, api_key: str) -> Key | None:
        """Find a key."""
        return next((each for each in self.keys if each.api_key == api_key), None)

    @property
    def successor(self) -> str:
        """The name of the successor until the old key is gone."""
        terms = self.request.terms.rotation
        return terms.successor if terms else ""

    def _created(self) -> Key | None:
        """The successor of a creation that failed: by its name, which has the rotation's id."""
        since = self.request.asked_at - CLOCK_SKEW
        ours = (
            key
            for key in self.keys
            if key.name == self.successor and (key.created_at is None or key.created_at >= since)
        )
        return next(ours, None)


@dataclass(frozen=True)
class RotationEffects:
    """Carries phases out; the caller holds the environment's lock."""

    account: Account
    pending: PendingStore
    changes: Changes
    writer: RequestWriter
    own: OwnActs

    @property
    def records(self) -> RotationRecords:
        """What is stored of the keys."""
        return RotationRecords(self.pending, self.changes, self.writer, self.own)

    async def of(self, scene: Scene) -> Taken | None:
        """Do what the phase is for; None where it has to wait."""
        by_phase: dict[Phase, Callable[[Scene], Awaitable[Taken | None]]] = {
            Phase.TESTING: self._testing,
            Phase.RETIRING: self._retiring,
            Phase.MOVING: self._moving,
            Phase.REVIVING: self._reviving,
            Phase.DELETING: self._deleting,
            Phase.NAMING: self._naming,
            Phase.ABORTING: self._aborting,
        }
        phase = scene.rotation.phase
        if effect := by_phase.get(phase):
            return await effect(scene)
        if phase is Phase.SOAKING:
            return _soaked(scene)
        return None if phase is Phase.SIGNING and _breaks(scene) else Taken(Step.DEPLOYED)

    async def _testing(self, scene: Scene) -> Taken | None:
        if scene.new is None:
            return Taken(Step.ABORT, Trouble.NEW_GONE)
        if not scene.new.enabled:
            return Taken(Step.FLUNK, Trouble.NEW_DISABLED)
        match await self._works(scene, scene.new):
            case True:
                return Taken(Step.PROVE)
            case None:
                return Taken(Step.PROVE, Trouble.WITHHELD)
            case False:
                waited = scene.now - scene.rotation.since
                return None if waited < PATIENCE else Taken(Step.FLUNK, Trouble.REFUSED)

    async def _works(self, scene: Scene, new: Key) -> bool | None:
        """Whether Cloudinary accepts the new pair; None where it shows no secret on reading.

        The pair is in memory alone, for as long as this takes.
        """
        pair = await self.account.credentials(place_of(scene.request.terms), new.api_key)
        return await self.account.ping(pair) if pair else None

    async def _retiring(self, scene: Scene) -> Taken:
        old, new = scene.old, scene.new
        if new is None:
            return Taken(Step.ABORT, Trouble.NEW_GONE)
        if not new.enabled:
            _, done = await self._revive(scene) if _disabled_since(scene) else (False, ())
            return Taken(Step.FLUNK, Trouble.NEW_DISABLED, done)
        if old is None:
            return Taken(Step.GONE, Trouble.OLD_GONE)
        if old.enabled:
            if await self._works(scene, new) is False:
                return Taken(Step.FLUNK, Trouble.REFUSED)
            if _breaks(scene):
                return Taken(Step.HOLD)
        dark, worked = await self.records.end_brownout(old.api_key, Ending.STOPPED), old.enabled
        if worked:
            old = await self.account.set_enabled(scene.place, old.api_key, enabled=False)
        stopped = await self._was_overtaken(scene) and not scene.rotation.compromised
        if dark or worked:
            done = await self._done(scene, old, ROTATED)
        else:
            done = await self._lost(scene, old, Drifted.DISABLED, ROTATED)
        return Taken(Step.RETIRED, Trouble.OLD_STOPPED if stopped else None, done)

    async def _moving(self, scene: Scene) -> Taken:
        """Pin the new key; one that is disabled signs nothing, and the next phase tells so."""
        if scene.new is None or not scene.new.enabled:
            return Taken(Step.MOVED)
        if scene.new.pinned:
            return Taken(Step.MOVED, None, await self._lost(scene, scene.new, Drifted.PINNED))
        pinned = await self.account.pin(scene.place, scene.new.api_key)
        return Taken(Step.MOVED, None, await self._done(scene, pinned, Change.PINNED))

    async def _reviving(self, scene: Scene) -> Taken:
        if scene.old is None:
            return Taken(Step.GONE, Trouble.OLD_GONE)
        if await self._was_overtaken(scene):
            return Taken(Step.HOLD, Trouble.OLD_STOPPED)
        _, done = await self._revive(scene)
        return Taken(Step.REVIVED, None, done)

    async def _deleting(self, scene: Scene) -> Taken:
        old, new = scene.old, scene.new
        if old is None:
            return Taken(Step.GONE, None, await self._gone(scene, scene.request.terms.key))
        if old.enabled:
            return Taken(Step.KEEP, Trouble.OLD_ENABLED)
        if new is None or not new.enabled:
            return Taken(Step.HOLD, Trouble.NEW_DISABLED if new else Trouble.NEW_GONE)
        return Taken(Step.GONE, None, await self._delete(scene, old))

    async def _naming(self, scene: Scene) -> Taken:
        """Give the old name to the new key, unless a person named it, or another one has it."""
        terms, new = scene.request.terms, scene.new
        if new is None:
            return Taken(Step.NAMED, Trouble.NEW_GONE)
        if terms.name in {terms.key, new.name}:  # a key without a name, or done already
            lost = await self._lost(scene, new, Drifted.RENAMED)
            return Taken(Step.NAMED, scene.rotation.trouble, lost)
        if new.name != scene.successor:
            return Taken(Step.NAMED, Trouble.RENAMED)
        try:
            named = await self.account.rename(scene.place, new.api_key, terms.name)
        except Conflict:
            return Taken(Step.NAMED, Trouble.NAME_TAKEN)
        except NotFound:
            return Taken(Step.NAMED, Trouble.NEW_GONE)
        done = await self._done(scene, named, Change.RENAMED)
        return Taken(Step.NAMED, scene.rotation.trouble, done)

    async def _aborting(self, scene: Scene) -> Taken:
        """Let the old key work as before, then delete the new one, in this order.

        A new key that its owner has stays where the old one can't work again.
        """
        old, new, request = scene.old, scene.new, scene.request
        if new and scene.rotation.trouble is Trouble.OLD_STOPPED:  # as it was when a person pressed
            return Taken(Step.KEEP, Trouble.OLD_STOPPED)
        works, done = await self._revive(scene)
        found = await self.pending.find_pending(request.id)
        collected = found is not None and found.state is PendingState.CLAIMED
        if new and not works and (collected or request.state is State.CLAIMED):
            return Taken(Step.KEEP, Trouble.OLD_STOPPED if old else Trouble.OLD_GONE)
        if found and found.state is PendingState.WAITING:
            closed = self.writer.entry(request, "revoked", event=AuditEvent.RELEASED)
            await self.pending.revoke(found, closed)
        if old and new and new.enabled and new.pinned:
            pinned = await self.account.pin(scene.place, old.api_key)
            done = done or await self._done(scene, pinned, Change.PINNED)
        elif old and old.pinned:
            done = done or await self._lost(scene, old, Drifted.PINNED)
        gone = await (self._delete(scene, new) if new else self._gone(scene, request.made))
        return Taken(Step.CLEARED, scene.rotation.trouble, (*done, *gone))

    async def _delete(self, scene: Scene, key: Key) -> tuple[Done, ...]:
        with suppress(NotFound):
            await self.account.delete(scene.place, key.api_key)
        return await self._done(scene, key, Happened.DELETED)

    async def _revive(self, scene: Scene) -> tuple[bool, tuple[Done, ...]]:
        """Enable the old key where this rotation disabled it; answers whether it works."""
        old = scene.old
        if old is None:
            return False, ()
        if old.enabled:
            return True, await self._lost(scene, old, Drifted.ENABLED)
        if not await self.revives(scene):
            return False, ()
        await self.records.end_brownout(old.api_key, Ending.MEANWHILE)
        enabled = await self.account.set_enabled(scene.place, old.api_key, enabled=True)
        return True, await self._done(scene, enabled, Change.ENABLED)

    async def revives(self, scene: Scene) -> bool:
        """Whether the old key works once this rotation is taken back."""
        if scene.old is None or scene.old.enabled:
            return scene.old is not None
        ours = scene.rotation.stops and not scene.rotation.compromised
        return ours and not await self._was_overtaken(scene)

    async def _was_overtaken(self, scene: Scene) -> bool:
        return await self.records.was_overtaken(scene.request, scene.now)

    async def _gone(self, scene: Scene, api_key: str) -> tuple[Done, ...]:
        """Tell of a key that this phase deleted before its process died."""
        key = Key(api_key, "", enabled=False, root=False, created_at=None, updated_at=None)
        return await self._lost(scene, key, Drifted.DELETED)

    async def _lost(
        self, scene: Scene, key: Key, what: Drifted, change: str = ""
    ) -> tuple[Done, ...]:
        return await self.records.lost(scene.request, key, what, scene.now, change)

    async def _done(self, scene: Scene, key: Key, change: str) -> tuple[Done, ...]:
        return await self.records.done(scene.request, key, change, scene.now)


def _breaks(scene: Scene) -> bool:
    """Whether disabling the old key would move the webhook signer, or leave no enabled key."""
    old = scene.old
    return old is not None and bool(breakage(scene.keys, Planned(Act.DISABLE, old)))


def _disabled_since(scene: Scene) -> bool:
    """Whether the old key was disabled in this phase: before that, a person did it."""
    changed, since = scene.old.updated_at if scene.old else None, scene.rotation.since - CLOCK_SKEW
    return changed is None or changed >= since


def _soaked(scene: Scene) -> Taken:
    if scene.old is None:
        return Taken(Step.GONE, Trouble.OLD_GONE)
    if scene.old.enabled:
        return Taken(Step.KEEP, Trouble.OLD_ENABLED)
    return Taken(Step.RIPEN)
