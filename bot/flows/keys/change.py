"""Changes one existing key, once, while it holds the lock of the key's environment.

The order is lock, read again, intent, effect, done. What a crash leaves:
- before the intent: nothing happened, and the job runs again from its start;
- after the intent: the job runs again and recognizes its own effect by the mark, unless another
  job has changed the key since; every effect here is safe to repeat;
- after the effect: likewise, and the audit entry follows;
- after `finish`: the job is over, and only its answer is repeated.
"""

from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent
from bot.domain.brownouts import Ending
from bot.domain.commands.keys import (
    BrownoutKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    RestoreKey,
)
from bot.domain.jobs import Job
from bot.domain.keys import BROWNOUT, DISABLING, Change, Key, LastChange, Located, ProtectionReason
from bot.domain.link_receipts import settled
from bot.domain.names import Looks
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NoSuchKey, NothingToChange
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import PendingCredentials, PendingState
from bot.domain.people import Person
from bot.domain.requests.brownouts import carried as carried_brownout
from bot.domain.requests.deletions import Deletion, carried
from bot.domain.signing import SignerMove
from bot.errors import AlteredRecord, Unread
from bot.flows.audit import AuditLog, about_key, about_move
from bot.flows.keys.brownouts import Brownouts
from bot.flows.keys.deletions import Deletions
from bot.flows.keys.effects import (
    Effect,
    effect_of,
    enabling_obstacle,
    moves,
    obstacle,
    root_obstacle,
    unforeseen,
)
from bot.flows.plan import Authority, Plan
from bot.flows.ports import Account, Done, Jobs, Locks, PendingStore


@dataclass(frozen=True)
class KeyChanger:
    """Applies plans that change one existing key."""

    account: Account
    jobs: Jobs
    locks: Locks
    pending: PendingStore
    audit_log: AuditLog
    looks: Looks
    deletions: Deletions
    brownouts: Brownouts

    async def change(
        self, job: Job, person: Person, plan: Plan, command: KeyChange, authority: Authority
    ) -> Outcome:
        """Apply a plan; the second of two equal ones answers that nothing is left to change."""
        async with self.locks.hold(f"environment:{plan.environment.id}", job):
            return await self._change(job, person, plan, command, authority)

    async def done(self, job: Job, plan: Plan, command: KeyChange) -> bool:
        """Whether the key is as this job changed it, by the key that the plan has read."""
        if plan.key is None:
            return False
        last, here = await self._last_change(command), Located(plan.key, plan.environment)
        deletion = await self._deletion(command, plan.key, last)
        effect = effect_of(self.account, command, here, deletion)
        return _is_own(job, effect, plan.key, last)

    async def _change(
        self, job: Job, person: Person, plan: Plan, command: KeyChange, authority: Authority
    ) -> Outcome:
        api_key = command.name
        pending = await self.pending.pending_for_key(api_key)  # first: they may end meanwhile
        if pending and pending.state is not PendingState.WAITING:
            pending = None
        siblings = await self.account.keys(plan.environment.id)
        key = next((each for each in siblings if each.api_key == api_key), None)
        if key is None:
            return NoSuchKey(plan.name, None, (plan.environment,))
        here = Located(key, plan.environment)
        last = await self._last_change(command)
        deletion = await self._deletion(command, key, last)
        stop = root_obstacle(command, here)
        enables = isinstance(command, RestoreKey) and deletion is not None and deletion.worked
        if (enables or isinstance(command, EnableKey)) and stop is None:
            running = await self.deletions.writer.requests.rotation_of(api_key)
            stop = enabling_obstacle(here, job.accepted_at, pending, last, running)
        if stop:
            return stop
        effect = effect_of(self.account, command, here, deletion)
        if isinstance(command, BrownoutKey) and (lit := _not_dark(job, effect, here, last)):
            return lit
        move = None if effect.reached else moves(command, key, siblings, deletion)
        ends = pending if isinstance(command, DisableKey | DeleteKey) else None
        found = _Found(command, here, last, deletion, move, ends)
        dark = isinstance(command, DisableKey | DeleteKey) and last is not None and last.brownout
        if ends or dark:
            effect = replace(effect, reached=False)  # its link, or the clock, may enable it
        elif effect.reached and not (_is_own(job, effect, key, last) or _unfinished(effect, last)):
            return await self._nothing(job, person, effect, found)
        elif not effect.reached:
            unsaid = unforeseen(here, move, authority)
            prevented = unsaid or obstacle(command, here, siblings, self.looks, deletion)
            if prevented:
                return prevented
        return await self._act(job, person, effect, authority, found)

    async def _last_change(self, command: KeyChange) -> LastChange | None:
        """Read the key's last change; nothing that Redis says keeps a key from being stopped."""
        try:
            return await self.jobs.last_change(command.name)
        except AlteredRecord:
            if isinstance(command, DisableKey | DeleteKey):
                return None
            raise

    async def _deletion(
        self, command: KeyChange, key: Key, last: LastChange | None
    ) -> Deletion | None:
        """Find the key's scheduled deletion; one that can't be read keeps no key from a stop."""
        try:
            return await self.deletions.of(key, last)
        except Unread:
            if isinstance(command, DisableKey | DeleteKey):
                return None
            raise

    async def _nothing(
        self, job: Job, person: Person, effect: Effect, found: "_Found"
    ) -> NothingToChange:
        """Record a disabling even if the key is disabled: no older enabling may follow it."""
        here, deletion = found.here, found.deletion
        if effect.change is Change.DISABLED:
            kind = NothingToChange.kind
            entry = self.audit_log.entry(job, AuditEvent.ANSWERED, about_key(here), kind)
            change = LastChange(effect.change, person.name, entry.at, job.id, entry.at)
            done = Done(here.key.api_key, found.carry(job, change), key=here.key)
            await self.jobs.finish(job, entry, done)
        at = deletion.request.delete_at if deletion else None
        return NothingToChange(replace(here, deletes_at=at), effect.change, found.last)

    async def _act(
        self, job: Job, person: Person, effect: Effect, authority: Authority, found: "_Found"
    ) -> KeyChanged:
        here, last, detail = found.here, found.last, found.detail(authority)
        target = about_key(here) | about_move(found.move)
        begun = self.audit_log.entry(job, AuditEvent.BEGUN, target, detail)
        stops, by = effect.change is Change.DISABLED, person.name
        by_clock, dark = isinstance(found.command, BrownoutKey), last.brownout if last else ""
        if stops:
            await self.brownouts.end(dark, Ending.STOPPED, job)
        # From here on it may have happened: no older enabling may follow it, answer or not.
        disabled = last.disabled if last else None
        disabled = begun.at if stops and not by_clock else disabled
        begins = LastChange(DISABLING, by, begun.at, job.id, disabled)
        stopping = Done(here.key.api_key, found.carry(job, begins)) if stops else None
        job = await self.jobs.begin(job, effect.mark(here.key), begun, stopping)
        if found.ends:
            revoked = self.audit_log.entry(job, AuditEvent.RELEASED, about_key(here), "revoked")
            told = settled(found.ends, begun.at, opened=False)
            await self.pending.revoke(found.ends, revoked, told)
        key = here.key if effect.reached else await effect.act()
        if effect.change in {Change.ENABLED, Change.RESTORED}:
            await self.deletions.take_back(job, found.deletion_id)
            await self.brownouts.end(dark, Ending.MEANWHILE, job)
        done = Located(key, here.environment)
        changed = BROWNOUT if by_clock else effect.change
        change = found.carry(job, LastChange(changed, by, begun.at, job.id, disabled))
        notice = _notice(person, done, effect.change) if authority.notify else ""
        target = about_key(done) | about_move(found.move)
        entry = self.audit_log.entry(job, AuditEvent.DONE, target, detail)
        await self.jobs.finish(job, entry, Done(key.api_key, change, notice, key))
        before = here.key.label if effect.change is Change.RENAMED else ""
        return KeyChanged(done, effect.change, before, found.move, told_security=bool(notice))


