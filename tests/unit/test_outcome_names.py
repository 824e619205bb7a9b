import csv
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

import pytest

from bot.adapters.redis.request_json import dumps, loads
from bot.cards.kit import offering, render
from bot.cards.notifications import notification_card
from bot.cards.outcomes import card_of
from bot.domain.commands.grammar import Incomplete, Misunderstood
from bot.domain.jobs import Job, Reply
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
from bot.domain.outcomes.leaks import LeakReported, LeakSettled, NoPairFound, NoSuchLeak
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
    OutOfTurn,
    RotationScheduled,
    RotationsListed,
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
from bot.domain.people import Actor, TurnedAway
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience, Notification, Topic
from bot.flows.audit import event_of
from handlers.metrics import Metrics
from tests.unit.outcomes_made import outcomes, request_of

ALL: Final = outcomes("ci-bot")
JOB: Final = Job("j1", Actor("T1", "U1"), "help", "help", Reply(), datetime.now(UTC))
KINDS: Final[dict[type, str]] = {
    UsersListed: "users_listed",
    UserShown: "user_shown",
    NoSuchUser: "no_such_user",
    WhichUser: "which_user",
    UserUnclear: "user_unclear",
    UserToConfirm: "user_to_confirm",
    UserChanged: "user_changed",
    UserUnchanged: "user_unchanged",
    UserExists: "user_exists",
    UserRefused: "user_refused",
    GroupsListed: "groups_listed",
    GroupShown: "group_shown",
    NoSuchGroup: "no_such_group",
    WhichGroup: "which_group",
    MemberUnclear: "member_unclear",
    GroupNameTaken: "group_name_taken",
    GroupUnconfirmed: "group_unconfirmed",
    GroupStopped: "group_stopped",
    GroupChanged: "group_changed",
    GroupUnchanged: "group_unchanged",
    KeyProtected: "key_protected",
    NotRotated: "not_rotated",
    Steered: "rotation_steered",
    OutOfTurn: "step_out_of_turn",
    RotationsListed: "rotations_listed",
    NotReplaced: "not_replaced",
    NotScheduled: "not_scheduled",
    RotationScheduled: "rotation_scheduled",
    Delegated: "delegated",
    DelegateInPlace: "delegate_in_place",
    DelegatesShown: "delegates_shown",
    Denied: "denied",
    EnvironmentShown: "environment_shown",
    EnvironmentsListed: "environments_listed",
    Explained: "explained",
    Failed: "failed",
    Examined: "examined",
    AuditShown: "audit_shown",
    AuditExported: "audit_exported",
    AuditNotExported: "audit_not_exported",
    KeysReported: "keys_reported",
    WeeklyReportSet: "weekly_report_set",
    ReviewBegun: "review_begun",
    ReviewRuns: "review_runs",
    NothingToReview: "nothing_to_review",
    NoSuchReview: "no_such_review",
    ReviewReported: "review_reported",
    ReviewListed: "review_listed",
    ReviewRefused: "review_refused",
    WeeklyReportEnded: "weekly_report_ended",
    NoWeeklyReport: "no_weekly_report",
    HelpGiven: "help_given",
    Incomplete: "incomplete",
    Introduced: "introduced",
    NoRoles: "no_roles",
    NoSuchRole: "no_such_role",
    WhichRole: "which_role",
    RoleNotGiven: "role_not_given",
    RolesShown: "roles_shown",
    RolesChanged: "roles_changed",
    RoleUnchanged: "role_unchanged",
    RoleRefused: "role_refused",
    RolesOvertaken: "roles_overtaken",
    KeyExplained: "key_explained",
    KeyChanged: "key_changed",
    KeyShown: "key_shown",
    KeysListed: "keys_listed",
    LeakReported: "leak_reported",
    LeakSettled: "leak_settled",
    NoSuchLeak: "no_such_leak",
    NoPairFound: "no_pair_found",
    LinkReady: "link_ready",
    LinkRevoked: "link_revoked",
    LinksListed: "links_listed",
    NoLiveLink: "no_live_link",
    WhichLink: "which_link",
    ClaimRefused: "claim_refused",
    PassphraseKept: "passphrase_kept",
    PassphraseNeeded: "passphrase_needed",
    KeyCreated: "key_created",
    MayNotDecide: "may_not_decide",
    MenuOffered: "menu_offered",
    Misunderstood: "misunderstood",
    NameRefused: "name_refused",
    NameTaken: "name_taken",
    NoSuchEnvironment: "no_such_environment",
    NoSuchKey: "no_such_key",
    AlreadyRequested: "already_requested",
    NoSuchRequest: "no_such_request",
    NotAskable: "not_askable",
    NotOffered: "not_offered",
    OfferedPrivately: "offered_privately",
    TooFast: "too_fast",
    NothingToChange: "nothing_to_change",
    NothingToClaim: "nothing_to_claim",
    NotReady: "not_ready",
    QuestionSent: "question_sent",
    BrownoutEnding: "brownout_ending",
    BrownoutReported: "brownout_reported",
    Renewed: "renewed",
    RequestShown: "request_shown",
    Requested: "requested",
    RequestNeeded: "request_needed",
    RequestsListed: "requests_listed",
    SecretWithheld: "secret_withheld",
    Several: "several",
    TooLate: "too_late",
    TurnedAway: "turned_away",
    Unknown: "unknown",
    UserLinked: "user_linked",
    Voided: "voided",
    Voted: "voted",
    WhichRequest: "which_request",
    WhichPending: "which_claim",
    EnvironmentCreated: "environment_created",
    EnvironmentChanged: "environment_changed",
    EnvironmentUnchanged: "environment_unchanged",
    EnvironmentProtected: "environment_protected",
    EnvironmentOvertaken: "environment_overtaken",
    PlaceNameRefused: "place_name_refused",
    TierFixed: "tier_fixed",
    OwnerShown: "owner_shown",
    OwnerAssigned: "owner_assigned",
    OwnerOvertaken: "owner_overtaken",
    KeyNoted: "key_noted",
    CoOwnerChanged: "co_owner_changed",
    CoOwnerRefused: "co_owner_refused",
    KeyTagged: "key_tagged",
    TooManyTags: "too_many_tags",
    RecordUnchanged: "record_unchanged",
    TierOvertaken: "tier_overtaken",
    Repeated: "repeated",
    TierUnchanged: "tier_unchanged",
    WhichEnvironment: "which_environment",
    SignerMoves: "signer_moves",
    BulkPreviewed: "bulk_previewed",
    OffboardPreviewed: "offboard_previewed",
    BulkReported: "bulk_reported",
    NoSuchBulk: "no_such_bulk",
    WhichKey: "which_key",
    MoreNeeded: "more_needed",
}
"""Every kind, letter by letter: stored requests, the audit log and dashboards hold them."""
FORMER: Final = dict(
    csv.reader(Path(__file__).with_name("former_outcomes.csv").read_text().splitlines())
)
"""The names that classes had before there were kinds, with their kinds; renames never matter."""
CLASSES: Final = {each.__name__ for each in KINDS} | FORMER.keys()


