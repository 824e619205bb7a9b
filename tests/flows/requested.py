"""Asking, agreeing, carrying out: the few moves that the tests of requests are made of."""

from dataclasses import replace
from pathlib import Path

from bot.adapters.cedar import CedarPolicy
from bot.domain.approvals import Unfit
from bot.domain.decided import MayNotDecide, Requested, Voted
from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.outcomes import MadeToClaim, Outcome
from bot.domain.people import Actor, CloudinaryUser, Role
from bot.domain.requests import Event, Request
from bot.domain.sayings import Audience, Topic
from tests.flows.office import DEV, NEWCOMER, PROD, TECH, Office

WISH = 'request shop-dev deploy --reason "builds of the shop"'
"""What anybody may ask for, and a key role agrees to."""
WISH_IN_PRODUCTION = 'request shop deploy --reason "builds of the shop"'
"""What an admin has to agree to."""
WAKE_UP = "key enable sleeper --env shop"
"""What a key role asks for, and another agrees to; `with_sleeper` makes its key."""
DELETE = "key delete shop-web --env shop"
"""What two have to agree to, an admin among them."""


async def asked(office: Office, text: str = WISH, by: Actor = NEWCOMER) -> Request:
    """Ask for something that others have to agree to."""
    outcome = await office.says(by, text)
    assert isinstance(outcome, Requested), outcome
    return outcome.request


async def agreed(
    office: Office, text: str = WISH, by: Actor = NEWCOMER, *, to: Actor = TECH
) -> Request:
    """Ask for it, and let one person agree."""
    request = await asked(office, text, by)
    outcome = await office.says(to, f"approve {request.id}")
    assert isinstance(outcome, Voted), outcome
    return outcome.request


async def granted(office: Office, text: str = WISH, by: Actor = NEWCOMER) -> Request:
    """Ask for credentials, let one person agree, and have the key made."""
    request = await agreed(office, text, by)
    made = await carried_out(office, request)
    assert isinstance(made, MadeToClaim), made
    return await kept(office, request)


async def collected(office: Office, text: str = WISH) -> Request:
    """The same, and let the owner open the link."""
    request = await granted(office, text)
    await office.account.set_enabled(DEV.id, request.made, enabled=True)
    office.claims.collect(request.id)
    office.requests.wake(request.id)
    await looked(office)
    return await kept(office, request)


async def carried_out(office: Office, request: Request) -> Outcome:
    """Carry out what was agreed to, as a worker does that takes the errand from the queue."""
    errand = await office.errands.load(request.id)
    assert errand, "nothing was queued"
    return await office.flows.dispatcher.run(errand)


async def looked(office: Office) -> None:
    """Do what time does, without a failure."""
    assert [] == await office.flows.ticker.look()


async def kept(office: Office, request: Request) -> Request:
    """The request as it is now."""
    found = await office.requests.load(request.id)
    assert found
    return found


def times_said(office: Office, topic: Topic) -> int:
    """How often something was said, each time once."""
    said = {Audience.PERSON, Audience.THREAD, Audience.SECURITY}
    every = [each.audience for each in office.requests.said if each.topic is topic]
    return max((every.count(audience) for audience in said), default=0)


async def enabled(office: Office, name: str = "deploy") -> bool:
    """Whether the key works."""
    return (await office.key(DEV, name)).enabled


def event_of(outcome: Outcome) -> Event:
    """What a word came to."""
    assert isinstance(outcome, Voted), outcome
    return outcome.event


def why_not(outcome: Outcome) -> Unfit:
    """Why a word does not count."""
    assert isinstance(outcome, MayNotDecide), outcome
    return outcome.why


def topics(office: Office) -> list[Topic]:
    """What was said so far, each change once."""
    return list(dict.fromkeys(saying.topic for saying in office.requests.said))


def with_sleeper(office: Office) -> Key:
    """Seed a production key that does not work."""
    return office.account.add_key(PROD.id, "sleeper", enabled=False)


async def leave(office: Office, actor: Actor) -> None:
    """Deactivate somebody at Slack."""
    profile = await office.directory.profile(actor)
    office.directory.add(replace(profile, deleted=True))


def give_role(
    office: Office, actor: Actor, role: Role | None, *, reaches: Environment | None = None
) -> CloudinaryUser:
    """Change somebody's role at Cloudinary."""
    return office.add_member(actor, role, reaches=reaches)


def under(office: Office, directory: Path, rules: str) -> Office:
    """Let other rules hold from now on."""
    file = directory / "rules.cedar"
    file.write_text(rules)
    office.policy = CedarPolicy.load(file)
    office.rebuild()
    return office


def rule(action: str, conditions: str = '@approvals("1")\n@approvers("key_roles")') -> str:
    """A rule under which anybody may do one thing, beside those that everybody needs."""
    return f"""
@id("everybody")
permit (principal, action in [Action::"requests", Action::"decide", Action::"claim"], resource);

@id("rule")
{conditions}
permit (principal, action == Action::"{action}", resource);
"""
