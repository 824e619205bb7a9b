"""Every entry point asks the one authority: where that refuses, nothing changes.

Each test prepares an entry under the shipped policy, lets the authority refuse, and enters. Where
nothing is refused the same entry does change something, or the test could not fail.
"""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final, get_args

import pytest

from bot.domain.commands.general import Claim, Doctor, Help, Menu, WhoAmI
from bot.domain.commands.grammar import Incomplete, Misunderstood, read
from bot.domain.commands.leaks import ReportLeak, ReviewLeak
from bot.domain.commands.oversight import ReportKeys, ShowAudit
from bot.domain.commands.registry import Command
from bot.domain.commands.reviews import ReportReview
from bot.domain.outcomes.access_reviews import ReviewBegun
from bot.domain.outcomes.bulk import BulkPreviewed, OffboardPreviewed
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.links import LinkReady
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor
from bot.domain.policy import Action, Decision, Explanation, Question, RefusalReason, Refused
from bot.domain.requests.machine import Cause, Event, Request, State, move
from bot.domain.requests.terms import Waiver
from bot.flows.ports import Policy
from bot.flows.repeat import READ_ONLY
from bot.flows.requests.eligibility import VOID
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    CREATE,
    DEV,
    NEWCOMER,
    PROD,
    STAGING,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import (
    approved,
    asked,
    carried_out,
    collected,
    granted,
    kept,
    with_sleeper,
)
from tests.flows.rotated import overlapping
from tests.flows.test_bindings import LINK_TECH, moved
from tests.flows.test_leaks import leaked as leaked_text
from tests.flows.test_leaks import looked, reported
from tests.flows.with_roles import with_roles


@dataclass(frozen=True)
class Refusing:
    """An authority that refuses these questions, and asks another about the rest."""

    policy: Policy
    refuses: Callable[[Question], bool]

    @property
    def version(self) -> str:
        """The version of the rules does not change."""
        return self.policy.version

    @property
    def groups(self) -> frozenset[str]:
        """Nor do the groups that they name."""
        return self.policy.groups

    @property
    def approvers(self) -> frozenset[str]:
        """Nor do those whom they name."""
        return self.policy.approvers

    def decide(self, question: Question) -> Decision:
        """Refuse, or ask."""
        if self.refuses(question):
            return Refused(RefusalReason.FORBIDDEN, "test")
        return self.policy.decide(question)

    def explain(self, question: Question) -> Explanation:
        """Explain as the policy does; an explanation changes nothing."""
        return self.policy.explain(question)


def everything(_: Question) -> bool:
    """Refuse every question."""
    return True


def in_environments(question: Question) -> bool:
    """Refuse every question about an environment: the early question, without one, passes."""
    return question.environment is not None


def claims(question: Question) -> bool:
    """Refuse the collection alone."""
    return question.action is Action.CLAIM


def decisions(question: Question) -> bool:
    """Refuse votes alone."""
    return question.action is Action.DECIDE


def refuse(harness: Harness, refuses: Callable[[Question], bool]) -> None:
    """Refuse from now on, as after a restart with other rules."""
    harness.authority = Refusing(harness.policy, refuses)
    harness.rebuild()


def state(harness: Harness) -> object:
    """Everything that an entry point could change, except the audit log."""
    stores = (harness.account, harness.pending, harness.links, harness.requests)
    more = (harness.store, harness.bindings, harness.delegations, harness.tiers)
    return [fields(store) for store in (*stores, *more, harness.incidents, harness.reviews)]


def fields(store: object) -> dict[str, object]:
    """What a store keeps, apart from counts, readings and failures to come."""
    aside = {"calls", "_failures", "jobs", "entries", "notices", "clock", "_now", "_told", "_look"}
    aside |= {"go_on"}  # an event that tests wait for
    aside |= {"store", "waiting", "requests"}  # of links: they are looked at by themselves
    return deepcopy({name: value for name, value in vars(store).items() if name not in aside})


def granted_nothing(before: Request, after: Request) -> bool:
    """Whether a request is as it was, or over without an effect."""
    over = after.state in {State.CANCELLED, State.FAILED} and after.outcome == VOID
    return after == before or over


async def linked(harness: Harness) -> str:
    """A live link of TECH."""
    await harness.run(TECH, CREATE)
    return ""


