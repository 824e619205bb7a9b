"""Opens, approves and executes requests, for the tests of requests."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.adapters.cedar.policy import CedarPolicy
from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.outcomes.decisions import MayNotDecide, Voted
from bot.domain.outcomes.keys import KeyCreated
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, CloudinaryUser, Role
from bot.domain.requests.machine import Event, Request
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.requests.votes import IneligibleReason
from tests.flows.harness import DEV, NEWCOMER, PROD, TECH, Harness

WISH = 'request shop-dev deploy --reason "builds of the shop"'
"""Any member may request this, and a key role approves it."""
WISH_IN_PRODUCTION = 'request shop deploy --reason "builds of the shop"'
"""An admin has to approve this."""
WAKE_UP = "key enable sleeper --env shop"
"""A key role requests this, and another one approves it; `with_sleeper` adds the key."""
DELETE = "key delete shop-web --env shop"
"""Two people have to approve this, one of them an admin."""


async def asked(harness: Harness, text: str = WISH, by: Actor = NEWCOMER) -> Request:
    """Open a request that needs approval."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, Requested), outcome
    return outcome.request


async def approved(
    harness: Harness,
    text: str = WISH,
    by: Actor = NEWCOMER,
    *,
    to: Actor = TECH,
    also: Sequence[Actor] = (),
) -> Request:
    """Open a request and approve it once, or once by each of several."""
    request = await asked(harness, text, by)
    for voter in (to, *also):
        outcome = await harness.run(voter, f"approve {request.id}")
        assert isinstance(outcome, Voted), outcome
        request = outcome.request
    return request


async def granted(harness: Harness, text: str = WISH, by: Actor = NEWCOMER) -> Request:
    """Request credentials, approve them once, and create the key."""
    request = await approved(harness, text, by)
    made = await carried_out(harness, request)
    assert isinstance(made, KeyCreated), made
    return await kept(harness, request)


async def collected(harness: Harness, text: str = WISH) -> Request:
    """Do the same, and let the owner open the link."""
    request = await granted(harness, text)
    await harness.account.set_enabled(DEV.id, request.made, enabled=True)
    harness.pending.collect(request.id)
    harness.requests.wake(request.id)
    await looked(harness)
    return await kept(harness, request)


async def carried_out(harness: Harness, request: Request) -> Outcome:
    """Execute an approved request, as a worker does that takes the job from the queue."""
    job = await harness.jobs.load(request.id)
    assert job, "nothing was queued"
    return await harness.flows.dispatcher.run(job)


async def one_after(harness: Harness, first: Request, second: Request, *, lag: int) -> None:
    """Execute two approved requests; the second one begins some steps after the first."""
    begun = asyncio.create_task(carried_out(harness, first))
    for _ in range(lag):
        await asyncio.sleep(0)
    await carried_out(harness, second)
    await begun


async def looked(harness: Harness) -> None:
    """Keep the deadlines once, without a failure."""
    assert [] == await harness.flows.deadline_keeper.look()


async def kept(harness: Harness, request: Request) -> Request:
    """Read the request as it is now."""
    found = await harness.requests.load(request.id)
    assert found
    return found


def times_notified(harness: Harness, topic: Topic) -> int:
    """Count the notifications of a topic, each change once."""
    said = {Audience.PERSON, Audience.THREAD, Audience.SECURITY}
    every = [(it.audience, it.to) for it in harness.requests.notifications if it.topic is topic]
    return max((every.count(each) for each in every if each[0] in said), default=0)


async def enabled(harness: Harness, name: str = "deploy") -> bool:
    """Tell whether the key is enabled."""
    return (await harness.key(DEV, name)).enabled


def event_of(outcome: Outcome) -> Event:
    """Return the event of a vote that counts."""
    assert isinstance(outcome, Voted), outcome
    return outcome.event


def ineligible_reason(outcome: Outcome) -> IneligibleReason:
    """Return why a vote does not count."""
    assert isinstance(outcome, MayNotDecide), outcome
    return outcome.reason


def topics(harness: Harness) -> list[Topic]:
    """List the topics of all notifications, each once."""
    return list(
        dict.fromkeys(notification.topic for notification in harness.requests.notifications)
    )


def with_sleeper(harness: Harness) -> Key:
    """Add a disabled production key."""
    return harness.account.add_key(PROD.id, "sleeper", enabled=False)


async def leave(harness: Harness, actor: Actor) -> None:
    """Deactivate a person at Slack."""
    profile = await harness.directory.profile(actor)
    harness.directory.add(replace(profile, deleted=True))


def give_role(
    harness: Harness, actor: Actor, role: Role | None, *, reaches: Environment | None = None
) -> CloudinaryUser:
    """Change a person's role at Cloudinary."""
    return harness.add_member(actor, role, reaches=reaches)


def under(harness: Harness, directory: Path, rules: str) -> Harness:
    """Replace the rules."""
    file = directory / "rules.cedar"
    file.write_text(rules)
    harness.policy = CedarPolicy.load(file)
    harness.rebuild()
    return harness


def rule(
    action: str,
    conditions: str = '@approvals("1")\n@approvers("key_roles")',
    who: str = "principal",
) -> str:
    """Write a rule that allows one action, to everyone by default, beside the basic rules."""
    return f"""
@id("everybody")
permit (principal, action in [Action::"requests", Action::"decide", Action::"claim"], resource);

@id("rule")
{conditions}
permit ({who}, action == Action::"{action}", resource);
"""


BUT_NOT_IN_PRODUCTION: Final = """
@id("everybody")
permit (
  principal, action in [Action::"key:list", Action::"key:show", Action::"env:show"], resource
);

@id("elsewhere")
permit (principal, action in [Action::"key:disable", Action::"key:create"], resource)
unless { resource in Tier::"production" };
"""
"""Rules by which people see keys everywhere, and change none in production."""
