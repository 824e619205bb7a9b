"""A link never outlives what it stands on: after each of these events a press gives nothing.

The key stays disabled. The ciphertext goes with the event, or at the next look at live links.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.adapters.vault import decode, proof_of
from bot.domain.links import Gone, NoLongerAllowed, Revealed
from bot.domain.outcomes.links import LinkReady
from bot.domain.pending import PendingCredentials
from bot.domain.people import Profile, Role
from bot.domain.policy import Question
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    CREATE,
    DEV,
    NEWCOMER,
    PROD,
    TEAM,
    TECH,
    populated,
)
from tests.flows.living import Living
from tests.flows.requested import approved, carried_out, granted, kept, looked
from tests.flows.test_bindings import moved
from tests.flows.test_one_authority import everything, in_environments, refuse

Event = Callable[[Living, PendingCredentials], Awaitable[object]]


@pytest.fixture
def living() -> Living:
    """The usual people and keys, with a page on which links open."""
    return populated(Living())


async def pressed(living: Living, url: str) -> object:
    """Press Reveal."""
    link, _, key = url.removeprefix("/s/").partition("#")
    return await living.page.reveal(link.partition("?")[0], proof_of(decode(key)))


async def own(living: Living) -> LinkReady:
    """A link to a key that its owner created alone."""
    outcome = await living.run(TECH, CREATE)
    assert isinstance(outcome, LinkReady)
    return outcome


async def voted(living: Living) -> LinkReady:
    """A link to a key that another person approved."""
    request = await granted(living)
    outcome = await living.run(NEWCOMER, f"claim {request.id}")
    assert isinstance(outcome, LinkReady)
    return outcome


def typed(text: str) -> Event:
    """A command of another person, which needs no approval."""
    return lambda living, _: living.run(ADMIN, text)


def profile(change: Callable[[Profile], Profile]) -> Event:
    """The owner at Slack."""

    async def event(living: Living, pending: PendingCredentials) -> None:
        known = await living.directory.profile(pending.owner)
        assert isinstance(known, Profile)
        assert known.team_id == TEAM
        living.directory.add(change(known))

    return event


async def by_another_link(living: Living, pending: PendingCredentials) -> None:
    """The owner asks for a new link."""
    assert isinstance(await living.run(pending.owner, "claim"), LinkReady)


async def ended_by_owner(living: Living, pending: PendingCredentials) -> None:
    """The owner revokes the link."""
    await living.run(pending.owner, f"links revoke {pending.name}")


async def expired(living: Living, _: PendingCredentials) -> None:
    """The link's time is over."""
    living.clock.go_on(minutes=10)


async def lapsed(living: Living, _: PendingCredentials) -> None:
    """No one collected the credentials while their request waited; a link was made late."""
    living.clock.go_on(hours=8)
    await looked(living)


async def deleted_here(living: Living, pending: PendingCredentials) -> None:
    """Keysmith disables the key for its deletion."""
    living.clock.go_on(seconds=1)
    text = f"key delete {pending.name} --env shop-dev"
    await carried_out(living, await approved(living, text, COLLEAGUE, to=ADMIN))


async def deleted_there(living: Living, pending: PendingCredentials) -> None:
    """A person deletes the key in the Console."""
    living.account.remove_key(DEV.id, pending.api_key)


async def root(living: Living, pending: PendingCredentials) -> None:
    """It is the root key now."""
    key = await living.key(DEV, pending.name)
    living.account.replace_key(DEV.id, replace(key, root=True))


async def role_lost(living: Living, _: PendingCredentials) -> None:
    """The owner has another role."""
    living.add_member(TECH, Role.BILLING)


async def access_lost(living: Living, _: PendingCredentials) -> None:
    """The owner reaches another environment alone."""
    living.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=PROD)


async def user_disabled(living: Living, _: PendingCredentials) -> None:
    """The owner's Cloudinary user is disabled."""
    user = living.account.user_now("u-U0TECH")
    living.account.add_user(replace(user, enabled=False))


async def other_user(living: Living, _: PendingCredentials) -> None:
    """The owner's email address is another Cloudinary user's."""
    await moved(living)


async def environment_disabled(living: Living, _: PendingCredentials) -> None:
    """The product environment is disabled."""
    await living.account.switch_environment(DEV.id, enabled=False)


async def production_now(living: Living, _: PendingCredentials) -> None:
    """The environment's new name makes it production."""
    living.account.add_environment(replace(DEV, name="Shop production"))


def rules(refuses: Callable[[Question], bool]) -> Event:
    """Other rules hold."""

    async def event(living: Living, _: PendingCredentials) -> None:
        refuse(living, refuses)

    return event


async def requester_left(living: Living, pending: PendingCredentials) -> None:
    """The person who requested the credentials is gone."""
    request = await living.requests.load(pending.id)
    assert request
    await profile(lambda it: replace(it, deleted=True))(
        living, replace(pending, owner=request.terms.requester)
    )