async def voted(harness: Harness) -> str:
    """A deletion with one of two votes, which TECH may withdraw."""
    request = await approved(harness, "key delete shop-web --env shop", COLLEAGUE, to=TECH)
    return request.id


async def pending(harness: Harness) -> str:
    """A request that waits for votes."""
    return (await asked(harness)).id


async def claimable(harness: Harness) -> str:
    """Credentials that wait for NEWCOMER."""
    return (await granted(harness)).id


async def renewable(harness: Harness) -> str:
    """Access that NEWCOMER has."""
    return (await collected(harness, 'request shop-dev deploy --expires 7d --reason "builds"')).id


async def reviewable(harness: Harness) -> str:
    """An emergency whose review is due."""
    text = 'request shop deploy --reason "pager 812" --emergency'
    request = await asked(harness, text, TECH)
    await carried_out(harness, request)
    return request.id


async def stopped(harness: Harness) -> str:
    """TECH matches another Cloudinary user than before."""
    await moved(harness)
    await harness.run(TECH, "whoami")
    return ""


async def ready(harness: Harness) -> str:
    """Nothing more than the harness has, and a disabled key in production."""
    with_sleeper(harness)
    return ""


async def with_one_disabled(harness: Harness) -> str:
    """DEV is disabled."""
    await harness.account.switch_environment(DEV.id, enabled=False)
    return ""


async def roles_known(harness: Harness) -> str:
    """An account with roles, in which TECH may manage keys."""
    with_roles(harness)
    return ""


async def grouped(harness: Harness) -> str:
    """A group with a member."""
    harness.account.add_group("Content")
    harness.account.add_user(harness.account.user_now("u-U0BILLING"), groups=["Content"])
    return ""


async def with_one_shut_out(harness: Harness) -> str:
    """The user of TECH is disabled."""
    user = harness.account.user_now("u-U0TECH")
    harness.account.add_user(replace(user, enabled=False))
    return ""


async def soaking(harness: Harness) -> str:
    """A key whose deletion is scheduled."""
    request = await approved(harness, "key delete ci-bot --env shop-dev", TECH, to=COLLEAGUE)
    harness.clock.go_on(seconds=1)
    await carried_out(harness, request)
    harness.clock.go_on(seconds=1)
    return ""


async def darkened(harness: Harness) -> str:
    """A key that is disabled for ten minutes."""
    request = await asked(harness, "key brownout ci-bot --for 10m", TECH)
    await carried_out(harness, request)
    return request.id


async def listed(harness: Harness) -> str:
    """A list of keys to disable."""
    harness.clock.go_on(days=30)
    shown = await harness.run(TECH, "key disable --env shop-dev --stale 7d")
    assert isinstance(shown, BulkPreviewed)
    return shown.bulk.id


async def adopting(harness: Harness) -> str:
    """A list of keys that get an owner."""
    shown = await harness.run(TECH, "key adopt ci-bot --env shop-dev --owner @U0BILLING")
    assert isinstance(shown, BulkPreviewed)
    return shown.bulk.id


async def to_rotate(harness: Harness) -> str:
    """A list of keys to rotate."""
    harness.clock.go_on(days=30)
    shown = await harness.run(TECH, "key rotate --env shop-dev --stale 7d")
    assert isinstance(shown, BulkPreviewed)
    return shown.bulk.id


async def to_delete(harness: Harness) -> str:
    """A list of keys to delete."""
    harness.clock.go_on(days=30)
    shown = await harness.run(TECH, "key delete --env shop-dev --stale 7d")
    assert isinstance(shown, BulkPreviewed)
    return shown.bulk.id


async def leaving(harness: Harness) -> str:
    """A list of what TECH has."""
    shown = await harness.run(ADMIN, "user offboard @U0TECH")
    assert isinstance(shown, OffboardPreviewed)
    return shown.bulk.id


async def leaked(harness: Harness) -> str:
    """A key whose pair was reported."""
    incident = await reported(harness, await leaked_text(harness))
    await looked(harness)
    return incident.api_key


ELSEWHERE: Final = {ReportLeak, ReviewLeak, ReportKeys, ReportReview}
"""Begun by Keysmith (test_leaks.py), in a channel (test_reports_weekly.py), or read alone."""
Prepare = Callable[[Harness], Awaitable[str]]


