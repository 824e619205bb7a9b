"""All flows over the fakes, with the shipped policy, environments, keys and people."""

from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeVar

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.adapters.confusables import looks
from bot.adapters.keyring import Keyring
from bot.adapters.pair_marks import PairMarks
from bot.domain.audit import AuditEvent, Entry
from bot.domain.commands.grammar import read, write
from bot.domain.environments import Environment
from bot.domain.jobs import Job, Reply
from bot.domain.keys import Key
from bot.domain.languages import ENGLISH, Language
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, CloudinaryUser, Profile, Role
from bot.domain.rotation import GRACE, SOAK
from bot.flows.audit import AuditLog, action_name
from bot.flows.build import build_flows
from bot.flows.build_ports import Flows, Ports
from bot.flows.identity import Identified
from bot.flows.intake import Delivery
from bot.flows.oversight_ports import Oversight
from bot.flows.ports import Policy
from tests.fakes.access_reviews import FakeAccessReviews
from tests.fakes.audit_log import FakeExporter, FakeLog
from tests.fakes.bindings import FakeBindings
from tests.fakes.bulks import FakeBulks
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import FakeAccount
from tests.fakes.delegations import FakeDelegations
from tests.fakes.directory import FakeDirectory
from tests.fakes.examiner import FakeExaminer
from tests.fakes.hints import FakeHints
from tests.fakes.incidents import FakeIncidents
from tests.fakes.jobs import FakeJobs
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.link_store import FakeLinkStore
from tests.fakes.locks import FakeLocks
from tests.fakes.pace import FakePace
from tests.fakes.pending import FakeLinks, FakePending
from tests.fakes.reports import FakeReportSchedules, FakeReportSender
from tests.fakes.requests import CLAIM_TTL as REQUEST_TTL
from tests.fakes.requests import FakeRequests
from tests.fakes.sightings import FakeOwnActs, FakeSightings
from tests.fakes.tiers import FakeTiers

TEAM: Final = "T1"
POLICY: Final = CedarPolicy.load(SHIPPED)

DEV: Final = Environment("e-dev", "Shop dev", "shop-dev")
STAGING: Final = Environment("e-stag", "Shop staging", "shop-stag")
PROD: Final = Environment("e-prod", "Shop", "shop")

TECH: Final = Actor(TEAM, "U0TECH")
"""A technical admin who reaches every environment."""
NARROW: Final = Actor(TEAM, "U0NARROW")
"""A technical admin who reaches DEV alone."""
BILLING: Final = Actor(TEAM, "U0BILLING")
"""At Cloudinary, and without a key role."""
NEWCOMER: Final = Actor(TEAM, "U0NEW")
"""At Slack, and not at Cloudinary."""
COLLEAGUE: Final = Actor(TEAM, "U0COLLEAGUE")
"""Another technical admin who reaches every environment."""
ADMIN: Final = Actor(TEAM, "U0ADMIN")
CHIEF: Final = Actor(TEAM, "U0CHIEF")
"""A master admin."""
GUEST: Final = Actor(TEAM, "U0GUEST")
CREATE: Final = "key create new --env shop-dev"
"""A command that creates a key in DEV."""


H = TypeVar("H", bound="Harness")


