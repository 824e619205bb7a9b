from dataclasses import replace

import pytest

from bot.domain.people import (
    Actor,
    CloudinaryUser,
    IdentityReason,
    KeyRight,
    Mismatch,
    Person,
    Profile,
    Role,
    admit,
    match,
)

ANN = Profile("U1", "T1", "Ann", "ann@lumen.example")
USER = CloudinaryUser(
    "u1",
    "Ann",
    "ann@lumen.example",
    Role.ADMIN,
    enabled=True,
    pending=False,
    all_environments=True,
)

DOUBTS = {
    IdentityReason.OTHER_TEAM: replace(ANN, team_id="T2"),
    IdentityReason.DEACTIVATED: replace(ANN, deleted=True),
    IdentityReason.BOT: replace(ANN, bot=True),
    IdentityReason.GUEST: replace(ANN, guest=True),
    IdentityReason.NOT_JOINED: replace(ANN, invited=True),
    IdentityReason.NO_EMAIL: replace(ANN, email=""),
    IdentityReason.EMAIL_UNCONFIRMED: replace(ANN, email_confirmed=False),
}


def test_a_confirmed_member_is_admitted() -> None:
    """No check refuses them"""
    assert admit(ANN, "T1") is None


@pytest.mark.parametrize("reason", DOUBTS)
def test_each_identity_reason_turns_away(reason: IdentityReason) -> None:
    """One check that refuses is enough"""
    assert reason == admit(DOUBTS[reason], "T1")


def test_a_stranger_is_of_another_team_whatever_the_payload_has() -> None:
    """Payloads of Slack Connect users carry this workspace's id"""
    assert admit(replace(ANN, stranger=True), "T1") is IdentityReason.OTHER_TEAM


def test_a_stranger_learns_nothing_more() -> None:
    """A member of another team learns only that"""
    everything = replace(
        ANN, team_id="T2", deleted=True, bot=True, guest=True, invited=True, email=""
    )
    assert admit(everything, "T1") is IdentityReason.OTHER_TEAM


@pytest.mark.parametrize("email", ["ann@lumen.example", "Ann@Lumen.Example", "ANN@LUMEN.EXAMPLE"])
def test_an_address_finds_its_user_however_it_is_written(email: str) -> None:
    """In upper or lower case"""
    assert match(email, [replace(USER, id="u2", email="bob@lumen.example"), USER]) == USER


MISMATCHES = {
    Mismatch.NO_USER: [replace(USER, email="ann@lumen.example.org")],
    Mismatch.SEVERAL: [USER, replace(USER, id="u2", email="ANN@lumen.example")],
    Mismatch.DISABLED: [replace(USER, enabled=False)],
    Mismatch.PENDING: [replace(USER, pending=True)],
    Mismatch.NEAR: [replace(USER, email="\uff41nn@lumen.example")],
}


@pytest.mark.parametrize("mismatch", Mismatch)
def test_an_address_without_one_usable_user_is_refused(mismatch: Mismatch) -> None:
    """None, several, disabled, still invited"""
    assert mismatch is match("ann@lumen.example", MISMATCHES[mismatch])


def test_a_disabled_namesake_makes_it_ambiguous_too() -> None:
    """Keysmith does not guess which of the two is meant"""
    twins = [USER, replace(USER, id="u2", enabled=False)]
    assert Mismatch.SEVERAL is match("ann@lumen.example", twins)


@pytest.mark.parametrize("actor", [Actor("T1", "U1"), Actor("T1", "U1", "E1")])
def test_an_actor_is_read_back_as_written(actor: Actor) -> None:
    """With and without an enterprise"""
    assert actor == Actor.parse(str(actor))


def test_access_to_all_includes_everything() -> None:
    """None means all, an empty set none"""
    ann = Person(Actor("T1", "U1"), "Ann", "ann@lumen.example", environments=None)
    assert ann.reaches("e1")
    assert not replace(ann, environments=frozenset()).reaches("e1")
    assert replace(ann, environments=frozenset({"e1"})).reaches("e1")


def test_rights_replace_the_role() -> None:
    """None where the role decides; no right where Cloudinary's policies have none"""
    ann = Person(Actor("T1", "U1"), "Ann", "ann@lumen.example")
    assert ann.right_in("e1") is None
    ruled = replace(ann, rights=(("e1", KeyRight.MANAGE),))
    assert [KeyRight.MANAGE, KeyRight.NONE] == [ruled.right_in("e1"), ruled.right_in("e2")]
