"""T9 to T14: who somebody is, and how it is known."""

from dataclasses import replace

import pytest

from bot.domain.approvals import Unfit
from bot.domain.decided import MayNotDecide, TooLate, Voted, WordWanted
from bot.domain.grammar import Misunderstood, read
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests import State
from bot.errors import ConfigurationError
from tests.flows.office import ADMIN, TEAM, TECH, Office
from tests.flows.requested import DELETE, WISH, asked, give_role, kept, rule, under
from tests.scenarios.house import ADA, TOM, House
from tests.scenarios.presses import ask, card, drained, signed_press
from tests.scenarios.signed import post


async def test_t09_an_address_that_leads_to_two_people_leads_to_nobody(office: Office) -> None:
    """Guard: an ambiguous or unconfirmed e-mail address stops; the actor is an id in a team."""
    request = await asked(office)
    user = give_role(office, TECH, Role.TECHNICAL_ADMIN)
    office.account.add_user(replace(user, id="u-twin", email=user.email.upper()))
    told = await office.says(TECH, f"approve {request.id}")
    assert isinstance(told, MayNotDecide)
    assert Unfit.NOT_AT_CLOUDINARY is told.why
    mallory = Profile("U0MALLORY", TEAM, "Admin", "admin@lumen.example", email_confirmed=False)
    office.directory.add(mallory)
    told = await office.says(Actor(TEAM, mallory.user_id), f"approve {request.id}")
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
async def test_t10_whoever_is_no_confirmed_member_at_the_click_decides_nothing(
    flags: dict[str, bool | str], office: Office
) -> None:
    """Guard: the profile is read and admitted at every press, whoever it was when it was asked."""
    request = await asked(office)
    fields = vars(await office.directory.profile(TECH)) | flags
    office.directory.add(Profile(**fields))
    assert isinstance(await office.says(TECH, f"approve {request.id}"), TurnedAway)
    assert request == await kept(office, request)


@pytest.mark.parametrize("name", ["@tom", "Tom Berg", "tom@lumen.example", "<@tom>"])
def test_t11_a_person_is_an_id_and_never_a_handle(
    name: str, office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Guard: commands and policies take ids alone."""
    assert isinstance(read(f'{WISH} --for "{name}"'), Misunderstood)
    wanted = f'@approvals("1")\n@approvers("person:{name}")'
    with pytest.raises(ConfigurationError, match="no role"):
        under(office, tmp_path_factory.mktemp("rules"), rule("key:request", wanted))


async def test_t12_a_stolen_session_alone_does_nothing_grave(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Guard: production deletions want a second human, and a rule can want the name typed."""
    request = await asked(office, DELETE, TECH)
    assert isinstance(await office.says(ADMIN, f"approve {request.id}"), Voted)
    assert isinstance(await office.says(ADMIN, f"approve {request.id}"), TooLate)
    assert State.PENDING is (await kept(office, request)).state
    wanted = '@approvals("1")\n@approvers("key_roles")\n@risk("high")'
    under(office, tmp_path_factory.mktemp("rules"), rule("key:request", wanted))
    risky = await asked(office)
    assert isinstance(await office.says(TECH, f"approve {risky.id}"), WordWanted)
    assert () == (await kept(office, risky)).votes


async def test_t13_nobody_decides_by_what_was_read_a_moment_ago(office: Office) -> None:
    """Guard: whatever decides reads Slack and Cloudinary anew; only what looks may remember."""
    request = await asked(office)
    await office.says(TECH, "whoami")
    before = (office.directory.calls[TECH.user_id], office.account.calls["users_by_email"])
    give_role(office, TECH, Role.BILLING)
    assert isinstance(await office.says(TECH, f"approve {request.id}"), MayNotDecide)
    assert office.directory.calls[TECH.user_id] > before[0]
    assert office.account.calls["users_by_email"] > before[1]


async def test_t14_every_way_in_for_presses_is_behind_the_one_verifier(home: House) -> None:
    """Guard: an unsigned or wrongly signed press on a real request is turned away, uncounted."""
    await ask(home, "request staging trap-signed --reason builds")
    posted = await card(home, "trap-signed")
    for forged in ({"X-Slack-Signature": "v0=00"}, {"X-Slack-Request-Timestamp": "1"}):
        answer = await signed_press(home, TOM, posted, "approve", forged=forged)
        assert (401, "unauthorized") == answer
    assert (401, "unauthorized") == await post(home, b"payload=%7B%7D", {})
    assert "Waiting for approval." in (await card(home, "trap-signed", user=ADA))["text"]
    assert 200 == (await signed_press(home, TOM, posted, "approve"))[0]
    await card(home, "trap-signed", "Tom Berg agreed")
    await drained(home)
