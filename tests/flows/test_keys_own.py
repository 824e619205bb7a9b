"""The person for whom a key was created may always disable it."""

from dataclasses import replace

import pytest

from bot.cards.home import home
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.keys import KeyChanged, KeyShown, WhichKey
from bot.domain.outcomes.requests import Requested, RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import owned
from bot.domain.people import Actor, Role, TurnedAway
from bot.domain.requests.machine import State
from bot.domain.requests.terms import Waiver
from tests.flows.harness import (
    BILLING,
    COLLEAGUE,
    CREATE,
    DEV,
    NARROW,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
)
from tests.flows.requested import (
    WISH,
    collected,
    enabled,
    give_role,
    granted,
    kept,
    leave,
    looked,
)
from tests.unit.requests_made import PENDING


def was_disabled(outcome: Outcome) -> bool:
    """Whether a key was disabled."""
    return isinstance(outcome, KeyChanged) and not outcome.located.key.enabled


@pytest.mark.parametrize("text", ["key disable deploy", "key disable {made}", "cancel {id}"])
@pytest.mark.parametrize("role", [None, Role.BILLING])
async def test_an_owner_disables_their_key(harness: Harness, text: str, role: Role | None) -> None:
    """Unknown to Cloudinary or without a key role, by name, by API key and by request."""
    request = await collected(harness)
    if role:
        give_role(harness, NEWCOMER, role)
    assert await enabled(harness)
    typed = text.format(made=request.made, id=request.id)
    assert was_disabled(await harness.run(NEWCOMER, typed))
    assert not await enabled(harness)


@pytest.mark.parametrize("text", ["key disable {made}", "cancel {id}"])
@pytest.mark.parametrize("role", [None, Role.BILLING, Role.TECHNICAL_ADMIN])
async def test_only_a_person_who_may_enable_the_key_is_told_how(
    harness: Harness, text: str, role: Role | None
) -> None:
    """An owner may stop their key, and may have no right to take that back"""
    request = await collected(harness)
    if role:
        give_role(harness, NEWCOMER, role)
    told = await harness.run(NEWCOMER, text.format(made=request.made, id=request.id))
    assert was_disabled(told)
    offered = bool(card_of(told).buttons)
    assert offered is (role is Role.TECHNICAL_ADMIN)


@pytest.mark.parametrize("text", ["key disable {made}", "cancel {id}"])
async def test_an_owner_disables_their_key_before_they_collect_it(
    harness: Harness, text: str
) -> None:
    """Its credentials and their link end."""
    request = await granted(harness)
    assert was_disabled(await harness.run(NEWCOMER, text.format(made=request.made, id=request.id)))
    harness.requests.wake(request.id)
    await looked(harness)
    assert State.LAPSED is (await kept(harness, request)).state


async def test_an_owner_who_lost_their_role_disables_a_key_that_they_created(
    harness: Harness,
) -> None:
    """There is no request: the stored credentials name the owner."""
    await harness.run(NARROW, CREATE)
    created = await harness.key(DEV, "new")
    give_role(harness, NARROW, Role.REPORTS, reaches=PROD)
    assert was_disabled(await harness.run(NARROW, f"key disable {created.api_key}"))


@pytest.mark.parametrize("actor", [NEWCOMER, BILLING])
async def test_no_one_else_disables_it(harness: Harness, actor: Actor) -> None:
    """The requester of a key for another person neither, and the answer is as before."""
    request = await collected(harness, f"{WISH} --for @{COLLEAGUE.user_id}")
    for name in ("deploy", request.made):
        told = await harness.run(actor, f"key disable {name}")
        assert isinstance(told, Denied | Unknown)
    assert not was_disabled(await harness.run(actor, f"cancel {request.id}"))
    assert await enabled(harness)


async def test_a_name_gives_no_ownership(harness: Harness) -> None:
    """A key that took over the name of an own key is still another person's."""
    request = await collected(harness)
    await harness.account.rename(DEV.id, request.made, "former")
    harness.account.add_key(DEV.id, "deploy")
    assert isinstance(await harness.run(NEWCOMER, "key disable deploy"), Unknown)
    assert was_disabled(await harness.run(NEWCOMER, "key disable former"))