async def known(harness: Harness, actor: Actor, prepare: Prepare) -> str:
    """Prepare, and let the actor be bound to their Cloudinary user: that is no answer of a rule."""
    id_ = await prepare(harness)
    for each in {actor, COLLEAGUE}:
        await harness.run(each, "whoami")
    return id_


async def rotating(harness: Harness) -> str:
    """A rotation both of whose keys work."""
    return (await overlapping(harness)).id


SHARED: Final = "700000000000001"
"""A key of DEV without an owner."""


async def reviewing(harness: Harness) -> str:
    """A review with a key that has no owner."""
    outcome = await harness.run(ADMIN, "review keys --env shop-dev")
    assert isinstance(outcome, ReviewBegun)
    assert SHARED == outcome.review.asked[0].api_key
    return outcome.review.id


TYPED: Final[tuple[tuple[Actor, str, Prepare], ...]] = (
    (TECH, "key create new --env shop-dev", ready),
    (TECH, "key create new --env shop", ready),
    (TECH, "key roles ci-bot add reports", roles_known),
    (TECH, "key roles shop-web --env shop add master_admin", roles_known),
    (TECH, "key owner ci-bot @U0BILLING", ready),
    (TECH, "key note ci-bot builds", ready),
    (TECH, "key tag ci-bot add ci", ready),
    (TECH, "key adopt ci-bot --env shop-dev --owner @U0BILLING", ready),
    (TECH, "key adopt --resume {id}", adopting),
    (TECH, "key enable preview-bot", ready),
    (TECH, "key enable sleeper --env shop", ready),
    (TECH, 'key enable sleeper --env shop --reason "pager 812" --emergency', ready),
    (TECH, "key disable ci-bot", ready),
    (TECH, "key disable --resume {id}", listed),
    (TECH, "key rotate --resume {id}", to_rotate),
    (TECH, "key delete --resume {id}", to_delete),
    (TECH, "key rename ci-bot ci", ready),
    (TECH, "key delete ci-bot", ready),
    (TECH, "key restore ci-bot --env shop-dev", soaking),
    (TECH, "key brownout ci-bot --for 10m", ready),
    (TECH, "key webhook ci-bot --env shop-dev --confirm ci-bot", ready),
    (TECH, "key rotate ci-bot", ready),
    (TECH, "key rotate shop-web --env shop", ready),
    (TECH, "rotation {id} deployed", rotating),
    (COLLEAGUE, "rotation {id} abort --confirm ci-bot", rotating),
    (NEWCOMER, "request shop-dev deploy --reason builds", ready),
    (TECH, "request shop-dev,shop-stag deploy --reason builds", ready),
    (TECH, 'request shop deploy --reason "pager 812" --emergency', ready),
    (ADMIN, "env tier shop staging --reason moved", ready),
    (ADMIN, "env create Archive --reason moved", ready),
    (ADMIN, 'env create "Shop preview" --copy-from shop-dev', ready),
    (ADMIN, 'env rename shop-dev "Shop test"', ready),
    (ADMIN, 'env disable shop-dev --confirm "Shop dev"', ready),
    (ADMIN, "env enable shop-dev", with_one_disabled),
    (ADMIN, "user add lea@lumen.example --role reports --env shop-dev", ready),
    (ADMIN, "user role @U0TECH reports", ready),
    (ADMIN, "user envs @U0TECH shop-dev", ready),
    (ADMIN, "user enable u-U0TECH", with_one_shut_out),
    (ADMIN, "user disable @U0TECH --confirm tech@lumen.example", ready),
    (ADMIN, "user remove @U0TECH --confirm tech@lumen.example", ready),
    (ADMIN, "user offboard @U0TECH --list {id}", leaving),
    (ADMIN, "group create Design", grouped),
    (ADMIN, "group rename Content Library", grouped),
    (ADMIN, "group remove Content --confirm Content", grouped),
    (ADMIN, "group add Content tech@lumen.example", grouped),
    (ADMIN, "group drop Content billing@lumen.example", grouped),
    (ADMIN, LINK_TECH, stopped),
    (NEWCOMER, "claim {id}", claimable),
    (NEWCOMER, "renew {id} --reason more", renewable),
    (TECH, "approve {id}", pending),
    (TECH, "deny {id} --reason no", pending),
    (TECH, "withdraw {id}", voted),
    (NEWCOMER, "cancel {id}", pending),
    (TECH, "ask {id} --question why", pending),
    (ADMIN, "review {id} --comment fine", reviewable),
    (TECH, "result {id} broke", darkened),
    (TECH, "delegate @U0COLLEAGUE", ready),
    (TECH, "leak dismiss {id}", leaked),
    (TECH, "leak disown {id}", leaked),
    (ADMIN, "links revoke new", linked),
    (ADMIN, "review keys", ready),
    (ADMIN, f"review answer {{id}} {SHARED} end", reviewing),
)
"""Who types what, after which preparation. Buttons, forms and the shell send the same texts."""
NOWHERE: Final = (
    "deny",
    "result",
    "withdraw",
    "cancel",
    "ask",
    "review",
    "delegate",
    "env",
    "link",
    "links",
)
"""Commands that concern no environment, take only rights away, or are decided as production is."""


