from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.adapters.cloudinary.client import Cloudinary
from bot.domain.keys import Credentials
from bot.domain.people import KeyRight
from bot.domain.secret import Secret
from bot.errors import Forbidden, Invalid, RateLimited, Unauthorized, Unavailable
from tests.contracts.cloudinary_at import BUSY, KEY, client_of
from tests.fakes.every_call import PLACE
from tests.fakes.scripted_http import Scene, ScriptedServer, answer
from tests.fakes.still_time import StillTime


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Start a server without a script."""
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncIterator[Cloudinary]:
    """Build a client that tries once."""
    async with client_of(server.url, StillTime(), attempts=1) as built:
        yield built


def page(numbers: range, total: int | None = None) -> Scene:
    """Build a page of numbered keys."""
    keys = [{**KEY, "api_key": str(n), "api_secret": f"MadeUpSecret{n}"} for n in numbers]
    return answer({"access_keys": keys, "total": total})


@pytest.mark.parametrize(
    ("pages", "count", "asked"),
    [
        ([page(range(3), 3)], 3, 1),
        ([page(range(0))], 0, 1),
        ([page(range(100)), page(range(100, 200)), page(range(200, 203))], 203, 3),
        ([page(range(100), 100), page(range(0), 100)], 100, 2),
        ([page(range(100), 100), page(range(100, 103), 3)], 103, 2),  # a total of the page
        ([page(range(60), 90), page(range(60, 90), 90)], 90, 2),  # shorter pages than asked for
        ([page(range(150), 150)], 150, 2),  # every page is all of it
        ([page(range(60), 90), page(range(0), 90)], 60, 2),  # a total that is never reached
    ],
)
async def test_every_page_of_keys_is_read(
    server: ScriptedServer, client: Cloudinary, pages: list[Scene], count: int, asked: int
) -> None:
    """No key is missed or doubled under any meaning of pages and total"""
    server.plays(*pages)

    keys = await client.keys("e1")

    assert [str(number) for number in range(count)] == [key.api_key for key in keys]
    assert [{"page_size": ["100"], "page": [str(number + 1)]} for number in range(asked)] == [
        parse_qs(urlsplit(seen.target).query) for seen in server.seen
    ]


async def test_a_secret_is_found_on_a_later_page(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """The search ends where the key is"""
    server.plays(page(range(100)), page(range(100, 200)), BUSY)

    found = await client.credentials(PLACE, "123")

    assert Credentials("lumen-staging", "123", Secret("MadeUpSecret123")) == found


async def test_a_key_that_is_gone_has_no_secret(server: ScriptedServer, client: Cloudinary) -> None:
    """None, and not the secret of another key"""
    server.plays(page(range(3)))

    assert None is await client.credentials(PLACE, "123")


async def test_policies_of_the_user_and_of_their_groups_are_evaluated(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """The evaluator gets the statements of both, each once, with the user's id"""

    def holder(kind: str, id_: str, statement: str) -> dict[str, object]:
        roles = [{"id": "r", "system_policies": [{"id": "p", "policy_statement": statement}]}]
        return {"principal_type": kind, "principal_id": id_, "roles": roles}

    principals = [holder("user", "u1", "u"), holder("group", "g1", "g"), holder("user", "u2", "x")]
    custom = [{"id": "c", "policy_statement": "c"}]
    server.plays(
        answer({"groups": [{"id": "g1", "name": "Security"}]}),
        answer({"data": {"principals": principals, "custom_policies": custom}}),
    )

    assert KeyRight.MANAGE is await client.key_right("u1", "e1")


THERE: Final = answer({"data": {"principals": [], "custom_policies": []}})
NOT_ALLOWED: Final = answer({"error": {"message": "not allowed"}}, 403)
NOT_FOUND: Final = answer({"error": {"message": "not found"}}, 404)
ENVIRONMENTS: Final = answer({"sub_accounts": []})


@pytest.mark.parametrize(
    ("scenes", "there"),
    [
        ([THERE], True),
        ([NOT_ALLOWED, THERE], True),
        ([NOT_FOUND, NOT_ALLOWED, THERE], True),
        ([NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED, ENVIRONMENTS], False),
        ([NOT_FOUND, NOT_FOUND, NOT_FOUND, ENVIRONMENTS], False),
    ],
)
async def test_only_an_account_that_refuses_every_endpoint_is_without_the_permissions_api(
    server: ScriptedServer, client: Cloudinary, scenes: list[Scene], *, there: bool
) -> None:
    """A single refusal may be a fault that passes; the same key works elsewhere"""
    server.plays(*scenes)

    assert there is await client.has_permissions_api()


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize(
    ("scene", "error"),
    [
        (BUSY, Unavailable),
        (answer({}, 429), RateLimited),
        (answer({"ok": True}), Unavailable),
        (answer({"error": {"message": "invalid credentials"}}, 401), Unauthorized),
        (answer({}, 400), Invalid),
    ],
)
async def test_any_other_answer_is_no_refusal(
    server: ScriptedServer, client: Cloudinary, scene: Scene, error: type[Exception], before: int
) -> None:
    """It never counts as an account without policies, at whatever endpoint"""
    server.plays(*[NOT_ALLOWED] * before, scene)

    with pytest.raises(error):
        await client.has_permissions_api()


async def test_a_key_that_is_refused_everywhere_says_nothing_about_the_account(
    server: ScriptedServer, client: Cloudinary
) -> None:
    """It may lack the right to see the policies"""
    server.plays(*[NOT_ALLOWED] * 4)

    with pytest.raises(Forbidden):
        await client.has_permissions_api()