def names_in(text: str) -> set[str]:
    """The names of classes among a text's words."""
    return {*re.findall(r"\w+", text)} & CLASSES


def told(stored: str) -> str:
    """What the requester reads about a request that was stored as failed with this outcome."""
    request = replace(request_of("ci-bot", State.FAILED), outcome=stored)
    read = loads(dumps(request), "")
    return render(notification_card(Notification("c1r", Audience.PERSON, Topic.FAILED), read)).text


def test_every_outcome_has_its_own_kind_and_none_ever_changes() -> None:
    """A kind that changed would split dashboards and lose stored requests"""
    assert {*get_args(Outcome)} == KINDS.keys()
    assert len({*KINDS.values()}) == len(KINDS)
    assert {(KINDS[type(each)], each.kind) for each in ALL} == {
        (kind, kind) for kind in KINDS.values()
    }


def test_no_audit_event_holds_the_name_of_a_class() -> None:
    """A renamed class would split the log in two"""
    for outcome in ALL:
        _, detail = event_of(outcome)
        assert not names_in(detail)


def test_no_metric_holds_the_name_of_a_class() -> None:
    """Its label is the kind"""
    metrics = Metrics()
    for outcome in ALL:
        metrics.finished(JOB, outcome, 1.0)
    page = metrics.page().decode()
    assert not names_in(page)
    assert {*KINDS.values()} == {*re.findall(r'jobs_total{action="help",outcome="(\w+)"}', page)}


def test_no_card_holds_the_name_of_a_class() -> None:
    """People read sentences; a name of one word may be a common word"""
    for outcome in ALL:
        card = card_of(outcome)
        drawn = render(card, [""] * len(offering([card])))
        assert not {name for name in names_in(drawn.text) if re.search("[a-z][A-Z]", name)}


@pytest.mark.parametrize(("former", "kind"), FORMER.items())
def test_an_older_record_reads_like_one_of_today(former: str, kind: str) -> None:
    """People read the same sentence, without the name of a class or a kind"""
    assert told(kind) == told(former)
    assert not names_in(told(former)) | ({*re.findall(r"\w+", told(kind))} & {kind})


@pytest.mark.parametrize("text", ["", "void", "deleted", "restored", "anything else"])
def test_a_stored_text_that_is_no_kind_stays_and_still_gives_a_sentence(text: str) -> None:
    """Requests that are void, deleted or restored keep their texts"""
    request = replace(request_of("ci-bot", State.FAILED), outcome=text)
    assert text == loads(dumps(request), "").outcome
    assert "This didn't work. Nothing more is tried. Request it again." in told(text)


def test_a_person_is_told_why_their_request_failed() -> None:
    """In a sentence, without the name of a class"""
    assert told("name_taken").endswith(
        "This didn't work: a key of that name exists now. Request it with another name."
    )
    assert "the approved time is over" in told("not_askable")