@dataclass
class Harness:
    """Fakes and flows, wired as in the bot."""

    permissions: bool = False
    make_account: type[FakeAccount] = FakeAccount
    clock: FakeClock = field(default_factory=FakeClock)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    hints: FakeHints = field(default_factory=FakeHints)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    pending: FakePending = field(default_factory=FakePending)
    policy: CedarPolicy = POLICY
    authority: Policy | None = None
    """Decides in place of the policy."""
    signs_in: bool = False
    audit_log: AuditLog | None = None
    account: FakeAccount = field(init=False)
    links: FakeLinks = field(init=False)
    store: FakeLinkStore = field(init=False)
    requests: FakeRequests = field(init=False)
    incidents: FakeIncidents = field(init=False)
    sightings: FakeSightings = field(init=False)
    own_acts: FakeOwnActs = field(init=False)
    flows: Flows = field(init=False)
    log: FakeLog = field(init=False)
    exporter: FakeExporter = field(init=False)
    schedules: FakeReportSchedules = field(init=False)
    reviews: FakeAccessReviews = field(init=False)
    reports: FakeReportSender = field(default_factory=FakeReportSender)
    bindings: FakeBindings = field(default_factory=FakeBindings)
    pace: FakePace = field(default_factory=FakePace)
    delegations: FakeDelegations = field(default_factory=FakeDelegations)
    locks: FakeLocks = field(default_factory=lambda: FakeLocks(patient=True))
    tiers: FakeTiers = field(default_factory=FakeTiers)
    bulks: FakeBulks = field(default_factory=FakeBulks)
    examiner: FakeExaminer = field(default_factory=FakeExaminer)
    _ids: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.requests = FakeRequests(self.jobs)
        self.store = FakeLinkStore(self.pending, self.requests)
        self.links = FakeLinks(self.clock, self.store)
        self.incidents = FakeIncidents(self.jobs)
        self.log = FakeLog(self.jobs)
        self.schedules = FakeReportSchedules(self.jobs)
        self.reviews = FakeAccessReviews(self.jobs)
        self.exporter = FakeExporter(self.log)
        self.account = self.make_account(now=self.clock.now)
        self.sightings = FakeSightings(self.records)
        self.own_acts = self.account.own = FakeOwnActs(self.clock)
        self.rebuild()

    @property
    def records(self) -> FakeKeyRecords:
        """The records of keys, which other stores write too."""
        self.pending.records = self.jobs.records
        return self.jobs.records

    def rebuild(self) -> None:
        """Wire the flows again, like a process that has just started."""
        self.flows = build_flows(self.ports)

    @property
    def ports(self) -> Ports:
        """The fakes, as ports of the flows."""
        return Ports(
            slack=self.directory,
            hints=self.hints,
            cloudinary=self.account,
            policy=self.authority or self.policy,
            clock=self.clock,
            audit_log=self.audit_log or AuditLog(self.clock),
            jobs=self.jobs,
            requests=self.requests,
            vote_sign_ins=self.requests.sign_ins,
            pending=self.pending,
            bindings=self.bindings,
            delegations=self.delegations,
            tiers=self.tiers,
            bulks=self.bulks,
            incidents=self.incidents,
            marks=PairMarks(Keyring([b"k" * 32])),
            leak_rules=self.policy,
            records=self.records,
            sightings=self.sightings,
            own_acts=self.own_acts,
            looks=looks,
            locks=self.locks,
            pace=self.pace,
            links=self.links,
            live_links=self.store,
            link_rules=self.policy,
            examiner=self.examiner,
            oversight=Oversight(
                self.log, self.exporter, self.reports, self.schedules, self.reviews
            ),
            team_id=TEAM,
            permissions=self.permissions,
            ttl=REQUEST_TTL,
            rotation=(GRACE, SOAK),
            rotation_policy=self.policy,
            rotation_schedules=self.requests.rotations,
            new_id=self.new_id,
            signs_in=self.signs_in,
        )

    def new_id(self) -> str:
        """Ids in order."""
        return f"c{next(self._ids)}"

    def add_member(
        self, actor: Actor, role: Role | None, *, reaches: Environment | None = None
    ) -> CloudinaryUser:
        """Seed a member of the workspace and their Cloudinary user."""
        name = actor.user_id.removeprefix("U0").capitalize()
        email = f"{name}@lumen.example".casefold()
        self.directory.add(Profile(actor.user_id, TEAM, name, email))
        user = CloudinaryUser(
            f"u-{actor.user_id}",
            name,
            email,
            role,
            enabled=True,
            pending=False,
            all_environments=reaches is None,
        )
        return self.account.add_user(user, environments=[reaches.id] if reaches else [])

    async def job(self, actor: Actor, text: str) -> Job:
        """Store a job, as the intake does."""
        reading = read(text)
        job = Job(
            self.new_id(), actor, write(reading), action_name(reading), Reply(), self.clock.now()
        )
        asked = Entry(self.clock.now(), AuditEvent.ASKED, job.action, actor, job.id)
        await self.jobs.accept(job, job.id, asked)
        return job

    async def run(self, actor: Actor, text: str) -> Outcome:
        """Run one command of a person."""
        return await self.flows.dispatcher.run(await self.job(actor, text))

    async def again(self, job_id: str) -> Outcome:
        """Run a job again, as a process that takes it over."""
        self.rebuild()
        job = await self.jobs.load(job_id)
        assert job
        return await self.flows.dispatcher.run(job)

    async def who(self, actor: Actor) -> Identified:
        """Identify a member."""
        identity = await self.flows.people.identify(actor, fresh=True)
        assert isinstance(identity, Identified)
        return identity

    def asked(self, actor: Actor, text: str, delivery: str = "d1") -> Delivery:
        """A delivery from Slack."""
        return Delivery(actor, text, Reply("https://hooks.slack.example/r"), delivery)

    async def key(self, place: Environment, name: str) -> Key:
        """A key as it is at Cloudinary now."""
        return next(key for key in await self.account.keys(place.id) if key.name == name)

    def told(self) -> list[tuple[str, str]]:
        """The audit entries except those of accepted commands: each event and its detail."""
        entries = [e for e in self.jobs.entries if e.event is not AuditEvent.ASKED]
        return [(str(entry.event), entry.detail) for entry in entries]


def staffed(
    *,
    permissions: bool = False,
    make_account: type[FakeAccount] = FakeAccount,
    jobs: FakeJobs | None = None,
) -> Harness:
    """Create a harness with environments, keys and people."""
    made = Harness(permissions=permissions, make_account=make_account, jobs=jobs or FakeJobs())
    return populated(made)


def populated(harness: H) -> H:
    """Add three environments, each with a root key and a few others, and people."""
    for place in (DEV, STAGING, PROD):
        harness.account.add_environment(place)
        harness.account.add_key(place.id, "", root=True)
        harness.account.add_key(place.id, "shared")
    for name in ("ci-bot", "uploader"):
        harness.account.add_key(DEV.id, name)
    harness.account.add_key(STAGING.id, "preview-bot", enabled=False)
    harness.account.add_key(PROD.id, "shop-web")
    harness.add_member(TECH, Role.TECHNICAL_ADMIN)
    harness.add_member(NARROW, Role.TECHNICAL_ADMIN, reaches=DEV)
    harness.add_member(BILLING, Role.BILLING)
    harness.add_member(COLLEAGUE, Role.TECHNICAL_ADMIN)
    harness.add_member(ADMIN, Role.ADMIN)
    harness.add_member(CHIEF, Role.MASTER_ADMIN)
    harness.directory.add(Profile(NEWCOMER.user_id, TEAM, "New", "new@lumen.example"))
    guest = Profile(GUEST.user_id, TEAM, "Guest", "guest@lumen.example", guest=True)
    harness.directory.add(guest)
    return harness


def ready(answer: Outcome) -> LinkReady:
    """The link in an answer."""
    assert isinstance(answer, LinkReady)
    return answer


async def goes_on() -> None:
    """Let everything begin: history did not go back."""


def english(_actor: Actor) -> Language:
    """Let everybody read English."""
    return ENGLISH