@dataclass(frozen=True)
class _Found:
    """A key as it is before its change, and what is stored about it."""

    command: KeyChange
    here: Located
    last: LastChange | None
    deletion: Deletion | None
    move: SignerMove | None = None
    """How the change moves the webhook signer; unknown of one that was done before a crash."""
    ends: PendingCredentials | None = None
    """What waits for its owner, and is revoked with the key."""

    @property
    def deletion_id(self) -> str:
        """The request by which the key is to be deleted; empty if there is none."""
        if self.deletion:
            return self.deletion.request.id
        return self.last.deletion if self.last else ""

    def carry(self, job: Job, change: LastChange) -> LastChange:
        """Add to the key's next last change what it says of a deletion."""
        id_, worked = carried(self.command, job, self.last, self.deletion, self.here.key)
        brownout = carried_brownout(self.command, job, self.last)
        return replace(change, deletion=id_, worked=worked, brownout=brownout)

    def detail(self, authority: Authority) -> str:
        """What the audit log says of the change: by what right, and that it is a restore."""
        restores = isinstance(self.command, RestoreKey)
        return f"restore: {authority.policy}" if restores else authority.policy


def _is_own(job: Job, effect: Effect, key: Key, last: LastChange | None) -> bool:
    """Whether this job changed the key, and no other job has changed it since its intent."""
    since = job.begun_at or job.accepted_at
    by_other = last is not None and last.job != job.id and last.at > since
    return effect.reached and job.effect == effect.mark(key) and not by_other


def _not_dark(job: Job, effect: Effect, here: Located, last: LastChange | None) -> Outcome | None:
    """Why a key is not disabled for a time: it is disabled, or was changed since this began."""
    if job.effect == effect.mark(here.key) and last is not None and last.job != job.id:
        return KeyProtected(here, ProtectionReason.OVERTAKEN, None)
    own = _is_own(job, effect, here.key, last)
    return NothingToChange(here, effect.change, last) if effect.reached and not own else None


def _unfinished(effect: Effect, last: LastChange | None) -> bool:
    """Whether another job began to disable the key and could not tell that it did: security too."""
    return effect.change is Change.DISABLED and last is not None and last.change == DISABLING


def _notice(person: Person, here: Located, change: Change) -> str:
    key, place = here.key, here.environment
    return f"{person.name} {change} the key {key.label} ({key.api_key}) in {place.name}."
