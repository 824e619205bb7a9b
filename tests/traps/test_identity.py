"""T9 to T14: who a person is, and how that is read."""

from dataclasses import replace

import pytest

from bot.domain.commands.grammar import Incomplete, read
from bot.domain.outcomes.decisions import MayNotDecide, MoreNeeded, TooLate, Voted
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests.machine import State
from bot.domain.requests.votes import IneligibleReason
from bot.errors import ConfigurationError
from tests.flows.harness import ADMIN, TEAM, TECH, Harness
from tests.flows.requested import DELETE, WISH, asked, give_role, kept, rule, under
from tests.scenarios.presses import ask, card, drained, signed_press
from tests.scenarios.signed import post
from tests.scenarios.system import ADA, TOM, System


async def test_t09_an_address_of_two_people_identifies_neither(harness: Harness) -> None:
    """Guard: an ambiguous or unconfirmed email address stops; the actor is an id in a team."""
    request = await asked(harness)
    user = give_role(harness, TECH, Role.TECHNICAL_ADMIN)
    harness.account.add_user(replace(user, id="u-twin", email=user.email.upper()))
    told = await harness.run(TECH, f"approve {request.id}")
    assert isinstance(told, MayNotDecide)
    assert IneligibleReason.NOT_AT_CLOUDINARY is told.reason
    mallory = Profile("U0MALLORY", TEAM, "Admin", "admin@lumen.example", email_confirmed=False)
    harness.directory.add(mallory)
    told = await harness.run(Actor(TEAM, mallory.user_id), f"approve {request.id}")
    assert isinstance(told, TurnedAway)
    assert Actor(TEAM, "U1") != Actor("T2", "U1")


@pytest.mark.parametrize(
    "flags",
    [
        {"deleted": True},
        {"guest": True},
        {"stranger": True},
        {"bot": True},
        {"invited": True},
        {"email_confirmed": False},
        {"team_id": "T0OTHER"},
    ],
    ids=lambda flags: next(iter(flags)),
)
async def test_t10_a_person_who_is_no_confirmed_member_at_the_press_decides_nothing(
    flags: dict[str, bool | str], harness: Harness
) -> None:
    """Guard: the profile is read and admitted at every press, not only at the request."""
    request = await asked(harness)
    fields = vars(await harness.directory.profile(TECH)) | flags
    harness.directory.add(Profile(**fields))
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), TurnedAway)
    assert request == await kept(harness, request)


@pytest.mark.parametrize("name", ["@tom", "Tom Berg", "tom@lumen.example", "<@tom>"])
def test_t11_a_person_is_an_id_and_never_a_handle(
    name: str, harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Guard: commands and policies take ids alone."""
    assert isinstance(read(f'{WISH} --for "{name}"'), Incomplete)
    required = f'@approvals("1")\n@approvers("person:{name}")'
    with pytest.raises(ConfigurationError, match="no role"):
        under(harness, tmp_path_factory.mktemp("rules"), rule("key:request", required))


async def test_t12_a_stolen_session_alone_does_nothing_grave(
    harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Guard: production deletions need a second person, and a rule can require the typed name."""
    request = await asked(harness, DELETE, TECH)
    assert isinstance(await harness.run(ADMIN, f"approve {request.id}"), Voted)
    assert isinstance(await harness.run(ADMIN, f"approve {request.id}"), TooLate)
    assert State.PENDING is (await kept(harness, request)).state
    required = '@approvals("1")\n@approvers("key_roles")\n@risk("high")'
    under(harness, tmp_path_factory.mktemp("rules"), rule("key:request", required))
    risky = await asked(harness)
    assert isinstance(await harness.run(TECH, f"approve {risky.id}"), MoreNeeded)
    assert () == (await kept(harness, risky)).votes


async def test_t13_no_decision_uses_what_was_read_a_moment_ago(harness: Harness) -> None:
    """Guard: a decision reads Slack and Cloudinary again; only reading commands may remember."""
    request = await asked(harness)
    await harness.run(TECH, "whoami")
    before = (harness.directory.calls[TECH.user_id], harness.account.calls["users_by_email"])
    give_role(harness, TECH, Role.BILLING)
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), MayNotDecide)
    assert harness.directory.calls[TECH.user_id] > before[0]
    assert harness.account.calls["users_by_email"] > before[1]


async def test_t14_every_way_in_for_presses_is_behind_the_one_verifier(system: System) -> None:
    """Guard: an unsigned or wrongly signed press on a real request is turned away, uncounted."""
    await ask(system, "request staging trap-signed --reason builds")
    posted = await card(system, "trap-signed")
    for forged in ({"X-Slack-Signature": "v0=00"}, {"X-Slack-Request-Timestamp": "1"}):
        answer = await signed_press(system, TOM, posted, "approve", forged=forged)
        assert (401, "unauthorized") == answer
    assert (401, "unauthorized") == await post(system, b"payload=%7B%7D", {})
    assert "Needs " in (await card(system, "trap-signed", user=ADA))["text"]
    assert 200 == (await signed_press(system, TOM, posted, "approve"))[0]
    await card(system, "trap-signed", "Approved by Tom Berg")
    await drained(system)