async def other_terms(living: Living, pending: PendingCredentials) -> None:
    """The stored request has other terms than those that were approved."""
    request = await living.requests.load(pending.id)
    assert request
    terms = replace(request.terms, reason="another one")
    assert terms.fingerprint != pending.approved
    living.requests._kept[request.id] = replace(request, terms=terms)


STOP: Final = "key disable {} --env shop-dev"
ENDS: Final[dict[str, Event]] = {
    "a newer link": by_another_link,
    "revoked by its owner": ended_by_owner,
    "revoked by an admin": lambda it, of: it.run(CHIEF, f"links revoke {of.name}"),
    "key disabled": lambda it, of: it.run(COLLEAGUE, STOP.format(of.name)),
    "key disabled by its owner": lambda it, of: it.run(of.owner, STOP.format(of.name)),
    "key deleted": deleted_here,
    "expired": expired,
}
"""After these the ciphertext is gone at once: Keysmith ends the link, or its time does."""
STOPS: Final[dict[str, Event]] = {
    "key deleted in the Console": deleted_there,
    "key is the root key": root,
    "owner deactivated": profile(lambda it: replace(it, deleted=True)),
    "owner is a guest": profile(lambda it: replace(it, guest=True)),
    "environment disabled": environment_disabled,
    "policy refuses": rules(everything),
    "policy refuses there": rules(in_environments),
}
ALONE: Final[dict[str, Event]] = {
    "owner's role lost": role_lost,
    "owner's access lost": access_lost,
    "owner's Cloudinary user disabled": user_disabled,
    "owner is another Cloudinary user": other_user,
    "environment is production": production_now,
}
"""Of credentials that stand on the owner's own right."""
APPROVED: Final[dict[str, Event]] = {
    "requester left": requester_left,
    "terms changed": other_terms,
}
Make = Callable[[Living], Awaitable[LinkReady]]
CASES: Final[list[tuple[str, Make, Event]]] = [
    *(
        (f"{name}, {make.__name__}", make, event)
        for make in (own, voted)
        for name, event in (ENDS | STOPS).items()
    ),
    *((name, own, event) for name, event in ALONE.items()),
    *((name, voted, event) for name, event in APPROVED.items()),
]


@pytest.mark.parametrize(("make", "event"), [it[1:] for it in CASES], ids=[it[0] for it in CASES])
async def test_after_the_event_a_press_gives_nothing(
    living: Living, make: Make, event: Event
) -> None:
    """And no key works"""
    ready = await make(living)
    living.clock.go_on(seconds=1)
    await event(living, ready.pending)
    assert isinstance(await pressed(living, ready.url.show()), Gone | NoLongerAllowed)
    keys = await living.account.keys(DEV.id)
    assert not any(
        key.enabled for key in keys if key.api_key == ready.pending.api_key and not key.root
    )


@pytest.mark.parametrize(("make", "event"), [it[1:] for it in CASES], ids=[it[0] for it in CASES])
async def test_after_the_event_the_link_is_gone(living: Living, make: Make, event: Event) -> None:
    """Where the event does not end it, the next look at live links does, and says so"""
    ready = await make(living)
    living.clock.go_on(seconds=1)
    await event(living, ready.pending)
    before = len(living.store.entries)
    living.clock.go_on(minutes=2)  # who a person is is remembered for one
    assert [] == await replace(living.flows.link_keeper, pause=0).look()
    ended = living.store.entries[before:]
    live = await living.store.every(living.clock.now())
    assert all(each.link.id not in ready.url.show() for each in live)
    lost = [] if event in ENDS.values() else [("link:end", None, ready.pending.id)]
    assert lost == [(each.action, each.actor, each.job) for each in ended]


@pytest.mark.parametrize("make", [own, voted])
async def test_without_an_event_the_link_opens(living: Living, make: Make) -> None:
    """The control"""
    ready = await make(living)
    living.clock.go_on(seconds=1)
    assert isinstance(await pressed(living, ready.url.show()), Revealed)
    assert (await living.key(DEV, ready.pending.name)).enabled


async def test_credentials_that_lapse_take_their_last_link_along(living: Living) -> None:
    """A link that was made a minute before has nine left"""
    request = await granted(living)
    living.clock.go_on(seconds=timedelta(hours=8).total_seconds() - 60)
    outcome = await living.run(NEWCOMER, f"claim {request.id}")
    assert isinstance(outcome, LinkReady)
    living.clock.go_on(minutes=2)
    await looked(living)
    assert isinstance(await pressed(living, outcome.url.show()), Gone | NoLongerAllowed)
    assert [] == await living.store.every(living.clock.now())
    assert "lapsed" == (await kept(living, request)).state
