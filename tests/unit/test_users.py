"""Which changes of users are refused, whatever the policy says."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import Actor, CloudinaryUser, Person, Role
from bot.domain.users import (
    LEAST_FIRST,
    AccountUser,
    Change,
    Refusal,
    SignIn,
    covers,
    last_master_admin,
    refusal,
    sign_in,
)

ASKER = Person(Actor("T1", "U0ADMIN"), "Ada", "ada@lumen.example", Role.ADMIN, "ada")


def user(id_: str, role: Role | None = Role.REPORTS) -> CloudinaryUser:
    """An enabled user who accepted the invitation."""
    email = f"{id_}@lumen.example"
    return CloudinaryUser(id_, id_, email, role, enabled=True, pending=False, all_environments=True)


account_users = st.builds(
    lambda id_, master, by_group, enabled, pending: AccountUser(
        replace(user(id_), enabled=enabled, pending=pending), master, by_group
    ),
    st.sampled_from(string.ascii_lowercase[:6]),
    *(st.booleans(),) * 4,
)
accounts = st.lists(account_users, max_size=6, unique_by=lambda each: each.user.id)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[AccountUser], Change]:
    """An account and a change of some of its users."""
    users = draw(accounts)
    named = draw(st.lists(st.sampled_from(users), unique=True)) if users else []
    after = {it.user.id: draw(st.none() | account_users) for it in named}
    return users, {
        id_: it and replace(it, user=replace(it.user, id=id_)) for id_, it in after.items()
    }


@given(changes())
def test_an_account_that_has_a_master_admin_keeps_one(
    given_: tuple[list[AccountUser], Change],
) -> None:
    """One who is it themselves, too, where there was one; a change without loss is let through"""
    users, change = given_
    after = [it for it in ({it.user.id: it for it in users} | dict(change)).values() if it]
    own = [[it for it in each if it.able and it.master] for each in (users, after)]
    every = [
        [it for it in each if it.able and (it.master or it.by_group)] for each in (users, after)
    ]
    lost = any(before and not then for before, then in (own, every))
    assert lost == last_master_admin(users, change)


@given(changes())
def test_who_can_not_sign_in_never_counts(given_: tuple[list[AccountUser], Change]) -> None:
    """Neither a disabled nor an invited master admin keeps the account"""
    users, change = given_
    able = [it for it in users if it.able]
    seen = {id_: it for id_, it in change.items() if it and it.able} | {
        id_: None for id_, it in change.items() if not (it and it.able)
    }
    assert last_master_admin(able, seen) == last_master_admin(users, change)


@given(changes())
def test_two_changes_at_once_leave_one(given_: tuple[list[AccountUser], Change]) -> None:
    """Each is checked after the other: an account never ends without a master admin"""
    users, change = given_
    now = {it.user.id: it for it in users}
    for id_, after in change.items():
        if last_master_admin(now.values(), {id_: after}):
            continue
        now = {key: it for key, it in (dict(now) | {id_: after}).items() if it}
    before = any(it.able and it.master for it in users)
    assert before <= any(it.able and it.master for it in now.values())


@given(st.sampled_from(Role), st.sampled_from(Role), st.sampled_from(Role))
def test_what_a_role_covers_is_an_order(one: Role, other: Role, third: Role) -> None:
    """Each covers itself, no two cover each other, and what is covered covers no more"""
    assert covers(one, one)
    assert one is other or not (covers(one, other) and covers(other, one))
    assert covers(one, third) or not (covers(one, other) and covers(other, third))
    assert covers(Role.MASTER_ADMIN, one)
    assert not covers(None, one)
    assert not covers(one, None)


def test_the_least_role_comes_first() -> None:
    """And master admin last"""
    assert (Role.MEDIA_LIBRARY_USER, Role.MASTER_ADMIN) == (LEAST_FIRST[0], LEAST_FIRST[-1])


@pytest.mark.parametrize(
    ("held", "given_", "expected"),
    [
        (Role.ADMIN, Role.MASTER_ADMIN, Refusal.MORE_THAN_HELD),
        (Role.ADMIN, Role.BILLING, Refusal.MORE_THAN_HELD),
        (Role.ADMIN, Role.ADMIN, None),
        (Role.MASTER_ADMIN, Role.MASTER_ADMIN, None),
        (None, Role.MEDIA_LIBRARY_USER, Refusal.MORE_THAN_HELD),
        (Role.ADMIN, None, None),
    ],
)
def test_no_person_gives_more_than_they_hold(
    held: Role | None, given_: Role | None, expected: Refusal | None
) -> None:
    """An admin does not hold what billing holds"""
    asker = replace(ASKER, role=held)
    assert expected == refusal(asker, user("sam"), [], {}, given_)


@pytest.mark.parametrize(
    "own",
    [
        user("ada"),
        replace(user("other"), email="ADA@lumen.example"),
        replace(user("other"), email="ada+two@lumen.example"),
    ],
)
def test_no_person_changes_their_own_user(own: CloudinaryUser) -> None:
    """Nor one that has their mailbox"""
    assert Refusal.OWN_USER is refusal(ASKER, own, [], {}, Role.REPORTS)


def test_the_last_master_admin_stays() -> None:
    """And one of two may go"""
    first, second = (AccountUser(user(id_, Role.MASTER_ADMIN), master=True) for id_ in "xy")
    assert Refusal.LAST_MASTER_ADMIN is refusal(ASKER, first.user, [first], {"x": None})
    assert refusal(ASKER, first.user, [first, second], {"x": None}) is None


def test_invited_users_and_those_of_a_provider_are_told_apart() -> None:
    """Who has not accepted is invited, whatever they will sign in with"""
    saml = replace(user("sam"), providers=("saml",))
    assert [SignIn.PASSWORD, SignIn.PROVIDER, SignIn.INVITED] == [
        sign_in(user("sam")),
        sign_in(saml),
        sign_in(replace(saml, pending=True)),
    ]
