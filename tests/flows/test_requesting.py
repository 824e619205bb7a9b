import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.keys import Bar
from bot.domain.outcomes import (
    Barred,
    Denied,
    NameTaken,
    NoSuchEnvironment,
    NoSuchRequest,
    NotAskable,
    Requested,
    RequestShown,
    RequestsListed,
    Several,
    Unaskable,
    WhichEnvironment,
)
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.requests import Request, State, Waiver
from bot.domain.sayings import Audience, Topic
from tests.flows.office import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
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
    agreed,
    asked,
    give_role,
    granted,
    leave,
    rule,
    topics,
    under,
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
    first = await office.clerk.run(errand)
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


async def test_a_rule_may_want_a_reason_of_a_kind(office: Office, tmp_path: Path) -> None:
    """An incident's number, say"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@reason("INC-[0-9]+")'
    under(office, tmp_path, rule("key:request", wanted))
    assert Unaskable.REASON is refusal(await office.says(NEWCOMER, WISH))
    await asked(office, 'request shop-dev deploy --reason "INC-42: builds"')


async def test_a_rule_may_want_an_end(office: Office, tmp_path: Path) -> None:
    """No access without one, and none that is longer"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@longest("7d")'
    under(office, tmp_path, rule("key:request", wanted))
    for text in (WISH, f"{WISH} --expires 8d"):
        assert Unaskable.TOO_LONG is refusal(await office.says(NEWCOMER, text))
    request = await asked(office, f"{WISH} --expires 7d")
    assert timedelta(days=7) == request.terms.lasts


async def test_a_budget_is_spent_once(office: Office, tmp_path: Path) -> None:
    """Of two wishes at once, the rule itself approves one"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-12-31")'
    under(office, tmp_path, rule("key:request", wanted))
    outcomes = await asyncio.gather(*(office.says(NEWCOMER, WISH) for _ in range(2)))
    requests = [each.request for each in outcomes if isinstance(each, Requested)]
    assert [State.APPROVED, State.PENDING] == [request.state for request in requests]
    assert [Waiver.BUDGET, None] == [request.waived for request in requests]


async def test_a_budget_comes_again_after_a_week_and_ends_with_its_rule(
    office: Office, tmp_path: Path
) -> None:
    """Seven days later, and not after the date"""
    wanted = '@approvals("1")\n@approvers("key_roles")\n@auto("1 a week until 2026-03-08")'
    under(office, tmp_path, rule("key:request", wanted))
    states = []
    for days in (0, 6, 1, 7):
        office.clock.go_on(days=days)
        states.append((await asked(office)).state)
    assert [State.APPROVED, State.PENDING, State.APPROVED, State.PENDING] == states


async def test_an_emergency_is_for_those_whom_the_rule_names(
    office: Office, tmp_path: Path
) -> None:
    """They act at once, with a reason, and security hears of it"""
    wanted = '@approvals("1")\n@approvers("admins")\n@emergency("key_roles")'
    under(office, tmp_path, rule("key:request", wanted))
    breaking = f"{WISH} --emergency"
    assert Unaskable.EMERGENCY is refusal(await office.says(NEWCOMER, breaking))
    request = await asked(office, breaking, TECH)
    assert (State.APPROVED, Waiver.EMERGENCY) == (request.state, request.waived)
    assert (Audience.SECURITY, Topic.EMERGENCY) in [
        (saying.audience, saying.topic) for saying in office.requests.said
    ]
    silent = await office.says(TECH, "key create new --env shop --emergency")
    assert isinstance(silent, Denied | NotAskable)


async def test_everybody_sees_what_concerns_them(office: Office) -> None:
    """One's own, what waits for one's word, and all that one may know of"""
    request = await asked(office)

    async def seen(actor: Actor, which: str) -> list[str]:
        outcome = await office.says(actor, f"requests {which}".rstrip())
        assert isinstance(outcome, RequestsListed), outcome
        return [each.id for each in outcome.requests]

    assert [request.id] == await seen(NEWCOMER, "")
    assert [request.id] == await seen(TECH, "pending")
    assert [request.id] == await seen(NEWCOMER, "all")
    assert [] == await seen(NEWCOMER, "pending")
    assert [] == await seen(BILLING, "all")


async def test_what_somebody_has_said_their_word_on_waits_for_them_no_more(
    office: Office,
) -> None:
    """It is still open for the others"""
    request = await asked(office, DELETE, TECH)
    await office.says(COLLEAGUE, f"approve {request.id}")
    for actor, waiting in ((COLLEAGUE, 0), (ADMIN, 1)):
        outcome = await office.says(actor, "requests pending")
        assert isinstance(outcome, RequestsListed)
        assert waiting == len(outcome.requests)


async def test_one_request_is_shown_by_its_id(office: Office) -> None:
    """Whoever was told it; another id shows nothing"""
    request = await asked(office)
    shown = await office.clerk.requester.listed((await office.who(TECH)).person, request.id)
    assert RequestShown(request) == shown
    assert isinstance(await office.says(TECH, "requests 0123456789abcdefr"), NoSuchRequest)


async def test_evidence_tells_of_the_past(office: Office) -> None:
    """How often they asked before, how often others agreed, and who could now"""
    await agreed(office)
    await asked(office, "request shop-dev other --reason builds")
    found: Request = await asked(office, "request shop-dev third --reason builds")
    assert (2, 1, 4) == (found.evidence.before, found.evidence.granted, found.evidence.siblings)
    assert "Tech" in found.evidence.approvers
    assert "New" not in found.evidence.approvers
