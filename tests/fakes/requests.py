"""Requests in memory: the port `Requests`. The contract suite also runs on `RedisRequests`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.audit import Entry
from bot.domain.jobs import Job
from bot.domain.key_records import changed
from bot.domain.people import Actor
from bot.domain.requests.deadlines import next_look
from bot.domain.requests.key_events import event_for_key
from bot.domain.requests.limits import WEEK
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Notification
from bot.domain.requests.repeats import asks_for_same
from bot.domain.sign_in import SignedVote
from bot.flows.ports import Done
from bot.flows.request_ports import Opening
from tests.fakes.jobs import FakeJobs
from tests.fakes.rotation_schedules import FakeRotationSchedules
from tests.fakes.vote_sign_ins import FakeVoteSignIns

CLAIM_TTL = timedelta(hours=8)


@dataclass
class FakeRequests:
    """`notifications` is the outbox; audit entries and jobs go to `jobs`."""

    jobs: FakeJobs
    notifications: list[Notification] = field(default_factory=list)
    rotations: FakeRotationSchedules = field(default_factory=FakeRotationSchedules)
    sign_ins: FakeVoteSignIns = field(default_factory=FakeVoteSignIns)
    _kept: dict[str, Request] = field(default_factory=dict)
    _look: dict[str, datetime] = field(default_factory=dict)
    _spent: dict[tuple[Actor, str], list[datetime]] = field(default_factory=dict)
    _cards: dict[str, str] = field(default_factory=dict)

    async def open(
        self,
        request: Request,
        entry: Entry,
        notifications: Sequence[Notification],
        job: Job | None = None,
        budgets: Sequence[str] = (),
        *,
        once: bool = False,
    ) -> Opening | Request:
        """Store a new request, once, within its limits."""
        if request.id in self._kept:
            return Opening.TAKEN
        by, now, approval = request.terms.requester, request.asked_at, request.approval
        own = [it for it in self._kept.values() if it.terms.requester == by]
        waiting = [it for it in own if it.state is State.PENDING]
        same = [it for it in waiting if now < it.expires_at and asks_for_same(it, request)]
        if request.state is State.PENDING and once and same:
            return same[0]
        if request.rotation and (running := await self.rotation_of(request.terms.key)):
            return running
        if request.state is State.PENDING and len(waiting) >= approval.open_at_most:
            return Opening.TOO_MANY
        spent = [self._spent.setdefault((by, rule), []) for rule in budgets]
        recent = [sum(now - at < WEEK for at in each) for each in spent]
        if approval.auto and any(count >= approval.auto.each_week for count in recent):
            return Opening.SPENT
        for each in spent:
            each.append(now)
        self._write(request, entry, notifications, job)
        return Opening.OPENED

    async def replace(
        self,
        before: Request,
        after: Request,
        entry: Entry,
        notifications: Sequence[Notification] = (),
        job: Job | None = None,
        by: Job | None = None,
        done: Sequence[Done] = (),
        spends: SignedVote | None = None,
    ) -> bool:
        """Replace a request, unless it changed since it was read, and mark the job that does."""
        kept = self._kept.get(before.id)
        gone = spends and not self.sign_ins.there(spends)
        if kept is None or kept.version != before.version or gone:
            return False
        if by and not self.jobs.mark(by):
            return False
        if spends:
            self.sign_ins.spend(spends)
        self.jobs.records.touch(event_for_key(before, after, entry.at, entry.actor))
        self._write(after, entry, notifications, job)
        self.rotations.succeed(before, after, entry.at)
        for each in done:
            self.jobs.last_changed(each)
            if each.key:
                self.jobs.records.touch(changed(each.key, each.change, entry.actor))
        return True

    def _write(
        self, request: Request, entry: Entry, notifications: Sequence[Notification], job: Job | None
    ) -> None:
        self._kept[request.id] = request
        self.jobs.entries.append(entry)
        self.notifications += notifications
        if job:
            self.jobs.put(job)
        self._set_deadline(request)

    def _set_deadline(self, request: Request) -> None:
        at = next_look(request, CLAIM_TTL)
        if at is None:
            self._look.pop(request.id, None)
        else:
            self._look[request.id] = at

    async def schedule(self, request: Request) -> None:
        """Set the next deadline, unless the request changed meanwhile."""
        if self._kept[request.id].version == request.version:
            self._set_deadline(request)

    async def postpone(self, request: Request, until: datetime) -> None:
        """Move the next deadline to this time, unless the request has none."""
        if request.id in self._look:
            self._look[request.id] = until

    async def note(
        self, entry: Entry, notifications: Sequence[Notification] = (), by: Job | None = None
    ) -> None:
        """Write an audit entry and notifications without changing a request, once for a job."""
        if by and not self.jobs.mark(by):
            return
        self.jobs.entries.append(entry)
        self.notifications += notifications

    async def load(self, request_id: str) -> Request | None:
        """Read a request with the place of its card."""
        return self._placed(request_id) if request_id in self._kept else None

    def _placed(self, request_id: str) -> Request:
        return replace(self._kept[request_id], card=self._cards.get(request_id, ""))

    async def place(self, request_id: str, card: str) -> None:
        """Store the place of a request's card."""
        self._cards[request_id] = card

    async def request_at_card(self, card: str) -> str | None:
        """Find the id of the request whose card is in this place."""
        return next((id_ for id_, place in self._cards.items() if place == card), None)

    async def opened_by(self, actor: Actor, most: int) -> list[Request]:
        """List a person's own requests, newest first."""
        return [r for r in self._newest() if r.terms.requester == actor][:most]

    async def pending(self, most: int) -> list[Request]:
        """List the requests that wait for votes or a review, newest first."""
        return [each for each in self._newest() if each.waits][:most]

    async def closed(self, most: int) -> list[Request]:
        """List all others, newest first."""
        return [each for each in self._newest() if not each.waits][:most]

    async def beginning(self, typed: str, _: Actor | None, /) -> list[Request]:
        """List those whose ids begin like this."""
        return [each for each in self._newest() if each.id.startswith(typed)]

    def _newest(self) -> list[Request]:
        found = [self._placed(id_) for id_ in self._kept]
        return sorted(found, key=lambda it: (it.asked_at, it.id), reverse=True)

    async def rotation_of(self, api_key: str) -> Request | None:
        """Find the rotation of a key, or of its successor."""
        rotate = (it for it in self._kept.values() if it.rotates)
        return next((it for it in rotate if api_key in {it.terms.key, it.made}), None)

    async def due(self, now: datetime, most: int) -> list[Request]:
        """List the requests whose deadline has passed, earliest first."""
        late = sorted((at, id_) for id_, at in self._look.items() if at <= now)
        return [self._placed(id_) for _, id_ in late][:most]

    def wake(self, request_id: str) -> None:
        """Make a request due now, as opening its link does."""
        self._look[request_id] = self._kept[request_id].asked_at
