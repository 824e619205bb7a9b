"""That an owner may stop their key is an answer of the authority, for that one action alone."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.cards.home import home
from bot.cards.links import link_card
from bot.cards.request_lists import seen_card
from bot.domain.audit import AuditEvent
from bot.domain.commands.grammar import read
from bot.domain.commands.keys import (
    BrownoutKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    KeyChange,
    PinKey,
    RenameKey,
    RestoreKey,
)
from bot.domain.keys import Located
from bot.domain.lanes import Lane, lane_of
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.keys import KeyChanged
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Mismatch, Role, TurnedAway
from bot.domain.policy import Allowed
from bot.domain.requests.machine import Request, State
from bot.flows.authorize import OWNER, Authorizer
from bot.flows.build_ports import Flows
from bot.flows.keys.plan import plan_change
from tests.flows.harness import ADMIN, DEV, NEWCOMER, PROD, TEAM, TECH, Harness
from tests.flows.requested import collected, enabled, give_role, granted, rule, under
from tests.flows.test_bindings import move

WAYS = ["key disable deploy", "key disable {made}", "cancel {id}"]


async def stop(harness: Harness, request: Request, way: str = WAYS[1]) -> Outcome:
    """Let the owner stop the key."""
    return await harness.run(NEWCOMER, way.format(made=request.made, id=request.id))


@pytest.mark.parametrize("way", WAYS)
async def test_an_owner_who_is_disabled_at_cloudinary_stops_their_key(
    harness: Harness, way: str
) -> None:
    """They may do nothing else there, and a key that stops harms no one."""
    request = await collected(harness)
    user = give_role(harness, NEWCOMER, Role.ADMIN)
    harness.account.add_user(replace(user, enabled=False))
    assert Mismatch.DISABLED is (await harness.who(NEWCOMER)).mismatch
    assert isinstance(await harness.run(NEWCOMER, "key disable ci-bot"), Unknown)
    assert isinstance(await stop(harness, request, way), KeyChanged)
    assert not await enabled(harness)


@pytest.mark.parametrize("way", WAYS)
async def test_who_is_turned_away_stops_nothing(harness: Harness, way: str) -> None:
    """Another Cloudinary user than before: it may be another person who holds the account."""
    request = await collected(harness)
    give_role(harness, NEWCOMER, Role.REPORTS)
    await harness.who(NEWCOMER)
    other = harness.add_member(Actor(TEAM, "U0OTHER"), Role.MASTER_ADMIN)
    await move(harness, NEWCOMER, other.email)
    assert isinstance(await stop(harness, request, way), TurnedAway)
    assert await enabled(harness)


@pytest.mark.parametrize("way", WAYS)
async def test_rules_that_let_no_one_disable_leave_it_to_the_owner(
    harness: Harness, tmp_path: Path, way: str
) -> None:
    """The audit log names the owner's right instead of a rule."""
    request = await collected(harness)
    under(harness, tmp_path, rule("key:list"))
    assert isinstance(await harness.run(ADMIN, f"key disable {request.made}"), Denied)
    assert isinstance(await stop(harness, request, way), KeyChanged)
    done = [each for each in harness.jobs.entries if each.event is AuditEvent.DONE]
    assert OWNER.policy == done[-1].detail


@pytest.mark.parametrize("verb", ["enable", "delete", "rename", "restore", "webhook"])
async def test_an_owner_may_do_nothing_else_to_their_key(harness: Harness, verb: str) -> None:
    """Neither while it is enabled nor once it is disabled."""
    request = await collected(harness)
    text = f"key {verb} {request.made}" + (" other" if verb == "rename" else "")
    for _ in range(2):
        assert isinstance(await harness.run(NEWCOMER, text), Denied | Unknown)
        await stop(harness, request)
    assert not await enabled(harness)


CHANGES = [
    DisableKey("deploy"),
    EnableKey("deploy"),
    DeleteKey("deploy"),
    RenameKey("deploy", "other"),
    RestoreKey("deploy"),
    PinKey("deploy"),
    BrownoutKey("deploy", timedelta(minutes=10)),
]


def test_every_change_of_a_key_is_asked_about() -> None:
    """A new one fails until it stands in the list"""
    assert set(get_args(KeyChange)) == set(map(type, CHANGES))


@pytest.mark.parametrize("command", CHANGES, ids=lambda it: type(it).__name__)
async def test_ownership_allows_a_disabling_alone(harness: Harness, command: KeyChange) -> None:
    """Also of a key that the person sees, whatever way a plan came to the authority"""
    await collected(harness)
    here = Located(await harness.key(DEV, "deploy"), DEV)
    person, job = (await harness.who(NEWCOMER)).person, await harness.job(NEWCOMER, "whoami")
    plan = plan_change(command, here)
    answer = await harness.flows.dispatcher.authorizer.authorize(job, person, plan)
    assert (answer == OWNER) is isinstance(command, DisableKey)
    assert isinstance(answer, Allowed | Denied)


@dataclass(frozen=True)
class NotTheirs:
    """Owners that know of no one's key."""

    async def owns(self, actor: Actor, api_key: str, environment_id: str) -> bool:
        """Deny it."""
        assert (actor, environment_id) == (NEWCOMER, DEV.id)
        assert api_key
        return False


def unowned(flows: Flows) -> Flows:
    """Flows whose authority does not believe that the person owns the key."""
    authorizer: Authorizer = replace(flows.dispatcher.authorizer, owners=NotTheirs())
    keys = replace(flows.dispatcher.keys, authorizer=authorizer)
    requests = replace(flows.dispatcher.requests, authorizer=authorizer, keys=keys)
    dispatcher = replace(flows.dispatcher, authorizer=authorizer, keys=keys, requests=requests)
    return replace(flows, dispatcher=dispatcher)


@pytest.mark.parametrize("way", WAYS)
async def test_the_authority_alone_decides_that_they_own_it(harness: Harness, way: str) -> None:
    """That the key was found among their own allows nothing."""
    request = await collected(harness)
    harness.flows = unowned(harness.flows)
    assert isinstance(await stop(harness, request, way), Denied)
    assert await enabled(harness)


async def test_each_of_their_ways_passes_all_others(harness: Harness) -> None:
    """Typed or pressed: on the card, with the link, in App Home"""
    request = await granted(harness)
    ready = await harness.run(NEWCOMER, f"claim {request.id}")
    assert isinstance(ready, LinkReady)
    harness.pending.collect(request.id)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    told = [seen_card(RequestShown(replace(request, state=it))) for it in HELD]
    cards = [*home(await harness.flows.home.of(NEWCOMER)), link_card(ready), *told]
    stops = [each for card in cards for each in card.buttons if "Disable" in str(each.label)]
    texts = [f"{each.command} {each.request_id}".strip() for each in stops]
    assert len(texts) == 2 + len(HELD)
    for text in [*texts, *(way.format(made=request.made, id=request.id) for way in WAYS)]:
        assert Lane.RESERVED is lane_of(read(text))


HELD = [State.CLAIMABLE, State.CLAIMED]


async def test_a_key_of_another_environment_with_the_same_api_key_is_not_theirs(
    harness: Harness,
) -> None:
    """Ownership is of a key in its environment."""
    request = await collected(harness)
    own = harness.flows.home.keys
    assert await own.owns(NEWCOMER, request.made, DEV.id)
    assert not await own.owns(NEWCOMER, request.made, PROD.id)
    assert not await own.owns(TECH, request.made, DEV.id)
