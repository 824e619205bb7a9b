"""A simulated account, and third-party clients of it.

Whatever it answers while it runs is held against Cloudinary's document.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import cloudinary.api
import cloudinary.provisioning
import cloudinary.uploader
from aiohttp import ClientSession, encode_basic_auth
from aiohttp.test_utils import TestServer
from cloudinary_account_provisioning import CldProvisioning
from cloudinary_account_provisioning.models import Security
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET, create_app
from sandbox.cloudinary.faults import Exchange
from tests.contracts.cloudinary_document import LIVE, document

PRODUCTION, STAGING, DEVELOPMENT, ARCHIVE = (place.id for place in at_cloudinary.ENVIRONMENTS)
TOM, MIA, ADA, SAM, NIA = (user.id for user in at_cloudinary.USERS[:5])
LEA, PIA, NOA = at_cloudinary.USERS[7].id, at_cloudinary.USERS[12].id, at_cloudinary.USERS[16].id
P: Final = f"/v1_1/provisioning/accounts/{at_cloudinary.ACCOUNT_ID}"
Q: Final = f"/v2/accounts/{at_cloudinary.ACCOUNT_ID}/permissions"
PUBLIC: Final = "/v2/accounts/permissions/public"
KEYS: Final = f"{P}/sub_accounts/{STAGING}/access_keys"
INSPECT: Final = f"{Q}/principal_roles/inspect"
SIGNED: Final = {"Authorization": encode_basic_auth(ACCOUNT_KEY, ACCOUNT_SECRET)}

Json = dict[str, Any]
Pairs = Iterable[tuple[str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A status and the JSON of the body; None for an empty body."""

    status: int
    body: Any

    @property
    def reason(self) -> tuple[int, str]:
        """The status and the message of an error answer."""
        return self.status, self.body["error"]["message"]


@dataclass(frozen=True)
class Account:
    """A running account."""

    url: str
    session: ClientSession

    async def ask(
        self, method: str, path: str, *, query: Pairs = (), data: bytes | None = None, **more: Any
    ) -> Answer:
        """Call the API with the account key; `json` is the body."""
        headers = {**SIGNED, **more.pop("headers", {})}
        more = {"headers": headers, "params": list(query), "data": data, **more}
        async with self.session.request(method, self.url + path, **more) as answer:
            return Answer(answer.status, await answer.json() if await answer.read() else None)

    async def done(self, method: str, path: str, **more: Any) -> Any:
        """Make a call that succeeds, and give its answer."""
        answer = await self.ask(method, path, **more)
        assert answer.status == HTTPStatus.OK, answer.body
        return answer.body

    async def key(self, name: str | None, environment_id: str = STAGING) -> Json:
        """Find a key by name; the root key's name is None."""
        path = f"{P}/sub_accounts/{environment_id}/access_keys"
        found: list[Json] = (await self.done("GET", path))["access_keys"]
        return next(key for key in found if key["name"] == name)

    async def official(self, function: Callable[..., T], *arguments: object, **more: object) -> T:
        """Call a function of `cloudinary.provisioning` in a thread, since it blocks."""
        options = {
            "account_id": at_cloudinary.ACCOUNT_ID,
            "provisioning_api_key": ACCOUNT_KEY,
            "provisioning_api_secret": ACCOUNT_SECRET,
            "upload_prefix": self.url,
        }
        return await asyncio.to_thread(function, *arguments, **{**options, **more})

    async def customer(
        self,
        function: Callable[..., T],
        key: Json,
        cloud_name: str,
        *arguments: object,
        **more: object,
    ) -> T:
        """Call a function of `cloudinary.api` or `cloudinary.uploader` with a key."""
        return await asyncio.to_thread(
            function,
            *arguments,
            **more,
            upload_prefix=self.url,
            cloud_name=cloud_name,
            api_key=key["api_key"],
            api_secret=key["api_secret"],
        )

    async def assign(
        self, key: Json, role: str, scope: str, operation: str = "add", **parameters: str
    ) -> None:
        """Add a role to a key, or remove it."""
        content = {"policy_parameters": parameters} if parameters else {}
        body = {
            "operation": operation,
            "principal": {"type": "apiKey", "id": key["api_key"]},
            "roles": [{"id": role, "scope_id": scope, **content}],
        }
        await self.done("PUT", f"{Q}/principal_roles", json=body)

    async def typed(self, use: Callable[[CldProvisioning], T]) -> T:
        """Use the generated client in a thread, since it blocks."""

        def used() -> T:
            security = Security(
                provisioning_api_key=ACCOUNT_KEY, provisioning_api_secret=ACCOUNT_SECRET
            )
            with CldProvisioning(
                account_id=at_cloudinary.ACCOUNT_ID, security=security, server_url=self.url
            ) as client:
                return use(client)

        return await asyncio.to_thread(used)


@asynccontextmanager
async def account(
    *, permissions: bool = False, state_file: Path | None = None, watched: bool = True
) -> AsyncIterator[Account]:
    """Run a freshly seeded account, and hold all of its answers against the document."""
    seen: list[Exchange] = []
    app = create_app(state_file, permissions=permissions, api_watch=seen.append)
    async with TestServer(app) as server, ClientSession() as session:
        try:
            yield Account(str(server.make_url("")).rstrip("/"), session)
        finally:
            _close_pools()
    assert [] == [fault for exchange in seen if watched for fault in faults_of(exchange)]


def _close_pools() -> None:
    """Close the connections that the official package keeps for the whole process."""
    for module in (cloudinary.api_client.call_account_api, cloudinary.api_client.call_api):
        module._http.clear()


def faults_of(exchange: Exchange) -> list[str]:
    """The differences between an answer and the document."""
    request = MockRequest(LIVE, exchange.method, exchange.path)
    answer = MockResponse(
        exchange.answer, status_code=exchange.status, content_type=exchange.content_type
    )
    if not exchange.path.startswith((P, Q, PUBLIC)):
        return []
    try:
        document().validate_response(request, answer)
    except OpenAPIError as error:
        about = f"{exchange.method} {exchange.path} {exchange.status}"
        return [f"{about}: {error}: {error.__cause__}: {exchange.answer[:300]!r}"]
    return []
