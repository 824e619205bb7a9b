"""The audit log of `FakeJobs` as a chain, and an exporter that keeps what it sends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.audit import ChainKey, Head, Record, chain
from bot.errors import KeysmithError
from bot.flows.log_ports import Exported
from tests.fakes.jobs import FakeJobs

KEY = ChainKey(b"k" * 32)


@dataclass
class FakeLog:
    """Chains the entries of the jobs; `trimmed` of them are archived, in `files`."""

    jobs: FakeJobs
    trimmed: int = 0
    files: list[str] = field(default_factory=list)
    forged: set[int] = field(default_factory=set)
    reads: list[int] = field(default_factory=list)
    _chained: list[Record] = field(default_factory=list)

    def _records(self) -> list[Record]:
        for entry in self.jobs.entries[len(self._chained) :]:
            before = self._chained[-1].mac if self._chained else Head().mac
            self._chained.append(chain(len(self._chained) + 1, before, entry.body(), KEY))
        return self._chained

    async def head(self) -> Head:
        """The last record."""
        records = self._records()
        return Head(records[-1].seq, records[-1].mac) if records else Head()

    async def start(self) -> Head:
        """The last record that is archived."""
        records = self._records()
        return Head(self.trimmed, records[self.trimmed - 1].mac) if self.trimmed else Head()

    async def newest(self, last: int, count: int) -> list[Record]:
        """A stretch, backwards."""
        found = self._records()[self.trimmed : last][::-1][:count]
        self.reads.append(len(found))
        return found

    def proves(self, record: Record, before: Head) -> bool:
        """Compare the MAC."""
        fits = chain(record.seq, before.mac, record.body, KEY) == record
        return fits and record.seq not in self.forged

    async def archives(self) -> Sequence[str]:
        """Their names."""
        return self.files


@dataclass
class FakeExporter:
    """Keeps who got an export, by which job; `fails` is raised instead, once."""

    log: FakeLog
    sent: dict[str, str] = field(default_factory=dict)
    sends: int = 0
    fails: KeysmithError | None = None

    async def send(self, user_id: str, job_id: str, *, again: bool) -> Exported:
        """Send it, unless this job did before."""
        if self.fails:
            error, self.fails = self.fails, None
            raise error
        if not (again and job_id in self.sent):
            self.sends += 1
        self.sent[job_id] = user_id
        head, start = await self.log.head(), await self.log.start()
        return Exported(f"audit-{job_id}.jsonl", start.seq + 1, head.seq, proven=True)