def test_every_command_that_acts_is_entered_here() -> None:
    """A new command fails until it stands in the table"""
    reading = {Menu, Help, WhoAmI, Doctor, ShowAudit}
    acting = set(get_args(Command)) - set(get_args(READ_ONLY)) - reading - ELSEWHERE
    typed = {type(read(text.format(id="c1r"))) for _, text, _ in TYPED}
    assert acting == typed
    assert typed.isdisjoint({Misunderstood, Incomplete})
    assert Claim in typed


IDS: Final = [text for _, text, _ in TYPED]


@pytest.mark.parametrize(("actor", "text", "prepare"), TYPED, ids=IDS)
async def test_each_entry_changes_something_where_it_is_allowed(
    harness: Harness, actor: Actor, text: str, prepare: Prepare
) -> None:
    """The control of the tests below"""
    id_ = await known(harness, actor, prepare)
    before = state(harness)
    await harness.run(actor, text.format(id=id_))
    assert before != state(harness)


@pytest.mark.parametrize(("actor", "text", "prepare"), TYPED, ids=IDS)
async def test_a_refusing_authority_stops_every_command(
    harness: Harness, actor: Actor, text: str, prepare: Prepare
) -> None:
    """Typed, pressed, or sent by a form"""
    id_ = await known(harness, actor, prepare)
    before = state(harness)
    refuse(harness, everything)
    await harness.run(actor, text.format(id=id_))
    assert before == state(harness)


HERE: Final = [each for each in TYPED if each[1].split()[0] not in NOWHERE]


@pytest.mark.parametrize(("actor", "text", "prepare"), HERE, ids=[text for _, text, _ in HERE])
async def test_each_command_asks_about_the_environment_too(
    harness: Harness, actor: Actor, text: str, prepare: Prepare
) -> None:
    """The early question alone lets nothing through; a request may become void"""
    id_ = await prepare(harness)
    request = await harness.requests.load(id_) if id_ else None
    before = await keys_in(harness)
    opened, sealed = set(harness.requests._kept), dict(harness.links.sealed)
    refuse(harness, in_environments)
    await harness.run(actor, text.format(id=id_))
    assert before == await keys_in(harness)
    assert opened == set(harness.requests._kept)
    assert sealed == harness.links.sealed
    assert request is None or granted_nothing(request, await kept(harness, request))


async def keys_in(harness: Harness) -> object:
    """Every key, as it is at Cloudinary."""
    return [await harness.account.keys(place.id) for place in (DEV, STAGING, PROD)]


APPROVED: Final[tuple[tuple[str, Actor, Actor | None], ...]] = (
    ("request shop-dev deploy --reason builds", NEWCOMER, TECH),
    ("key create new --env shop --reason demo", TECH, ADMIN),
    ("key enable sleeper --env shop --reason demo", TECH, COLLEAGUE),
    ("key delete ci-bot --reason old", TECH, COLLEAGUE),
    ("key rename shop-web web --env shop --reason demo", TECH, COLLEAGUE),
    ("key webhook shared --env shop --confirm shared --reason demo", TECH, COLLEAGUE),
    ("key owner shop-web @U0BILLING --env shop --reason demo", TECH, COLLEAGUE),
    ("key brownout shop-web --for 10m --env shop --reason demo", TECH, COLLEAGUE),
    ("env tier shop staging --reason moved", ADMIN, CHIEF),
    ("env create Archive --reason moved", ADMIN, CHIEF),
    ("env rename shop Web --reason moved", ADMIN, CHIEF),
    ("env disable shop --confirm Shop --reason moved", ADMIN, CHIEF),
    ("user add lea@lumen.example --role reports", ADMIN, CHIEF),
    ("user role @U0TECH reports", ADMIN, CHIEF),
    ("user remove @U0TECH --confirm tech@lumen.example", ADMIN, CHIEF),
    ("group create Design", ADMIN, CHIEF),
    (LINK_TECH, ADMIN, CHIEF),
    ('request shop deploy --reason "pager 812" --emergency', TECH, None),
    ('key create new --env shop --reason "pager 812" --emergency', TECH, None),
    ('key enable sleeper --env shop --reason "pager 812" --emergency', TECH, None),
)
"""Requests that are approved: what is asked, by whom, and who approves; None in an emergency."""


