"""At least one example of each outcome; the caller chooses every name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from bot.cards.offboard_words import REASONS
from bot.domain.access_reviews import Answer, NotReviewed, Review, ReviewedKey
from bot.domain.audit import AuditEvent, Entry
from bot.domain.brownouts import Brownout, Ending, Report
from bot.domain.bulk import REQUESTED, STARTED, Bulk, LeftOut, OutReason, Part, PartState
from bot.domain.checks.findings import Finding, Level
from bot.domain.commands.adoption import AdoptKeys
from bot.domain.commands.environments import (
    CreateEnvironment,
    DisableEnvironment,
    RenameEnvironment,
)
from bot.domain.commands.grammar import TOO_LONG, Incomplete, Misunderstood, render
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    RemoveGroup,
    RenameGroup,
    ShowGroup,
)
from bot.domain.commands.key_records import OwnerOfKey
from bot.domain.commands.keys import (
    CreateKey,
    DisableKey,
    EnableKey,
    ExplainKey,
    ListKeys,
    PinKey,
    RestoreKey,
    ShowKey,
)
from bot.domain.commands.oversight import ShowAudit
from bot.domain.commands.registry import BY_WORDS, COMMANDS
from bot.domain.commands.requests import WHICH, Delegate
from bot.domain.commands.rotations import TYPED, RotateKey
from bot.domain.commands.users import (
    AddUser,
    DisableUser,
    EnableUser,
    ListUsers,
    OffboardUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
    ShowUser,
)
from bot.domain.environment_names import PlaceNameReason
from bot.domain.environments import Environment, FixedTier, Tier, UnreadableTier
from bot.domain.key_records import Happened, Line, first_seen
from bot.domain.key_roles import MASTER, KeyRole, Use, Verdict
from bot.domain.keys import ROLES, Change, Key, LastChange, Located, ProtectionReason
from bot.domain.links import Link, LinkState
from bot.domain.live_links import LiveLink
from bot.domain.log_search import Logged
from bot.domain.names import NameReason
from bot.domain.outcomes.access import Denied, Explained, Introduced, Unknown, UserLinked
from bot.domain.outcomes.access_reviews import (
    NoSuchReview,
    NothingToReview,
    ReviewBegun,
    ReviewListed,
    ReviewRefused,
    ReviewReported,
    ReviewRuns,
)
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk, OffboardPreviewed
from bot.domain.outcomes.decisions import (
    BrownoutEnding,
    BrownoutReported,
    MayNotDecide,
    MoreNeeded,
    QuestionSent,
    TooLate,
    Voided,
    Voted,
)
from bot.domain.outcomes.delegations import Delegated, DelegateInPlace, DelegatesShown
from bot.domain.outcomes.environment_changes import (
    EnvironmentChanged,
    EnvironmentCreated,
    EnvironmentOvertaken,
    EnvironmentProtected,
    EnvironmentUnchanged,
    PlaceNameRefused,
    PlaceState,
    Uses,
)
from bot.domain.outcomes.environments import (
    EnvironmentShown,
    EnvironmentsListed,
    NoSuchEnvironment,
    TierFixed,
    TierOvertaken,
    TierUnchanged,
    WhichEnvironment,
)
from bot.domain.outcomes.general import (
    Examined,
    Failed,
    Fault,
    HelpGiven,
    MenuOffered,
    NotOffered,
    OfferedPrivately,
    Repeated,
    TooFast,
)
from bot.domain.outcomes.groups import (
    GroupChanged,
    GroupNameTaken,
    GroupShown,
    GroupsListed,
    GroupStop,
    GroupStopped,
    GroupUnchanged,
    GroupUnconfirmed,
    MemberUnclear,
    NoSuchGroup,
    WhichGroup,
)
from bot.domain.outcomes.key_records import (
    CoOwnerChanged,
    CoOwnerRefused,
    CoOwnerStop,
    KeyNoted,
    KeyTagged,
    OwnerAssigned,
    OwnerOvertaken,
    OwnerShown,
    RecordUnchanged,
    TooManyTags,
)
from bot.domain.outcomes.keys import (
    KeyChanged,
    KeyCreated,
    KeyProtected,
    KeyShown,
    KeysListed,
    NameRefused,
    NameTaken,
    NoSuchKey,
    NothingToChange,
    SignerMoves,
    WhichKey,
)
from bot.domain.outcomes.links import (
    ClaimRefused,
    LinkReady,
    LinkRevoked,
    LinksListed,
    NoLiveLink,
    NothingToClaim,
    NotReady,
    PassphraseKept,
    PassphraseNeeded,
    SecretWithheld,
    WhichLink,
    WhichPending,
)
from bot.domain.outcomes.oversight import (
    AuditExported,
    AuditNotExported,
    AuditShown,
    ExportStop,
    FilesLeft,
    KeysReported,
    NoWeeklyReport,
    WeeklyReportEnded,
    WeeklyReportSet,
)
from bot.domain.outcomes.requests import (
    AlreadyRequested,
    NoSuchRequest,
    NotAskable,
    Renewed,
    Requested,
    RequestNeeded,
    RequestShown,
    RequestsListed,
    WhichRequest,
)
from bot.domain.outcomes.roles import (
    KeyExplained,
    NoRoles,
    NoSuchRole,
    RoleNotGiven,
    RoleRefused,
    RolesChanged,
    RolesOvertaken,
    RolesShown,
    RoleUnchanged,
    WhichRole,
)
from bot.domain.outcomes.rotations import (
    NotRotated,
    NotScheduled,
    NotScheduledReason,
    OutOfTurn,
    RotationScheduled,
    RotationsListed,
    RotationStop,
    Steered,
)
from bot.domain.outcomes.union import NotReplaced, Outcome, Several
from bot.domain.outcomes.users import (
    NoSuchUser,
    UserChanged,
    UserExists,
    UserRefused,
    UserShown,
    UsersListed,
    UserToConfirm,
    UserUnchanged,
    UserUnclear,
    WhichUser,
)
from bot.domain.pages import Page, page_of
from bot.domain.pending import PendingCredentials
from bot.domain.people import (
    Actor,
    CloudinaryUser,
    IdentityReason,
    KeyRight,
    Mismatch,
    Person,
    Role,
    TurnedAway,
)
from bot.domain.phrases import Text, msg
from bot.domain.policy import (
    Action,
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    RefusalReason,
    Refused,
)
from bot.domain.report_schedules import ReportSchedule
from bot.domain.reports import figures, reported
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Event, Request, State
from bot.domain.requests.terms import Asker, Evidence, Terms, Waiver
from bot.domain.requests.votes import IneligibleReason, Vote
from bot.domain.rotation import Phase, Rotation, Step
from bot.domain.rotation_schedules import RotationSchedule
from bot.domain.secret import Secret
from bot.domain.signing import SignerMove
from bot.domain.user_groups import GroupRole, GroupTerms, Member, UserGroup
from bot.domain.users import ACCOUNT_ROLE, Refusal
from tests.unit.leaks_made import leaks

USER_CHANGES: Final = (
    AddUser("mia@x.example", "admin"),
    SetUserRole("u", "admin"),
    SetUserEnvironments("u", "all"),
    DisableUser("u"),
    EnableUser("u"),
    RemoveUser("u"),
)
BOTH: Final = (False, True)
AT: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ACTOR: Final = Actor("T1", "U1")
URL: Final = "https://keysmith.example/s/abc#k=the-key-of-the-link"
COMMAND: Final = ListKeys("Staging", 90)
DECISIONS: Final[tuple[Decision, ...]] = (
    Allowed("rule-1"),
    Allowed("rule-1", notify=True),
    NeedsApproval("rule-2", Approval(1, ("key_roles",))),
    NeedsApproval("rule-3", Approval(2, ("key_roles", "admins"), ("admins",))),
    Refused(RefusalReason.ROLE),
    Refused(RefusalReason.FORBIDDEN, "rule-4"),
)


def place(name: str) -> Environment:
    """A disabled environment with this name."""
    return Environment("e1", name, "lumen-staging", enabled=False)


def located(name: str, *, root: bool = False) -> Located:
    """A key with this name, in an environment with this name."""
    key = Key("814", name, enabled=True, root=root, created_at=AT, updated_at=AT)
    return Located(key, place(name))


def person(name: str) -> Person:
    """A person with this name, email address and group."""
    rights = (("e1", KeyRight.VIEW),)
    return Person(ACTOR, name, name, Role.ADMIN, "u1", None, frozenset({name}), rights)


def pending(name: str) -> PendingCredentials:
    """Pending credentials with this name."""
    return PendingCredentials("c1", ACTOR, "e1", name, "lumen-staging", "814", name, AT)


def outcomes(name: str) -> list[Outcome]:
    """Every outcome."""
    return [
        *(*_answers(name), *_changes(name), *_questions(name), *_refusals(name)),
        *(*_requests(name), *_roles(name), *_groups(name), *_users(name), *_bulk(name)),
        *(*leaks(name, located(name)), *_oversight(name), *_reviews(name)),
    ]


def _reviews(name: str) -> Iterable[Outcome]:
    made = ("814", name, "e1", name, name, (name,), AT, AT)
    keys = [ReviewedKey(*made, owner=ACTOR, asked=ACTOR, answer=each) for each in Answer]
    keys += [ReviewedKey(*made, asked=ACTOR), replace(keys[0], owner=Actor("T1", "U2"))]
    review = Review("c1", ACTOR, name, AT, ("e1",), tuple(keys))
    yield from (ReviewBegun(review, (place(name),)), ReviewRuns(review, name))
    yield from (NothingToReview((place(name),)), NoSuchReview(""), NoSuchReview("c1"))
    yield from (ReviewReported(review, 2, it) for it in (None, FilesLeft.NO_SCOPE))
    rows = [(review, each) for each in keys]
    yield from (ReviewListed(page_of(rows, 0, 8), keys[0]), ReviewListed(page_of([], 0, 8)))
    yield from (ReviewRefused(each, name, "c1") for each in NotReviewed)
    yield ReviewRefused(NotReviewed.OVER, name)


def _oversight(name: str) -> Iterable[Outcome]:
    about = {"key": "814", "name": name, "environment": "e1", "environment_name": name}
    people = {"owner": str(ACTOR), "principal": str(ACTOR), "group_name": name, "email": name}
    entries = [
        Logged(seq, Entry(AT, event, "key:disable", ACTOR, "j", about, name), proven=seq % 2 > 0)
        for seq, event in enumerate(AuditEvent)
    ]
    entries += [Logged(50, Entry(AT, AuditEvent.DECIDED, "decide", None, "j", people, "agree: 1"))]
    entries += [Logged(51, Entry(AT, AuditEvent.DONE, name, None, "j", {}, name))]
    shown, looked = {"last": "9", "first": "1", "who": "U1"}, {"entries": "9"}
    entries += [Logged(52, Entry(AT, AuditEvent.ANSWERED, "audit", ACTOR, "j", shown | looked))]
    entries += [Logged(53, Entry(AT, AuditEvent.BEGUN, "audit", ACTOR, "j", shown))]
    command = ShowAudit("@U1", name, timedelta(days=7))
    first = AuditShown(command, tuple(entries), 1, 20, AT, older=12, newest=False, hidden=3)
    yield from (first, replace(first, entries=(), unread=2), AuditShown(ShowAudit(), (), 0, 0))
    yield from (replace(first, archived=9), replace(first, archived=9, archives=(name,)))
    yield from (AuditExported(name, 1, 9, proven=True), AuditExported(name, 4, 9, False, (name,)))  # noqa: FBT003  # as it is written
    yield from map(AuditNotExported, ExportStop)
    key = reported(located(name), None, ACTOR, AT)
    found = figures([key, replace(key, owner="")])
    yield KeysReported(found, (place(name),))
    yield from (KeysReported(found, (), it) for it in FilesLeft)
    yield KeysReported(replace(found, roles=((name, 2), ("", 1)), owners=(("U1", 2), ("", 1))))
    yield WeeklyReportSet(ReportSchedule("C1", ACTOR, AT, AT))
    yield from (WeeklyReportEnded("C1"), NoWeeklyReport(in_channel=True))
    yield NoWeeklyReport(in_channel=False)


def _answers(name: str) -> Iterable[Outcome]:
    who, where, here = person(name), place(name), located(name)
    last = LastChange("disabled", name, AT, "c1")
    nameless = Located(Key("815", "", False, True, None, None, ("webhooks",)), where)  # noqa: FBT003  # as they stand
    yield MenuOffered(who, ("request", "key list", "help"))
    findings = [Finding("slack.token", level, f"of {name}", f"fix {name}") for level in Level]
    yield from (Examined(()), Examined(tuple(findings)), Examined((findings[-1],) * 60))
    yield from (HelpGiven(None), HelpGiven("key"), HelpGiven(f"no noun {name}"))
    yield Introduced(who, (where, where), None)
    yield from (Introduced(who, (), mismatch) for mismatch in Mismatch)
    yield from (EnvironmentsListed(()), EnvironmentsListed((where,)))
    yield EnvironmentShown(where, (here,) * 21)
    yield KeysListed((here, nameless), 1, 3, 17, COMMAND)
    yield KeysListed((here, nameless), 1, 3, 17, ListKeys(name), places=(where,) * 300)
    yield KeysListed((), 0, 1, 0, COMMAND)
    dated = replace(here, deletes_at=AT)
    yield KeysListed((dated, here), 0, 1, 2, COMMAND, frozenset({here.key.api_key}))
    yield KeyShown(dated, webhooks=False, last=last, offers=True)
    switch = (Action.KEY_ENABLE, Action.KEY_BROWNOUT)
    every = (*switch, Action.KEY_RENAME, Action.KEY_WEBHOOK, Action.KEY_DELETE)
    yield KeyShown(here, webhooks=False, last=last, may=every, by_vote=every)
    running = request_of(name, State.CLAIMED)
    yield from (NotRotated(here, stop) for stop in RotationStop)
    yield NotRotated(here, RotationStop.RUNNING, running)
    yield from (NotRotated(here, stop, stopped=True) for stop in RotationStop)
    yield from _rotations(name, here)
    yield KeyShown(here, webhooks=False, last=last, rotation=rotating(running, Phase.OVERLAP))
    quarter = timedelta(days=90)
    schedule = RotationSchedule(here.key.api_key, here.environment.id, quarter, ACTOR, AT, AT)
    yield RotationScheduled(here, schedule, AT, asks=True)
    yield RotationScheduled(here, schedule, AT, put_off=True)
    yield RotationScheduled(here, None)
    yield from (NotScheduled(here, each, quarter) for each in NotScheduledReason)
    yield NothingToChange(dated, Change.DISABLED, last, offers=True, by_vote=True)
    yield from (
        KeyShown(here, webhooks=True, last=last),
        KeyShown(nameless, webhooks=False, last=None),
    )
    decided = tuple((str(role), decision) for role, decision in zip(Role, DECISIONS, strict=False))
    yield Explained(
        f"key show {name}", tuple(_explained(where, own, decided) for own in DECISIONS), who
    )


def rotating(request: Request, phase: Phase) -> Request:
    """The request, as a rotation in this phase."""
    return replace(request, made="9", rotation=Rotation(AT, phase, until=AT))


def _rotations(name: str, here: Located) -> Iterable[Outcome]:
    collected = request_of(name, State.CLAIMED)
    every = [rotating(collected, phase) for phase in Phase]
    yield from (Steered(every[4], Step(taken)) for taken in TYPED)
    yield from (OutOfTurn(each, Step.DEPLOYED) for each in every)
    yield OutOfTurn(replace(request_of(name, State.PENDING), rotation=Rotation(AT)), Step.DEPLOYED)
    claimable = rotating(request_of(name, State.CLAIMABLE), Phase.CREATED)
    for some in ((), every[4:5], every[4:9], (claimable, every[4])):
        yield RotationsListed(tuple(some))
    role = KeyRole("f", name)
    choices = ((role, RotateKey(name, role=role.ref)),)
    refused = Denied(Action.KEY_ROTATE, person(name), Refused(RefusalReason.ROLE))
    asked = NotAskable(NotAskableReason.NO_APPROVER, collected.approval)
    whys = (NoRoles(), NoSuchRole(name, choices), WhichRole(choices), refused, asked)
    yield from (NotReplaced(here, why) for why in (*whys, Repeated()))


def _groups(name: str) -> Iterable[Outcome]:
    user = CloudinaryUser("u", name, name, None, enabled=True, pending=False, all_environments=True)
    member = Member("u", name, name)
    group, folder = UserGroup("g", name, (member,) * 41), KeyRole("f", name, folder=name)
    terms = GroupTerms("g", name, decides=True, roles=(name,), grave=True, size=1, member=member)
    yield from (GroupsListed(()), GroupsListed((group, UserGroup("h", name)) * 21))
    yield GroupsListed((group,), frozenset({name}))
    roles = ((GroupRole(folder), ""), (GroupRole(folder, "e"), ""), (GroupRole(folder, "e"), name))
    yield from (GroupShown(group), GroupShown(group, ()), GroupShown(group, roles, decides=True))
    yield from (NoSuchGroup(name), NoSuchGroup(name, name))
    yield WhichGroup(((group, ShowGroup("g")),))
    yield GroupNameTaken(name, group)
    yield from (GroupUnconfirmed(terms, render(RemoveGroup("g", name)), it) for it in BOTH)
    yield from (GroupStopped(terms, reason) for reason in GroupStop)
    yield MemberUnclear(NoSuchUser(name))
    yield MemberUnclear(UserUnclear(name, IdentityReason.NEAR_ADDRESS))
    yield MemberUnclear(WhichUser(name, ((user, None),)), ((user, AddToGroup("g", "u")),))
    for command in (
        CreateGroup(name),
        RenameGroup("g", name),
        RemoveGroup("g"),
        AddToGroup("g", "u"),
        DropFromGroup("g", "u"),
    ):
        yield from (GroupChanged(command, terms), GroupUnchanged(command, terms))


def _users(name: str) -> Iterable[Outcome]:
    user = CloudinaryUser("u", name, name, None, enabled=True, pending=False, all_environments=True)
    away = replace(user, enabled=False, all_environments=False, providers=(name,), last_login=AT)
    invited = replace(user, pending=True, role=Role.BILLING)
    key = (located(name),)
    bare = UserShown(user, False, "", (), (), ())  # noqa: FBT003  # as kept
    full = UserShown(away, True, "U1", (name,), (name,), key, (name,))  # noqa: FBT003  # as kept
    yield UsersListed((user, away, invited), 0, 1, 3, ListUsers())
    yield UsersListed(
        (user,) * 20, 1, 3, 45, ListUsers(inactive=90), frozenset("u"), (("u", "U1"),)
    )
    yield UsersListed((), 0, 1, 0, ListUsers("billing", name))
    yield from (bare, full, replace(bare, user=invited), NoSuchUser(name), NoSuchUser(name, "U1"))
    yield WhichUser(name, ((user, ShowUser("u")), (away, None)))
    yield from (UserUnclear(name, reason) for reason in IdentityReason)
    for stops in (DisableUser("u"), RemoveUser("u")):
        yield from (UserToConfirm(*it) for it in ((bare, stops), (full, stops, True)))
    for command in USER_CHANGES:
        yield from (UserChanged(invited, command), UserUnchanged(away, command))
    yield from (UserExists(each, name) for each in (user, away, invited))
    yield from (UserRefused(name, reason) for reason in Refusal)


ENDS = (*REASONS, "unknown")
"""What a part may lead to."""


def _bulk(name: str) -> Iterable[Outcome]:
    part = Part("key disable 814", name, name)
    left = tuple(LeftOut(name, name, reason) for reason in OutReason)
    kinds = ("changed", "denied", "uncertain", "key_protected", "unknown")
    failed = tuple(replace(part, state=PartState.FAILED, outcome=kind) for kind in kinds)
    for parts in ((), (part,), (part,) * 30, (*failed, part)):
        bulk = Bulk("c1", ACTOR, "key disable --stale 9d", AT, parts, left * 5, len(parts))
        yield BulkPreviewed(bulk)
        yield from _adopted(name, bulk)
        yield from (BulkReported(replace(bulk, run="j1", halted=halted)) for halted in BOTH)
        for verb, kind in (("rotate", STARTED), ("delete", REQUESTED)):
            done = replace(part, state=PartState.DONE, outcome=f"{kind}:c1p0t0r")
            other = replace(bulk, command=f"key {verb} --stale 9d", parts=(*parts, done))
            yield BulkPreviewed(other)
            yield from (BulkReported(replace(other, run="j1", halted=each)) for each in BOTH)
            yield BulkPreviewed(replace(other, parts=()))
    yield from map(NoSuchBulk, BOTH)
    yield from _offboarding(name, left)


def _offboarding(name: str, left: tuple[LeftOut, ...]) -> Iterable[Outcome]:
    role = "".join(name.split())  # an id
    parts = (
        Part("user disable u --confirm m", name),
        Part("key disable 814 --env e", name, name),
        Part("key disable 815 --env e", name, name, "link"),
        Part("cancel r1", "r1", "", "0000-0000"),
        Part('delegate "@U2" --end', "U1", "U2", "-:T1:U1"),
        Part("group drop g u", name, "", "0000-0000"),
        Part("user offboard u --parts roles", name, "", f"{ACCOUNT_ROLE}admin {role}"),
    )
    ends = [replace(part, state=PartState.FAILED, outcome=kind) for part in parts for kind in ENDS]
    for given, more in (((), 0), (parts, 0), (parts * 4, 1), ((*ends, *parts), 2)):
        bulk = Bulk("c1", ACTOR, "user offboard u", AT, given, left, more)
        fixed = Role.ADMIN if more else None
        yield OffboardPreviewed(bulk, OffboardUser("u", list="c1"), name, more, fixed)
        yield from (BulkReported(replace(bulk, run="j1", halted=halted)) for halted in BOTH)


def _explained(
    where: Environment, own: Decision, every: tuple[tuple[str, Decision], ...]
) -> Explanation:
    return Explanation(Action.KEY_SHOW, where, own, every)


def _roles(name: str) -> Iterable[Outcome]:
    role = KeyRole(f"cld::role::prodenv::{name}", name, name, uses=(Use.UPLOAD,))
    parts = (replace(role, folder=name), replace(role, collection=name), KeyRole(MASTER, name))
    here, held = located(name), (role, *parts)
    which = tuple((it, CreateKey(name, name, it.ref)) for it in held)
    yield from (NoRoles(), NoSuchRole(name, which), NoSuchRole("", ()), WhichRole(which))
    useless = replace(role, uses=(), size=1)
    taken = ((useless, CreateKey(name, name, role.ref)),)
    yield from (NoSuchRole(name, taken, takes=True), NoSuchRole("", (), takes=True))
    yield WhichRole(taken, takes=True)
    yield from (RoleNotGiven(here, role, refused) for refused in BOTH)
    for roles in (None, (), (role,), held):
        marked = replace(here, roles=roles)
        yield KeyShown(marked, webhooks=False, last=LastChange(ROLES, name, AT, "c1"))
        yield KeysListed((marked,), 0, 1, 1, COMMAND)
        yield from (RolesShown(marked, may_change=may) for may in (False, True))
        yield from (
            RolesChanged(marked, role, added, told_security=added) for added in (False, True)
        )
    yield from (RoleUnchanged(here, role, added) for added in (False, True))
    yield RoleRefused(here, role)
    yield RolesOvertaken(replace(here, roles=held), role)
    yield LinkReady(replace(pending(name), role=name, useless=True), AT, Secret(URL))
    verdicts = (
        Verdict(Use.UPLOAD, held),
        Verdict(Use.DELETE, (), forbidden=True),
        Verdict(Use.READ),
    )
    off = replace(here, key=replace(here.key, enabled=False))
    shut = replace(here, environment=replace(here.environment, enabled=False))
    grave = (Use.DELETE, replace(role, id=MASTER))
    for each in (here, off, shut):
        yield KeyShown(each, webhooks=False, last=None, signer=name)
        for may in BOTH:
            remedies = ((Use.READ, role), grave)
            asked = ExplainKey(name, "delete" if may else None)
            yield KeyExplained(each, verdicts, asked, remedies, may_change=may)
    yield KeyExplained(here, verdicts, ExplainKey(name, "delete"), (grave,))


def _adopted(name: str, bulk: Bulk) -> Iterable[Outcome]:
    """Keys that get an owner, as far as each may be."""
    command = AdoptKeys(name, owner="@U2", note=name)
    states = ((PartState.DONE, "requested"), (PartState.FAILED, "uncertain"))
    parts = tuple(
        Part(render(OwnerOfKey("814", "@U2")), name, name, state=state, outcome=outcome)
        for state, outcome in (*states, (PartState.WAITING, ""))
    )
    left = tuple(LeftOut(name, name, it) for it in (OutReason.OWNED, OutReason.UNCLAIMED))
    adopted = replace(bulk, command=render(command), parts=parts, left_out=left, more=2)
    yield BulkPreviewed(adopted)
    yield BulkPreviewed(replace(adopted, parts=()))
    yield from (BulkReported(replace(adopted, run="j1", halted=halted)) for halted in BOTH)


def _records(name: str) -> Iterable[Outcome]:
    here, other = located(name), Actor("T1", "U2")
    for owner, may in product((None, ACTOR), BOTH):
        yield OwnerShown(here, owner, may)
        yield OwnerAssigned(here, ACTOR, owner and other, may)
    yield from (OwnerOvertaken(here, owner) for owner in (None, ACTOR))
    yield KeyNoted(here, name)
    yield OwnerShown(here, ACTOR, also=(other,))
    yield TooManyTags(here)
    yield from (CoOwnerRefused(here, other, reason) for reason in CoOwnerStop)
    for there in BOTH:
        yield CoOwnerChanged(here, other, there, told_security=there)
        yield KeyTagged(here, name, there)
        yield RecordUnchanged(here, person=other, there=there)
        yield RecordUnchanged(here, tag=name, there=there)
    words = [*Happened, *Change, ROLES, "later"]
    for at in range(0, len(words), 5):
        lines = tuple(Line(AT, it, by, name) for it in words[at : at + 5] for by in (None, ACTOR))
        kept = replace(first_seen(here, AT), purpose=name, request=name, history=lines)
        ends = replace(kept, expires_at=AT, claimed=False)
        mine = replace(here, owner=ACTOR, ends_at=AT)
        yield KeyShown(mine, webhooks=False, last=None, record=ends)
    yield KeysListed((mine, here), 0, 1, 2, COMMAND)
    yield from (RecordUnchanged(here, ACTOR), RecordUnchanged(here, note=name))


def _changes(name: str) -> Iterable[Outcome]:
    here, last = located(name), LastChange("disabled", name, AT, "c1")
    yield from (KeyChanged(here, change, name, told_security=True) for change in Change)
    yield KeyChanged(here, Change.DISABLED, offers=True)
    move = SignerMove("813", name, "814", name)
    yield from (KeyChanged(here, change, name, move) for change in Change)
    yield KeyChanged(here, Change.ENABLED, "", replace(move, old="", old_name=""))
    off = Located(replace(here.key, enabled=False), here.environment)
    for change in Change:
        yield KeyChanged(off, change, name, offers=True, by_vote=True)
        yield NothingToChange(off, change, last, offers=True)
    yield from (NothingToChange(here, change, last) for change in Change)
    fixed = replace(here.environment, fixed=FixedTier(Tier.STAGING, ACTOR, name, AT, "c1"))
    yield from (TierFixed(fixed, Tier.PRODUCTION), TierUnchanged(fixed), TierOvertaken(fixed))
    yield EnvironmentsListed((fixed, replace(fixed, fixed=UnreadableTier())))
    yield EnvironmentsListed((fixed,), frozenset({fixed.id}))
    yield from (
        EnvironmentShown(fixed, (here,), closed=True, readable=readable) for readable in BOTH
    )
    yield KeysListed((here,), 0, 1, 1, COMMAND, closed=(fixed,) * 7)
    yield KeysListed((), 0, 1, 0, COMMAND, closed=(fixed,))
    yield from _environments(name)
    yield from _records(name)
    yield LinkReady(pending(name), AT, Secret(URL))
    yield from (NothingToClaim(), NothingToClaim(offers=True))
    yield from (ClaimRefused(pending(name)), PassphraseKept(pending(name)))
    yield PassphraseNeeded(pending(name))
    yield LinkReady(replace(pending(name), passphrase="kept"), AT, Secret(URL))
    yield NotReady(request_of(name, State.EXECUTING))
    yield from _live_links(name)
    yield UserLinked(ACTOR, name)
    yield from (SecretWithheld(pending(name), offers=may) for may in (False, True))
    yield from (Failed(fault, "1a2b3c4d", name) for fault in Fault)


def live_link(name: str, state: LinkState = LinkState.SEALED) -> LiveLink:
    """A link that is live."""
    link = Link("l1", "c1", "e1", "814", "proof", state, AT, there=True, ends=AT)
    return LiveLink(link, pending(name))


def _live_links(name: str) -> Iterable[Outcome]:
    live = (live_link(name), live_link(name, LinkState.OPENING))
    for everybody in BOTH:
        yield LinksListed(Page(live, 1, 3), everybody)
        yield LinksListed(Page((), 0, 1), everybody)
    yield from (LinkRevoked(pending(name), own) for own in BOTH)
    yield from (WhichLink(live, everybody) for everybody in BOTH)
    yield NoLiveLink(name)


def _environments(name: str) -> Iterable[Outcome]:
    where, retry = place(name), DisableEnvironment(name, name, name)
    was = replace(where, name="Shop staging")
    for closed, offers in product(BOTH, BOTH):
        yield EnvironmentCreated(where, closed, offers)
    for change, uses in product(PlaceState, (Uses(None), Uses(0), Uses(1, AT))):
        yield EnvironmentChanged(where, change, was, uses, told_security=True)
        yield EnvironmentUnchanged(where, change)
        yield from (EnvironmentProtected(where, uses, retry, it) for it in BOTH)
    yield EnvironmentOvertaken(where)
    for reason in PlaceNameReason:
        yield PlaceNameRefused(name, reason, where, CreateEnvironment(name, "shop-2", name))
        yield PlaceNameRefused(name, reason, None, RenameEnvironment(name, name))
        yield PlaceNameRefused(name, reason)


def _questions(name: str) -> Iterable[Outcome]:
    here, where = located(name), place(name)
    yield WhichPending((pending(name), pending(name)))
    yield NoSuchKey(name, name, (where, where), (ShowKey(name, name),))
    yield WhichKey(name, ((here, ShowKey(name, name)), (here, ShowKey(name, "b"))))
    yield NoSuchEnvironment(name, name, (where,), (ShowKey(name, name), CreateKey(name, name)))
    yield WhichEnvironment(((where, CreateKey(name, name)), (where, CreateKey(name))))
    yield from (Incomplete(spec, ()) for spec in COMMANDS if spec.required)
    yield Misunderstood(msg("Unknown option for `{command}`.", command=Text(name)), name, name)
    yield Misunderstood(msg("This looks like a secret."), suspect=name)
    yield Incomplete(BY_WORDS["deny",], (("id", name), ("reason", name)))
    yield Misunderstood(TOO_LONG)
    yield NotOffered()
    yield OfferedPrivately(f"key show {name}")
    yield TooFast(7)
    yield Repeated()


def _refusals(name: str) -> Iterable[Outcome]:
    who, where, here = person(name), place(name), located(name)
    retry = render(DisableKey(name))
    yield NameTaken(here)
    yield from (NameRefused(name, where, reason, here.key) for reason in NameReason)
    yield NameRefused(name, where, NameReason.ALIKE)
    yield from (KeyProtected(here, reason, retry) for reason in ProtectionReason)
    move = SignerMove("813", name, "814", name)
    signs = ProtectionReason.WEBHOOK_SIGNER
    for command in (EnableKey(name), PinKey(name), DisableKey(name), RestoreKey(name)):
        yield KeyProtected(here, signs, render(command), move)
    yield KeyProtected(here, signs, retry, replace(move, old="814", new="815"), mistyped=True)
    yield SignerMoves(here, move)
    yield from (
        Denied(Action.KEY_CREATE, who, Refused(reason, name), where) for reason in RefusalReason
    )
    yield Denied(Action.KEY_CREATE, who, Refused(RefusalReason.ROLE))
    roles = (*map(str, Role),)
    yield Denied(Action.LINK, who, Refused(RefusalReason.ROLE), allowed=roles, requests=True)
    yield from (Unknown(mismatch, name) for mismatch in Mismatch)
    yield Unknown(Mismatch.NO_USER, name, requests=True)
    yield from (TurnedAway(ACTOR, reason) for reason in IdentityReason)


def _requests(name: str) -> Iterable[Outcome]:
    asked = [request_of(name, state) for state in State]
    yield from (Requested(each) for each in asked)
    waived = [replace(each, waived=reason) for each in asked for reason in Waiver]
    yield from (Requested(each) for each in waived)
    gone = [replace(each, delete_at=AT) for each in (*asked, *waived)]
    yield from (shown(each, offers=True) for each in gone for shown in (Requested, RequestShown))
    yield RequestsListed("mine", tuple(gone[:3]), more=False, offers=frozenset({"c1r"}))
    yield from (
        NotAskable(reason, each.approval, 1) for reason in NotAskableReason for each in asked[:1]
    )
    yield NotAskable(NotAskableReason.EMERGENCY, asked[0].approval, normal="request x --reason y")
    yield from (Voted(each, event) for event in Event for each in asked[:2])
    yield from (TooLate(each) for each in asked)
    yield from (MayNotDecide(asked[0], reason) for reason in IneligibleReason)
    yield MoreNeeded(asked[1], ("comment", "confirm"))
    yield Voided(asked[1])
    yield QuestionSent(asked[1])
    for each in browned(asked[7]):
        yield from (Requested(replace(each, waived=Waiver.AT_ONCE)), RequestShown(each))
        yield from (BrownoutEnding(each), BrownoutReported(each, broke=True))
        yield BrownoutReported(each, broke=False)
    yield NoSuchRequest(name)
    yield WhichRequest(name, tuple(asked))
    yield RequestsListed("all", tuple(asked), more=True, page=1, pages=3)
    yield AlreadyRequested(asked[1], "request x --reason y")
    yield from (RequestsListed(which, tuple(asked), more=True) for which in WHICH)
    yield RequestsListed("mine", (), more=False)
    for spec in (spec for spec in COMMANDS if "id" in spec.required):
        yield from (RequestNeeded(Incomplete(spec, ()), some) for some in ((), tuple(asked)))
    yield KeyCreated(pending(name))
    yield Renewed(asked[-2])
    yield from (RequestShown(each) for each in asked)
    yield Several((Requested(asked[1]), NoSuchEnvironment(name, name, (place(name),))))
    yield from (Delegated(None, None), Delegated(Actor("T1", "U2"), AT))
    mia, replacing = Actor("T1", "U2"), Delegate("@U3", instead="@U2")
    yield DelegateInPlace(mia, name, AT, name, replacing)
    yield from (DelegatesShown(None, None, ((mia, AT),)), DelegatesShown(mia, AT))


def browned(request: Request) -> list[Request]:
    """The request, as the brown-out of a key at each of its steps."""
    name, owner = request.terms.name, Actor("T1", "U2")
    reports = (Report(ACTOR, name, broke=True, at=AT, comment=name),)
    dark = Brownout(owner, AT, reports=reports)
    steps = [dark, replace(dark, late=True), *(dark.ended(each, AT) for each in Ending)]
    text = "key brownout 814 --for 10m"
    terms = replace(request.terms, action=Action.KEY_BROWNOUT, command=text, lasts=None)
    return [replace(request, terms=terms, brownout=each) for each in steps]


def request_of(name: str, state: State) -> Request:
    """A request with this text in every field."""
    terms = Terms(
        Action.KEY_REQUEST,
        f"request x --reason {name}",
        "e1",
        name,
        name,
        "production",
        "814",
        name,
        ACTOR,
        Actor("T1", "U2"),
        name,
        timedelta(days=7),
    )
    said = Vote(
        ACTOR,
        name,
        "u1",
        frozenset({"admins"}),
        approves=True,
        at=AT,
        fingerprint=terms.fingerprint,
        comment=name,
    )
    approval = Approval(2, ("key_roles",), ("admins",), reason=name, longest=timedelta(days=7))
    return Request(
        "c1r",
        terms,
        Asker(name, name, "admin"),
        approval,
        "rule-1",
        "v1",
        AT,
        AT,
        AT,
        Evidence((name,), 3, AT, True, name, 2, 1),  # noqa: FBT003  # as they stand
        state,
        (said, replace(said, by=Actor("T1", "U3"), cloudinary_id="u3", approves=False)),
        outcome=name,
        ends_at=AT,
    )


def crowded(count: int) -> list[Outcome]:
    """The outcomes that list things, with this many things."""
    here, where = located("ci-bot"), place("Staging")
    explanations = (_explained(where, DECISIONS[0], ()),) * count
    return [
        EnvironmentsListed((where,) * count),
        EnvironmentShown(where, (here,) * count),
        WhichPending((pending("ci-bot"),) * count),
        WhichLink((live_link("ci-bot"),) * count),
        WhichKey("ci-bot", ((here, ShowKey("ci-bot")),) * count),
        WhichEnvironment(((where, CreateKey("ci-bot")),) * count),
        NoSuchKey("ci-bot", None, (where,) * count),
        NoSuchEnvironment("Staging", None, (where,) * count),
        Explained("key show", explanations, person("Ann")),
    ]
