from dataclasses import replace

import pytest

from bot.domain.commands.grammar import Misunderstood
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import KeyProtected, NameTaken
from bot.domain.outcomes.requests import NotAskable, Requested, RequestShown
from bot.domain.outcomes.union import Several
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience, Topic
from tests.flows.harness import ADMIN, BILLING, CHIEF, GUEST, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    asked,
    give_role,
    granted,
    leave,
)


def refusal(outcome: object) -> NotAskableReason:
    """Return why no request was opened."""
    assert isinstance(outcome, NotAskable), outcome
    return outcome.reason


async def test_a_request_changes_nothing_and_posts_a_card(harness: Harness) -> None:
    """It is pending and in the audit log, and its notification is stored with it."""
    request = await asked(harness)
    assert State.PENDING is request.state
    assert (NEWCOMER, "deploy", "builds of the shop") == (
        request.terms.owner,
        request.terms.name,
        request.terms.reason,
    )
    assert [(Audience.CARD, Topic.ASKED)] == [
        (s.audience, s.topic) for s in harness.requests.notifications
    ]
    assert ("requested", "members-request") in harness.told()
    assert harness.account.calls["create_key"] == 0


async def test_a_job_that_died_after_the_opening_opens_no_second_request(harness: Harness) -> None:
    """The answer has the same request, and one card is posted."""
    job = await harness.job(NEWCOMER, WISH)
    first = await harness.flows.dispatcher.run(job)
    second = await harness.again(job.id)
    assert isinstance(first, Requested)
    assert isinstance(second, RequestShown)
    assert first.request.id == second.request.id
    assert [Topic.ASKED] == [notification.topic for notification in harness.requests.notifications]


async def test_a_request_without_approvers_is_refused_at_the_start(harness: Harness) -> None:
    """No request waits for people who do not exist."""
    await leave(harness, ADMIN)
    await leave(harness, CHIEF)
    assert NotAskableReason.NO_APPROVER is refusal(await harness.run(NEWCOMER, WISH_IN_PRODUCTION))
    assert not harness.requests.notifications


async def test_a_user_disabled_at_cloudinary_does_not_count(harness: Harness) -> None:
    """Two could approve a deletion that needs an admin, and neither is one."""
    for admin in (ADMIN, CHIEF):
        give_role(harness, admin, Role.BILLING)
    outcome = await harness.run(TECH, DELETE)
    assert isinstance(outcome, NotAskable)
    assert (NotAskableReason.TOO_FEW, 1) == (outcome.reason, outcome.reachable)


async def test_the_requester_does_not_count(harness: Harness) -> None:
    """A lone admin can't request what an admin has to approve."""
    await leave(harness, CHIEF)
    assert NotAskableReason.NO_APPROVER is refusal(await harness.run(ADMIN, WISH_IN_PRODUCTION))


async def test_a_teammate_gets_the_credentials_requested_for_them(harness: Harness) -> None:
    """The credentials are pending for the teammate only."""
    request = await granted(harness, f"{WISH} --for @{BILLING.user_id}")
    assert (NEWCOMER, BILLING) == (request.terms.requester, request.terms.owner)
    assert [] == await harness.pending.pending_of(NEWCOMER)
    assert [request.id] == [pending.id for pending in await harness.pending.pending_of(BILLING)]


@pytest.mark.parametrize("teammate", [GUEST, Actor("T1", "U0GONE")])
async def test_a_teammate_who_could_not_collect_gets_nothing(
    harness: Harness, teammate: Actor
) -> None:
    """A guest, and a person who has left."""
    profile = await harness.directory.profile(NEWCOMER)
    harness.directory.add(type(profile)("U0GONE", "T1", "Gone", "g@lumen.example", deleted=True))
    told = await harness.run(NEWCOMER, f"{WISH} --for @{teammate.user_id}")
    assert NotAskableReason.TEAMMATE is refusal(told)


async def test_a_name_that_is_taken_gets_a_suffix(harness: Harness) -> None:
    """Each request has its own key, so that each access ends separately."""
    request = await asked(harness, "request shop-dev ci-bot --reason builds")
    assert f"ci-bot-{request.id[:6]}" == request.terms.name


async def test_two_requests_without_a_name_get_two_names(harness: Harness) -> None:
    """Also in the same second."""
    text = "request shop-dev --reason builds"
    both = [await asked(harness, text, by) for by in (NEWCOMER, TECH)]
    assert len({request.terms.name for request in both}) == 2


async def test_a_plan_with_an_obstacle_opens_no_request(harness: Harness) -> None:
    """A name that is taken, the webhook signer, a root key."""
    assert isinstance(await harness.run(TECH, "key create shop-web --env shop"), NameTaken)
    signer = replace(await harness.key(PROD, "shared"), dedicated_for=("webhooks",))
    harness.account.replace_key(PROD.id, signer)
    root = await harness.key(PROD, "")
    for name, reason in (
        (signer.name, ProtectionReason.WEBHOOK_SIGNER),
        (root.api_key, ProtectionReason.ROOT),
    ):
        outcome = await harness.run(TECH, f"key delete {name} --env shop")
        assert isinstance(outcome, KeyProtected)
        assert reason is outcome.reason
    assert not harness.requests.notifications


async def test_several_environments_are_several_requests(harness: Harness) -> None:
    """Each has its own rule and its own decision."""
    outcome = await harness.run(NEWCOMER, 'request "shop-dev, shop, nowhere" new --reason builds')
    assert isinstance(outcome, Several)
    dev, production, unknown = outcome.outcomes
    assert isinstance(dev, Requested)
    assert isinstance(production, Requested)
    assert isinstance(unknown, NoSuchEnvironment | WhichEnvironment)
    assert ("members-request", "members-request-in-production") == (
        dev.request.policy,
        production.request.policy,
    )
    assert dev.request.id != production.request.id


async def test_a_guest_opens_no_request(harness: Harness) -> None:
    """Every command of a guest is turned away."""
    assert isinstance(await harness.run(GUEST, WISH), TurnedAway)


async def test_an_environment_is_asked_for_once_under_any_name(harness: Harness) -> None:
    """By its name, its cloud name and its id"""
    spelled = ('"Shop dev, shop-dev, e-dev"', f'"{", ".join(["shop-dev"] * 6)}"')
    for number, names in enumerate(spelled):
        outcome = await harness.run(NEWCOMER, f"request {names} new{number} --reason builds")
        assert isinstance(outcome, Requested)


async def test_a_command_asks_for_five_environments_at_most(harness: Harness) -> None:
    """With one more, it opens no request at all"""
    names = "shop-dev, shop, shop-stag, a, b, c"
    outcome = await harness.run(NEWCOMER, f'request "{names}" new --reason builds')
    assert isinstance(outcome, Misunderstood)
    assert not harness.requests.notifications


async def test_a_person_has_ten_open_requests_at_most(harness: Harness) -> None:
    """One more is refused until one of them is decided"""
    for number in range(10):
        text = f"request shop-dev new{number} --reason builds"
        assert isinstance(await harness.run(NEWCOMER, text), Requested)
    more = "request shop-dev more --reason builds"
    assert NotAskableReason.TOO_MANY is refusal(await harness.run(NEWCOMER, more))
