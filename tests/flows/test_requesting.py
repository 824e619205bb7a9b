from dataclasses import replace

import pytest

from bot.domain.decided import NotAskable, Requested, Unaskable
from bot.domain.keys import Bar
from bot.domain.outcomes import Barred, NameTaken, NoSuchEnvironment, Several, WhichEnvironment
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.requests import State
from bot.domain.sayings import Audience, Topic
from tests.flows.office import (
    ADMIN,
    BILLING,
    CHIEF,
    GUEST,
    NEWCOMER,
    PROD,
    TECH,
    Office,
)
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    asked,
    give_role,
    granted,
    leave,
)


def refusal(outcome: object) -> Unaskable:
    """Why nobody was asked."""
    assert isinstance(outcome, NotAskable), outcome
    return outcome.why


async def test_asking_makes_nothing_and_puts_a_card_before_the_approvers(office: Office) -> None:
    """It waits, it is on the record, and what is to be said is kept with it"""
    request = await asked(office)
    assert State.PENDING is request.state
    assert (NEWCOMER, "deploy", "builds of the shop") == (
        request.terms.owner,
        request.terms.name,
        request.terms.reason,
    )
    assert [(Audience.CARD, Topic.ASKED)] == [(s.audience, s.topic) for s in office.requests.said]
    assert ("requested", "members-request") in office.told()
    assert office.account.calls["create_key"] == 0


async def test_an_errand_that_died_after_asking_asks_no_second_time(office: Office) -> None:
    """The same request is told of, and one card is posted"""
    errand = await office.errand(NEWCOMER, WISH)
    first = await office.flows.dispatcher.run(errand)
    second = await office.again(errand.id)
    assert isinstance(first, Requested)
    assert isinstance(second, Requested)
    assert first.request.id == second.request.id
    assert [Topic.ASKED] == [saying.topic for saying in office.requests.said]


async def test_what_nobody_could_agree_to_is_refused_at_the_start(office: Office) -> None:
    """No request waits for people who are not there"""
    await leave(office, ADMIN)
    await leave(office, CHIEF)
    assert Unaskable.NOBODY is refusal(await office.says(NEWCOMER, WISH_IN_PRODUCTION))
    assert not office.requests.said


async def test_whoever_is_disabled_at_cloudinary_is_not_counted_on(office: Office) -> None:
    """Of the two who could agree to a deletion with an admin among them, none is one"""
    for admin in (ADMIN, CHIEF):
        give_role(office, admin, Role.BILLING)
    outcome = await office.says(TECH, DELETE)
    assert isinstance(outcome, NotAskable)
    assert (Unaskable.TOO_FEW, 1) == (outcome.why, outcome.reachable)


async def test_the_requester_is_not_counted_on(office: Office) -> None:
    """A lone admin can't ask for what an admin has to agree to"""
    await leave(office, CHIEF)
    assert Unaskable.NOBODY is refusal(await office.says(ADMIN, WISH_IN_PRODUCTION))


async def test_a_teammate_gets_what_somebody_asks_for_them(office: Office) -> None:
    """The credentials wait for them alone"""
    request = await granted(office, f"{WISH} --for @{BILLING.user_id}")
    assert (NEWCOMER, BILLING) == (request.terms.requester, request.terms.owner)
    assert [] == await office.claims.claims_of(NEWCOMER)
    assert [request.id] == [claim.id for claim in await office.claims.claims_of(BILLING)]


@pytest.mark.parametrize("teammate", [GUEST, Actor("T1", "U0GONE")])
async def test_a_teammate_who_could_not_collect_gets_nothing(
    office: Office, teammate: Actor
) -> None:
    """A guest, and somebody who has left"""
    profile = await office.directory.profile(NEWCOMER)
    office.directory.add(type(profile)("U0GONE", "T1", "Gone", "g@lumen.example", deleted=True))
    told = await office.says(NEWCOMER, f"{WISH} --for @{teammate.user_id}")
    assert Unaskable.TEAMMATE is refusal(told)


async def test_a_name_that_is_taken_gives_the_new_key_one_of_its_own(office: Office) -> None:
    """Each grant is a key that can end alone"""
    request = await asked(office, "request shop-dev ci-bot --reason builds")
    assert f"ci-bot-{request.id[:6]}" == request.terms.name


async def test_two_wishes_without_a_name_get_two_names(office: Office) -> None:
    """In the same second, too"""
    both = [await asked(office, "request shop-dev --reason builds") for _ in range(2)]
    assert len({request.terms.name for request in both}) == 2


async def test_what_would_be_stopped_afterwards_is_not_asked(office: Office) -> None:
    """A name that is taken, the key that webhooks are signed with, a root key"""
    assert isinstance(await office.says(TECH, "key create shop-web --env shop"), NameTaken)
    signer = replace(await office.key(PROD, "shared"), dedicated_for=("webhooks",))
    office.account.replace_key(PROD.id, signer)
    root = await office.key(PROD, "")
    for name, bar in ((signer.name, Bar.WEBHOOK_SIGNER), (root.api_key, Bar.ROOT)):
        outcome = await office.says(TECH, f"key delete {name} --env shop")
        assert isinstance(outcome, Barred)
        assert bar is outcome.bar
    assert not office.requests.said


async def test_several_environments_are_several_requests(office: Office) -> None:
    """Each is decided on its own, by its own rule"""
    outcome = await office.says(NEWCOMER, 'request "shop-dev, shop, nowhere" new --reason builds')
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


async def test_a_guest_asks_for_nothing(office: Office) -> None:
    """Turned away, whatever they ask for"""
    assert isinstance(await office.says(GUEST, WISH), TurnedAway)
