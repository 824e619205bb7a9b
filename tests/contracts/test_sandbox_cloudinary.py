"""The simulated account as a whole: its paths, its authentication, and which hosts it serves."""

import pytest
from aiohttp import encode_basic_auth

from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET, create_app
from sandbox.cloudinary.coverage import ADMIN_API, NOT_SIMULATED, SIMULATED
from tests.contracts.cloudinary_account import P, Q, account
from tests.contracts.cloudinary_document import parsed

NOT_FOUND = {"error": {"message": "not found"}}
NOT_FOUND_V2 = {
    "error": {"category": "server_error", "code": "ACCOUNTS_00003", "message": "not found"}
}


def test_the_coverage_table_matches_the_document_and_the_router() -> None:
    """Every documented operation is simulated or listed as not; the router has the former"""
    paths = parsed()["paths"]
    verbs = {"get", "post", "put", "delete"}
    documented = {(v.upper(), p) for p, found in paths.items() for v in found if v in verbs}
    routed = {
        (route.method, route.resource.canonical)
        for route in create_app().router.routes()
        if route.resource and route.method != "HEAD" and "/v" in route.resource.canonical
    }

    assert documented == SIMULATED.keys() | NOT_SIMULATED
    assert SIMULATED.keys() & NOT_SIMULATED == set()
    assert routed == SIMULATED.keys() | ADMIN_API.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *sorted(NOT_SIMULATED),
        ("PATCH", P + "/users"),
        ("GET", "/v1_1/provisioning/nothing"),
        ("GET", "/v2/nothing"),
    ],
)
async def test_an_operation_that_is_not_simulated_is_not_found(method: str, path: str) -> None:
    """In the error format of its API"""
    path = path.format(account_id=at_cloudinary.ACCOUNT_ID, policy_id="p", role_id="r")
    async with account(permissions=True, watched=False) as it:
        answer = await it.ask(method, path)

    shape = NOT_FOUND_V2 if path.startswith("/v2/") else NOT_FOUND
    assert (404, shape) == (answer.status, answer.body)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic not-base64",
        encode_basic_auth(ACCOUNT_KEY, "wrong"),
        encode_basic_auth("814", ACCOUNT_SECRET),
        encode_basic_auth(ACCOUNT_KEY, ""),
        encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET + "\u00e9"),
    ],
)
async def test_only_the_account_key_is_accepted(header: str) -> None:
    """Each API has its own message"""
    headers = {"Authorization": header}
    async with account(permissions=True) as it:
        v1 = await it.ask("GET", P + "/users", headers=headers)
        v2 = await it.ask("GET", Q + "/policies/effective", headers=headers)

    assert (401, "Invalid credentials") == v1.reason
    assert (401, "invalid credentials") == v2.reason
    assert ("user_error", "ACCOUNTS_00006") == (
        v2.body["error"]["category"],
        v2.body["error"]["code"],
    )


async def test_another_account_id_is_refused() -> None:
    """The id is compared without regard to case, since the official package lowers it"""
    async with account() as it:
        wrong = await it.ask("GET", "/v1_1/provisioning/accounts/other/users")
        id_ = at_cloudinary.ACCOUNT_ID
        upper = await it.ask("GET", P.replace(id_, id_.upper()))
        loud = f"/v1_1/provisioning/accounts/{at_cloudinary.ACCOUNT_ID.upper()}/users"
        right = await it.ask("GET", loud)

    assert (401, "Invalid credentials") == wrong.reason
    assert [404, 200] == [upper.status, right.status]


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1", "169.254.1.1"])
async def test_a_foreign_host_name_cannot_drive_it(host: str) -> None:
    """DNS rebinding must not reach the control surface"""
    async with account() as it:
        url = f"{it.url}/sandbox/state"
        async with it.session.get(url, headers={"Host": host}) as answer:
            assert 403 == answer.status
