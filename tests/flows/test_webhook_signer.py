"""No act moves the webhook signer unless a person typed the key's name, and approvers read it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.cards.kit import plain
from bot.cards.notifications import notification_card
from bot.cards.outcomes import card_of
from bot.cards.requests import posted
from bot.domain.environments import Environment
from bot.domain.keys import Key, ProtectionReason, signer
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, SignerMoves
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience
from tests.flows.harness import COLLEAGUE, DEV, PROD, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, collected, enabled, kept, looked

AGES: Final = timedelta(days=30)
WAKE: Final = "key enable elder --env {}"


def with_elder(harness: Harness, place: Environment) -> Key:
    """Add a disabled key that is older than every other of the environment."""
    key = harness.account.add_key(place.id, "elder", enabled=False)
    assert key.created_at
    elder = replace(key, created_at=key.created_at - AGES)
    return harness.account.replace_key(place.id, elder)


async def signs(harness: Harness, place: Environment) -> Key:
    """Return the key that signs webhooks."""
    found = signer(await harness.account.keys(place.id))
    assert found
    return found


def guarded(outcome: Outcome) -> str:
    """Return the command that would go on, of an act that is stopped for the signer."""
    assert isinstance(outcome, KeyProtected), outcome
    assert outcome.reason is ProtectionReason.WEBHOOK_SIGNER
    assert outcome.retry
    return outcome.retry


async def test_enabling_an_older_key_asks_for_its_name(harness: Harness) -> None:
    """It would sign webhooks in place of the present signer, whom the answer offers to pin"""
    with_elder(harness, DEV)
    before = await signs(harness, DEV)
    outcome = await harness.run(TECH, WAKE.format("shop-dev"))
    retry = guarded(outcome)
    assert await signs(harness, DEV) == before
    text = plain(card_of(outcome))
    assert before.label in text
    assert f"/cld key webhook {before.label}" in text
    done = await harness.run(TECH, retry)
    assert isinstance(done, KeyChanged)
    assert (await signs(harness, DEV)).name == "elder"
    assert "signs webhook notifications" in plain(card_of(done))


async def test_once_the_signer_is_pinned_the_older_key_is_enabled_without_a_question(
    harness: Harness,
) -> None:
    """Pinning the present signer changes no signature, so it asks for no name either"""
    with_elder(harness, DEV)
    before = await signs(harness, DEV)
    pinned = await harness.run(TECH, f"key webhook {before.label} --env shop-dev")
    assert isinstance(pinned, KeyChanged)
    assert isinstance(await harness.run(TECH, WAKE.format("shop-dev")), KeyChanged)
    assert (await signs(harness, DEV)).api_key == before.api_key


@pytest.mark.parametrize("more", ["", " --emergency --reason leak"])
async def test_in_production_the_name_is_typed_before_a_request_opens(
    harness: Harness, more: str
) -> None:
    """An emergency too: it runs without an approval"""
    with_elder(harness, PROD)
    before = await signs(harness, PROD)
    retry = guarded(await harness.run(TECH, WAKE.format("shop") + more))
    assert await signs(harness, PROD) == before
    outcome = await harness.run(TECH, retry)
    assert isinstance(outcome, Requested)
    assert (outcome.request.waived is not None) is bool(more)


async def test_reviewers_and_security_read_that_an_emergency_moved_the_signer(
    harness: Harness,
) -> None:
    """No approver read it before; the card keeps it until the review"""
    with_elder(harness, PROD)
    text = f"{WAKE.format('shop')} --emergency --reason leak --confirm elder"
    request = await asked(harness, text, TECH)
    await carried_out(harness, request)
    done = await kept(harness, request)
    assert "elder signs webhook notifications" in plain(posted(done))
    (told,) = [it for it in harness.requests.notifications if it.audience is Audience.SECURITY]
    assert "elder signs webhook notifications" in plain(notification_card(told, done))
    await harness.run(COLLEAGUE, f"review {request.id} --comment fine")
    assert "webhook" not in plain(posted(await kept(harness, request)))


async def test_approvers_read_that_the_signer_moves(harness: Harness) -> None:
    """From which key to which; it is a part of the terms and of their fingerprint"""
    elder, before = with_elder(harness, PROD), await signs(harness, PROD)
    request = await asked(harness, f"{WAKE.format('shop')} --confirm elder", TECH)
    text = plain(posted(request))
    assert "signs webhook notifications" in text
    assert before.label in text
    terms = request.terms
    assert terms.signer
    assert (before.api_key, elder.api_key) == (terms.signer.old, terms.signer.new)
    assert replace(terms, signer=None).fingerprint != terms.fingerprint
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), KeyChanged)
    assert (await signs(harness, PROD)).name == "elder"


async def aged(harness: Harness, name: str) -> None:
    """Make a key the oldest of the environment, as a person in the Console does."""
    key = await harness.key(PROD, name)
    assert key.created_at
    harness.account.replace_key(PROD.id, replace(key, created_at=key.created_at - 2 * AGES))


async def unaware(harness: Harness) -> Request:
    """Approve the enabling of a key that is no signer; it is the oldest when that runs."""
    harness.account.add_key(PROD.id, "later", enabled=False)
    request = await approved(harness, "key enable later --env shop", TECH, to=COLLEAGUE)
    assert request.terms.signer is None
    await aged(harness, "later")
    return request


async def another(harness: Harness) -> Request:
    """Approve a move of the signer from one key; another one signs when that runs."""
    with_elder(harness, PROD)
    request = await asked(harness, f"{WAKE.format('shop')} --confirm elder", TECH)
    shared = await harness.key(PROD, "shared")
    assert shared.created_at
    older = replace(shared, created_at=shared.created_at - AGES / 2)
    harness.account.replace_key(PROD.id, older)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    return request


@pytest.mark.parametrize("prepare", [unaware, another])
async def test_a_move_that_the_request_did_not_say_fails(
    harness: Harness, prepare: Callable[[Harness], Awaitable[Request]]
) -> None:
    """Nothing is done, and the card says what to do"""
    request = await prepare(harness)
    before = await signs(harness, PROD)
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, SignerMoves)
    assert (await signs(harness, PROD)) == before
    failed = await kept(harness, request)
    assert State.FAILED is failed.state
    assert "signs webhook" in plain(posted(failed))


async def test_a_move_that_no_longer_happens_stops_nothing(harness: Harness) -> None:
    """The signer was pinned after the request"""
    with_elder(harness, PROD)
    request = await asked(harness, f"{WAKE.format('shop')} --confirm elder", TECH)
    before = await signs(harness, PROD)
    harness.account.replace_key(PROD.id, replace(before, dedicated_for=("webhooks",)))
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), KeyChanged)
    assert (await signs(harness, PROD)).api_key == before.api_key


async def test_a_restore_that_moves_the_signer_asks_for_the_name(harness: Harness) -> None:
    """The key signed before its deletion"""
    elder = with_elder(harness, DEV)
    harness.account.replace_key(DEV.id, replace(elder, enabled=True))
    delete = "key delete elder --env shop-dev --confirm elder"
    await carried_out(harness, await approved(harness, delete, TECH, to=COLLEAGUE))
    harness.clock.go_on(minutes=1)
    retry = guarded(await harness.run(TECH, "key restore elder --env shop-dev"))
    assert not await enabled(harness, "elder")
    assert isinstance(await harness.run(TECH, retry), KeyChanged)
    assert (await signs(harness, DEV)).name == "elder"


async def ended_elder(harness: Harness) -> Request:
    """Let access to the key end that is then the oldest of its environment."""
    former = await collected(harness, 'request shop-dev deploy --reason "x" --expires 2d')
    harness.clock.go_on(days=2)
    await looked(harness)
    key = await harness.key(DEV, "deploy")
    assert not key.enabled
    assert key.created_at
    harness.account.replace_key(DEV.id, replace(key, created_at=key.created_at - AGES))
    return former


async def test_a_renewal_that_moves_the_signer_asks_for_the_name(harness: Harness) -> None:
    """And its approvers read it"""
    former = await ended_elder(harness)
    retry = guarded(await harness.run(former.terms.owner, f"renew {former.id} --reason more"))
    renewal = await asked(harness, retry)
    assert "signs webhook notifications" in plain(posted(renewal))
    await harness.run(TECH, f"approve {renewal.id}")
    await carried_out(harness, renewal)
    assert (await signs(harness, DEV)).name == "deploy"


async def test_a_renewal_that_did_not_say_it_moves_nothing(harness: Harness) -> None:
    """The key became the oldest after the request"""
    former = await collected(harness, 'request shop-dev deploy --reason "x" --expires 2d')
    harness.clock.go_on(days=2)
    await looked(harness)
    renewal = await approved(harness, f"renew {former.id} --reason more --expires 2d")
    key = await harness.key(DEV, "deploy")
    assert key.created_at
    harness.account.replace_key(DEV.id, replace(key, created_at=key.created_at - AGES))
    assert isinstance(await carried_out(harness, renewal), SignerMoves)
    assert not await enabled(harness)
    assert (await kept(harness, former)).ended


async def test_who_may_see_no_other_key_reads_no_name_of_one(harness: Harness) -> None:
    """Neither in the guard of their renewal or of their own key, nor on the request"""
    former = await ended_elder(harness)
    owner, other = former.terms.owner, await signs(harness, DEV)
    outcome = await harness.run(owner, f"renew {former.id} --reason more")
    renewal = await approved(harness, guarded(outcome))
    drawn = [card_of(outcome), posted(renewal), posted(await kept(harness, renewal))]
    await carried_out(harness, renewal)
    stopped = await harness.run(owner, f"key disable {former.made}")
    drawn += [card_of(stopped), card_of(await harness.run(owner, guarded(stopped)))]
    for each in map(plain, drawn):
        assert other.label not in each
        assert other.api_key not in each
    assert "ask an admin to pin" in plain(drawn[0])
