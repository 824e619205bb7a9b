"""The filters, the order and the pages of the list of users."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox import at_cloudinary
from tests.contracts.cloudinary_account import (
    ADA,
    MIA,
    NIA,
    PIA,
    PRODUCTION,
    SAM,
    STAGING,
    TOM,
    Account,
    P,
    Pairs,
    account,
)

USERS = f"{P}/users"
ALL_USERS = [user.id for user in at_cloudinary.USERS]
OTHERS = [user.id for user in at_cloudinary.USERS if not user.pending]


async def ids(it: Account, query: Pairs) -> list[str]:
    """List users by id."""
    return [user["id"] for user in (await it.done("GET", USERS, query=query))["users"]]


def around(days: int) -> str:
    """A day relative to yesterday, when the seeded users last logged in."""
    return (datetime.now(UTC) + timedelta(days=days - 1)).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"ids": f"{TOM},{MIA},nobody"}, [TOM, MIA]),
        ({"ids[]": TOM}, [TOM]),
        ({"emails": "Ada@Lumen-Goods.example,nobody@x.example"}, [ADA]),
        ({"prefix": "NI"}, [NIA]),
        ({"prefix": "patel"}, []),
        ({"status": "pending"}, [PIA]),
        ({"status": "active"}, OTHERS),
        ({"pending": "true"}, [PIA]),
        ({"pending": "false"}, OTHERS),
        ({"ids": PIA}, [PIA]),
        ({"ids": PIA, "pending": "false"}, []),
        ({"ids": PIA, "status": "active"}, []),
        ({"sub_account_id": STAGING, "prefix": "nia"}, [NIA]),
        ({"sub_account_id": PRODUCTION, "prefix": "nia"}, []),
    ],
)
async def test_users_are_filtered(query: dict[str, str], found: list[str]) -> None:
    """A user must match every filter"""
    async with account() as it:
        assert set(found) == set(await ids(it, query.items()))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"from": around(0), "to": around(0)}, len(OTHERS)),
        ({"from": around(1)}, 0),
        ({"to": around(-1)}, 0),
        ({"last_login": "true", "from": around(-1), "to": around(1)}, len(OTHERS)),
        ({"last_login": "false", "from": around(-1), "to": around(1)}, 1),
        ({"last_login": "true", "from": around(-9), "to": around(-5)}, 0),
        ({"last_login": "false", "from": around(-9), "to": around(-5)}, len(ALL_USERS)),
        ({"from": around(-1), "to": around(1), "union_type": "include"}, len(OTHERS)),
        ({"from": around(-1), "to": around(1), "union_type": "exclude"}, 1),
        ({"from": f"{around(-1)} 03:04:05.000678", "to": f"{around(1)} 00:00:00"}, len(OTHERS)),
        ({"from": f"{around(-1)}T23:59:59Z", "to": f"{around(1)}T00:00:00+00:00"}, len(OTHERS)),
        ({"from": f"{around(1)} 00:00:00"}, 0),
        ({"last_login": "true"}, len(OTHERS)),
        ({"last_login": "false"}, 1),
    ],
)
async def test_users_are_found_by_their_last_login(query: dict[str, str], count: int) -> None:
    """By day or time; a user who never logged in is outside every range"""
    async with account() as it:
        assert count == len(await ids(it, query.items()))


@pytest.mark.parametrize(
    ("by", "first", "last"),
    [
        ("name", ADA, at_cloudinary.USERS[10].id),
        ("role", at_cloudinary.USERS[3].id, at_cloudinary.USERS[14].id),
        ("status", TOM, PIA),
        ("activity", PIA, None),
        ("created_at", TOM, None),
    ],
)
async def test_users_are_sorted_as_requested(by: str, first: str, last: str | None) -> None:
    """Ascending and descending"""
    async with account() as it:
        upwards = await ids(it, [("sort_by", by), ("sort_order", "asc")])
        downwards = await ids(it, [("sort_by", by)])

    assert first == upwards[0]
    assert last in {None, upwards[-1]}
    assert upwards == downwards[::-1]
    assert set(ALL_USERS) == set(upwards)


async def test_the_newest_user_is_first_by_default() -> None:
    """Without a requested order"""
    async with account() as it:
        made = await it.done("POST", USERS, json={"name": "Jo", "email": "jo@x.example"})
        assert made["id"] == (await ids(it, ()))[0]


async def test_users_come_in_pages() -> None:
    """Also beyond page 100, which is the limit for keys only"""
    async with account() as it:
        pages = [await ids(it, [("page", str(n)), ("page_size", "6")]) for n in (1, 2, 3, 101)]

    assert [6, 6, 6, 0] == [len(page) for page in pages]
    assert set(ALL_USERS) == {each for page in pages for each in page}


@pytest.mark.parametrize("name", ["ids", "emails"])
async def test_a_filter_takes_at_most_a_hundred_values(name: str) -> None:
    """One more is refused"""
    async with account() as it:
        for count, status in ((100, 200), (101, 400)):
            query = [(name, ",".join(["x"] * count))]
            assert status == (await it.ask("GET", USERS, query=query)).status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"),
        ("pending", "yes"),
        ("pending", "True"),
        ("last_login", "2"),
        ("union_type", "both"),
        ("from", "yesterday"),
        ("to", "2026-02-30"),
        ("to", "31-02-2026"),
        ("from", "2026-25-11"),
        ("sort_by", "email"),
        ("sort_order", "ASC"),
        ("page", "0"),
    ],
)
async def test_an_invalid_query_for_users_is_refused(name: str, value: str) -> None:
    """Instead of being ignored"""
    async with account() as it:
        assert 400 == (await it.ask("GET", USERS, query=[(name, value)])).status


async def test_filtering_by_an_unknown_environment_is_refused() -> None:
    """With the live service's message"""
    async with account() as it:
        answer = await it.ask("GET", USERS, query=[("sub_account_id", "nowhere")])
        assert (404, "Cannot find sub account with id nowhere") == answer.reason


async def test_an_administrator_of_one_environment_has_access_to_that_one() -> None:
    """The list and the user's own list of environments agree"""
    async with account() as it:
        await it.done("PUT", f"{USERS}/{SAM}", json={"sub_account_ids": [STAGING]})
        there = await ids(it, [("sub_account_id", STAGING)])
        elsewhere = await ids(it, [("sub_account_id", PRODUCTION)])

    assert SAM in there
    assert SAM not in elsewhere
