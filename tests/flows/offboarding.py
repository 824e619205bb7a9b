"""A person who has one of everything, for the tests of offboarding."""

from datetime import timedelta
from typing import Final

from bot.domain.bulk import Bulk
from bot.domain.delegations import Delegation
from bot.domain.outcomes.bulk import OffboardPreviewed
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from tests.flows.harness import ADMIN, BILLING, CHIEF, COLLEAGUE, DEV, TECH, Harness
from tests.flows.requested import WISH_IN_PRODUCTION, asked, kept

PERSON: Final = TECH
"""Who leaves."""
OFFBOARD: Final = f"user offboard @{PERSON.user_id}"


async def settled_in(harness: Harness) -> None:
    """Give the person a key, a waiting link, a request, a delegation each way, and a group."""
    await harness.run(PERSON, "whoami")  # binds them
    await harness.run(PERSON, "key create mine --env shop-dev")
    mine = await harness.key(DEV, "mine")
    (own,) = await harness.pending.pending_of(PERSON)
    harness.pending.collect(own.id)
    await harness.account.set_enabled(DEV.id, mine.api_key, enabled=True)
    await harness.run(PERSON, "key create waiting --env shop-dev")
    await asked(harness, WISH_IN_PRODUCTION, PERSON)
    until = harness.clock.now() + timedelta(days=7)
    for by, to in ((PERSON, COLLEAGUE), (BILLING, PERSON)):
        ids = (f"u-{by.user_id}", f"u-{to.user_id}")
        given = Delegation(by, to, until, to.user_id, by_id=ids[0], to_id=ids[1], job="j0")
        harness.delegations.kept[by] = given
    harness.account.add_group("Content")
    user = harness.account.user_now(f"u-{PERSON.user_id}")
    harness.account.add_user(user, groups=["Content"])


def shown(outcome: Outcome) -> OffboardPreviewed:
    """The list that a person is shown."""
    assert isinstance(outcome, OffboardPreviewed), outcome
    return outcome


async def previewed(harness: Harness, text: str = OFFBOARD, by: Actor = ADMIN) -> Bulk:
    """Ask for the list."""
    return shown(await harness.run(by, text)).bulk


async def sent(harness: Harness, parts: str = "", by: Actor = ADMIN) -> Request:
    """Send the request for all of the list, or for some parts."""
    bulk = await previewed(harness, by=by)
    some = f" --parts {parts}" if parts else ""
    outcome = await harness.run(by, f"{OFFBOARD} --list {bulk.id}{some} --reason left")
    assert isinstance(outcome, Requested), outcome
    return outcome.request


async def offboarding(harness: Harness, parts: str = "") -> Request:
    """Send the request and have it approved."""
    request = await sent(harness, parts)
    await harness.run(CHIEF, f"approve {request.id}")
    return await kept(harness, request)


async def has(harness: Harness) -> list[str]:
    """What the person still has."""
    user = harness.account.user_now(f"u-{PERSON.user_id}")
    keys = [it.name for it in await harness.account.keys(DEV.id) if it.enabled]
    current = await harness.delegations.current(harness.clock.now())
    open_ = [it for it in await harness.requests.opened_by(PERSON, 9) if it.state is State.PENDING]
    groups = await harness.account.groups_of(user.id)
    return [
        *(["user"] if user.enabled else []),
        *(["key"] if "mine" in keys else []),
        *(["link"] if await harness.pending.pending_of(PERSON) else []),
        *(["request"] if open_ else []),
        *("delegation" for _ in current),
        *(["group"] if groups else []),
    ]
