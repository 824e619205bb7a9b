"""Reads the audit log for a person: a page of what they look for, or all of it as a file.

What a person may not look at is left out, entry by entry. A search reads stretches of the log from
its end, and stops after `MOST` entries: the next page goes on behind them, by their number, so that
what is written meanwhile moves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.domain.audit import AuditEvent, Entry, Head, Record
from bot.domain.commands.oversight import ShowAudit
from bot.domain.jobs import Job
from bot.domain.log_search import Filters, Logged, Sight
from bot.domain.outcomes.oversight import (
    AuditExported,
    AuditNotExported,
    AuditShown,
    ExportStop,
    OversightOutcome,
)
from bot.domain.people import Actor, Person
from bot.domain.policy import Action, Allowed
from bot.errors import SlackError
from bot.flows.audit import AuditLog
from bot.flows.keys.resolve import Resolver
from bot.flows.log_ports import Exported, LogExporter, LogReader
from bot.flows.ports import Jobs

PAGE: Final = 15
"""Entries on a page."""
STRETCH: Final = 500
"""Entries that are read at once: a few milliseconds in which nothing else runs."""
MOST: Final = 20_000
"""Entries that one search looks through: a fifth of a second on an idle machine."""
BEGUN: Final = "audit export"
"""The intent of an export, and the detail of its entry."""
STOPS: Final = {
    "missing_scope": ExportStop.NO_SCOPE,
    "file_upload_size_restricted": ExportStop.TOO_LARGE,
}
"""By Slack's refusal: what keeps a file from being sent, now and later."""


@dataclass
class _Search:
    """One page as it is put together."""

    filters: Filters
    sight: Sight
    found: list[Logged] = field(default_factory=list)
    first: int = 0
    reached: datetime | None = None
    hidden: int = 0
    unread: int = 0
    ended: bool = False

    def look(self, record: Record, *, proven: bool) -> None:
        """Look at the next older record."""
        self.first = record.seq
        if not self.filters.may_match(record.body):
            return
        try:
            entry = Entry.read(record.body)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.unread += 1
            return
        self.reached = entry.at
        if not self.filters.matches(entry):
            return
        if self.sight.of(entry):
            self.found.append(Logged(record.seq, self.sight.named(entry), proven))
        elif not self.filters.key:  # a count would tell that there is such a key
            self.hidden += 1

    @property
    def full(self) -> bool:
        """Whether the page has all that it can show."""
        return len(self.found) == PAGE

    def passed(self, record: Record) -> None:
        """Note how far back the search is: it ends where what comes next is too old as well."""
        self.reached, since = written_at(record) or self.reached, self.filters.since
        self.ended = bool(since and self.reached and self.reached < since)


def written_at(record: Record) -> datetime | None:
    """When a record was written, as it says."""
    try:
        return Entry.read(record.body).at
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


@dataclass(frozen=True)
class LogSearch:
    """Answers `audit`."""

    reader: LogReader
    exporter: LogExporter
    resolver: Resolver
    jobs: Jobs
    audit_log: AuditLog

    async def run(
        self, job: Job, person: Person, command: ShowAudit, page: int
    ) -> OversightOutcome:
        """Show a page, which begins at entry `page` or at the newest one; or send all."""
        if command.export:
            return await self._exported(job, person, command)
        return await self._shown(person, command, page)

    async def _shown(self, person: Person, command: ShowAudit, page: int) -> AuditShown:
        filters = self._filters(person.actor, command)
        search = _Search(filters, await self._sight(person))
        head, start = await self.reader.head(), await self.reader.start()
        last = min(page, head.seq) if page > 0 else head.seq
        await self._read(search, last, start)
        older = 0 if search.ended or search.first <= start.seq + 1 else search.first - 1
        shown = AuditShown(
            *(command, tuple(search.found), search.first or last, last, search.reached, older),
            newest=page <= 0,
            hidden=search.hidden,
            unread=search.unread,
        )
        if older or search.ended or not start.seq:
            return shown
        archives = tuple(await self.reader.archives())
        return replace(shown, archived=start.seq, archives=archives)

    def _filters(self, actor: Actor, command: ShowAudit) -> Filters:
        person = replace(actor, user_id=command.who.removeprefix("@")) if command.who else None
        since = self.audit_log.clock.now() - command.since if command.since else None
        return Filters(person, command.key or "", since)

    async def _sight(self, person: Person) -> Sight:
        """What the person may look at now, by the same rules as `env show` and `user list`."""
        places = await self.resolver.account.environments()
        seen = await self.resolver.visible(person, Action.ENV_SHOW)
        decide = self.resolver.authorizer.decide
        users, groups = (
            isinstance(decide(person, action, None), Allowed)
            for action in (Action.USER_LIST, Action.GROUP_LIST)
        )
        known, ids = {it.id: it.name for it in places}, frozenset(it.id for it in seen)
        everywhere = person.environments is None
        return Sight(known, ids, everywhere=everywhere, users=users, groups=groups)

    async def _read(self, search: _Search, last: int, start: Head) -> None:
        """Read back until the page is full, the log ends, or enough was looked through."""
        stop = max(start.seq, last - MOST)
        while last > stop and not search.full and not search.ended:
            size = min(STRETCH if search.filters.any else 4 * PAGE, last - stop)
            records = await self.reader.newest(last, size + 1)
            if not records:  # the log was cut
                search.first = start.seq + 1
                return
            self._look(search, records, size, start)
            last = search.first - 1

    def _look(self, search: _Search, records: Sequence[Record], size: int, start: Head) -> None:
        """Look through a stretch; behind it there is one more record, which proves the last one."""
        for record, before in zip(records[:size], [*records[1:], None][:size], strict=False):
            if search.full:
                return
            behind = Head(before.seq, before.mac) if before else start
            told = search.filters.may_match(record.body)
            search.look(record, proven=told and self.reader.proves(record, behind))
        search.passed(records[min(size, len(records)) - 1])

    async def _exported(
        self, job: Job, person: Person, command: ShowAudit
    ) -> AuditExported | AuditNotExported:
        """Send the whole log; the intent is on the record before the person has it."""
        if command.filtered:
            return AuditNotExported(ExportStop.FILTERED)
        if not (await self._sight(person)).whole:
            return AuditNotExported(ExportStop.NOT_ALL)
        again = job.effect == BEGUN
        head, start = await self.reader.head(), await self.reader.start()
        target = {"first": str(start.seq + 1), "last": str(head.seq)}
        entry = self.audit_log.entry(job, AuditEvent.BEGUN, target, BEGUN)
        await self.jobs.begin(job, BEGUN, entry)
        try:
            sent: Exported = await self.exporter.send(person.actor.user_id, job.id, again=again)
        except SlackError as error:
            if error.code not in STOPS:
                raise
            return AuditNotExported(STOPS[error.code])
        archives = tuple(await self.reader.archives()) if sent.first > 1 else ()
        return AuditExported(sent.file, sent.first, sent.last, sent.proven, archives)