async def test_an_own_key_and_a_visible_one_of_the_same_name_are_ambiguous(
    harness: Harness,
) -> None:
    """The person has to say which."""
    await collected(harness)
    give_role(harness, NEWCOMER, Role.TECHNICAL_ADMIN, reaches=PROD)
    harness.account.add_key(PROD.id, "deploy")
    assert isinstance(await harness.run(NEWCOMER, "key disable deploy"), WhichKey)


async def test_an_owner_who_is_no_member_any_more_is_turned_away(harness: Harness) -> None:
    """Deactivated at Slack."""
    request = await collected(harness)
    await leave(harness, NEWCOMER)
    assert isinstance(await harness.run(NEWCOMER, f"key disable {request.made}"), TurnedAway)
    assert await enabled(harness)


async def test_the_intake_accepts_an_owners_disabling(harness: Harness) -> None:
    """An early refusal would come before the stored ownership is read."""
    request = await collected(harness)
    await harness.who(NEWCOMER)
    told = await harness.flows.intake.accept(harness.asked(NEWCOMER, f"key disable {request.made}"))
    assert not isinstance(told, Denied | Unknown)


async def test_app_home_lists_no_granted_key_that_its_owner_stopped(harness: Harness) -> None:
    """Its request stays among the recent ones"""
    request = await collected(harness, 'request shop-dev deploy --reason "builds"')

    async def shown() -> str:
        return str(home(await harness.flows.home.of(NEWCOMER)))

    assert "No end date" in await shown()
    await harness.run(NEWCOMER, f"key disable {request.made}")
    assert "No end date" not in await shown()


async def test_app_home_shows_own_keys_that_work(harness: Harness) -> None:
    """And no longer once they are disabled; other people's keys never."""
    request = await collected(harness)

    async def live() -> list[str]:
        home = await harness.flows.home.of(NEWCOMER)
        assert not isinstance(home, TurnedAway)
        return [here.key.api_key for here in home.keys]

    assert [request.made] == await live()
    await harness.run(NEWCOMER, f"cancel {request.id}")
    assert [] == await live()


@pytest.mark.parametrize("actor", [NEWCOMER, BILLING, TECH])
async def test_app_home_offers_what_the_person_may_do(harness: Harness, actor: Actor) -> None:
    """As the menu does: the list of keys is for people who may see one"""
    shown = home(await harness.flows.home.of(actor))
    commands = [button.command for each in shown for button in each.buttons]
    assert ("key list" in commands) is (actor is TECH)
    assert "request" in commands


async def test_security_hears_of_it(harness: Harness) -> None:
    """As of a disabling by an admin."""
    request = await collected(harness)
    await harness.run(NEWCOMER, f"cancel {request.id}")
    assert any("deploy" in notice for notice in harness.jobs.notices)


@pytest.mark.parametrize("text", ["key disable deploy", "cancel {id}"])
async def test_a_repeated_answer_disables_nothing_again(harness: Harness, text: str) -> None:
    """A process that died before the answer leaves a finished job; it shows what it was about."""
    request = await collected(harness)
    job = await harness.job(NEWCOMER, text.format(id=request.id))
    assert was_disabled(await harness.flows.dispatcher.run(job))
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    shown = await harness.again(job.id)
    if text.startswith("key"):
        assert isinstance(shown, KeyShown)
        assert (request.made, True) == (shown.located.key.api_key, shown.located.key.enabled)
    else:
        assert RequestShown(await kept(harness, request)) == shown
    assert await enabled(harness)


def test_a_request_of_a_former_version_shows_the_owner_too() -> None:
    """Then the credentials were stored for some hours only."""
    made = replace(PENDING, made="814")
    assert {"814": made.terms.environment_id} == owned(made.terms.owner, [], [made, PENDING])
    assert {} == owned(made.terms.requester, [], [made])


@pytest.mark.parametrize("waived", [None, *Waiver])
def test_an_answer_says_that_approvers_decide_only_where_it_is_true(
    waived: Waiver | None,
) -> None:
    """An emergency, a budget and a rule without votes are being executed."""
    told = plain(card_of(Requested(replace(PENDING, waived=waived))))
    assert ("It needs approval before" in told) is (waived is None)
    assert ("no approval was needed" in told.casefold()) is (waived is not None)