async def let_through(harness: Harness, text: str, by: Actor, to: Actor | None) -> Request:
    """Open a request and let it be approved."""
    await (stopped if text == LINK_TECH else ready)(harness)
    request = await (approved(harness, text, by, to=to) if to else asked(harness, text, by))
    assert State.APPROVED is request.state
    return request


@pytest.mark.parametrize(("text", "by", "to"), APPROVED, ids=[text for text, _, _ in APPROVED])
@pytest.mark.parametrize("restarted", [False, True], ids=["executed", "after a restart"])
async def test_an_approved_request_is_decided_again_when_it_is_executed(
    harness: Harness, text: str, by: Actor, to: Actor | None, *, restarted: bool
) -> None:
    """Also by a process that takes it over before its intent"""
    request = await let_through(harness, text, by, to)
    if restarted:
        begun = move(request, Event.BEGIN, Cause.ENGINE, harness.clock.now()).request
        harness.requests._kept[request.id] = begun
    stores = (harness.account, harness.bindings, harness.tiers, harness.pending)
    before = [fields(store) for store in stores]
    refuse(harness, everything)
    await carried_out(harness, request)
    assert before == [fields(store) for store in stores]
    after = await kept(harness, request)
    assert VOID == after.outcome
    assert after.state in {State.CANCELLED, State.FAILED}


async def test_a_vote_counts_only_while_its_voter_may_decide(harness: Harness) -> None:
    """The rules are asked about each voter again at the execution"""
    request = await approved(harness)
    refuse(harness, decisions)
    assert isinstance(await carried_out(harness, request), Voided)


async def by_votes(harness: Harness) -> PendingCredentials:
    """Credentials that another person approved."""
    await granted(harness)
    return (await harness.pending.pending_of(NEWCOMER))[0]


async def at_once(harness: Harness) -> PendingCredentials:
    """Credentials that needed no approval."""
    answer = await harness.run(TECH, "key create new --env shop-dev")
    assert isinstance(answer, LinkReady)
    return answer.pending


async def in_emergency(harness: Harness) -> PendingCredentials:
    """Credentials of an emergency."""
    await reviewable(harness)
    return (await harness.pending.pending_of(TECH))[0]


def under(waiver: Waiver) -> Callable[[Harness], Awaitable[PendingCredentials]]:
    """Credentials whose request was opened under another waiver."""

    async def credentials(harness: Harness) -> PendingCredentials:
        waiting = await in_emergency(harness)
        request = await harness.requests.load(waiting.id)
        assert request
        harness.requests._kept[request.id] = replace(request, waived=waiver)
        return waiting

    return credentials


CREDENTIALS: Final = {
    "votes": by_votes,
    "at once, without a request": at_once,
    **{f"waived, {waiver}": under(waiver) for waiver in Waiver},
}


@pytest.mark.parametrize("made", CREDENTIALS.values(), ids=CREDENTIALS)
@pytest.mark.parametrize("refuses", [everything, in_environments, claims])
async def test_every_claim_and_every_reveal_is_decided_again(
    made: Callable[[Harness], Awaitable[PendingCredentials]],
    refuses: Callable[[Question], bool],
) -> None:
    """Whatever the credentials came from; `may_still_claim` is what a reveal asks"""
    harness = staffed()
    waiting = await made(harness)
    refuse(harness, refuses)
    sealed = dict(harness.links.sealed)
    assert not await harness.flows.access.may_still_claim(waiting)
    await harness.run(waiting.owner, "claim")
    assert sealed == harness.links.sealed
