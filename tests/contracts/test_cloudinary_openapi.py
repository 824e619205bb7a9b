from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.wire import Call
from tests.contracts.cloudinary_at import MADE, client_of
from tests.contracts.cloudinary_document import parsed
from tests.fakes.every_call import EVERY_CALL, PLACE
from tests.fakes.scripted_http import ScriptedServer, Seen, answer
from tests.fakes.still_time import StillTime

LIVE = "https://api.cloudinary.com"
EFFECTIVE = "EffectivePoliciesExample"


@dataclass(frozen=True)
class Document:
    """Cloudinary's own description of its API."""

    openapi: OpenAPI
    raw: Mapping[str, Any]

    def example(self, name: str) -> object:
        """One of its sample answers."""
        return self.raw["components"]["examples"][name]["value"]

    def parameters(self, call: Call[object]) -> set[str]:
        """Names that the call's query may have."""
        listed = self.raw["paths"][call.template][call.method.lower()].get("parameters", [])
        known = self.raw["components"]["parameters"]
        return {
            (known[each["$ref"].rpartition("/")[2]] if "$ref" in each else each)["name"]
            for each in listed
        }


@pytest.fixture(scope="module")
def document() -> Document:
    """Read the document once."""
    raw = parsed()
    return Document(OpenAPI.from_dict(raw), raw)


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


def as_sent_to_cloudinary(seen: Seen) -> MockRequest:
    """Convert a request to the validator's form, as if it had gone to the live service."""
    parts = urlsplit(seen.target)
    return MockRequest(
        LIVE,
        seen.method,
        parts.path,
        args=dict(parse_qs(parts.query, keep_blank_values=True)),
        headers=dict(seen.headers),
        data=seen.body,
        content_type=seen.headers.get("content-type", ""),
    )


Act = Callable[[Cloudinary], Awaitable[object]]
ACTS: Mapping[str, tuple[Act, *tuple[str, ...]]] = {
    "environments": (lambda it: it.environments(), "ProductEnvironments"),
    "keys": (lambda it: it.keys("e1"), "AccessKeys"),
    "credentials": (lambda it: it.credentials(PLACE, "814814814814814"), "AccessKeys"),
    "enable": (lambda it: it.set_enabled("e1", "814", enabled=True), "MainAccessKey"),
    "rename": (lambda it: it.rename("e1", "814", "Zoë's <key>"), "MainAccessKey"),
    "users": (lambda it: it.users_by_email("Ada+x@lumen.example"), "Users"),
    "groups": (lambda it: it.groups_of("u1"), "UserGroupsList"),
    "reach": (lambda it: it.environments_of("u1"), "UserSubAccounts"),
    "probe": (lambda it: it.has_permissions_api(), EFFECTIVE),
    "right": (lambda it: it.key_right("u1", "e1"), "UserGroupsList", EFFECTIVE),
}


@pytest.mark.parametrize("name", ACTS)
async def test_requests_and_answers_keep_to_cloudinarys_document(
    document: Document, server: ScriptedServer, client: Cloudinary, name: str
) -> None:
    """Requests are valid by the document, and its sample answers are read"""
    act, *examples = ACTS[name]
    server.plays(*(answer(document.example(example)) for example in examples))

    await act(client)

    for seen in server.seen:
        document.openapi.validate_request(as_sent_to_cloudinary(seen))


async def test_creating_a_key_keeps_to_cloudinarys_document(
    document: Document, server: ScriptedServer, client: Cloudinary
) -> None:
    """The sample key is enabled, so it is disabled at once: both requests are valid"""
    server.plays(answer(document.example("MainAccessKey")), MADE)

    await client.create_key(PLACE, "Zoë's <key> / ?#&")

    assert [seen.method for seen in server.seen] == ["POST", "PUT"]
    for seen in server.seen:
        document.openapi.validate_request(as_sent_to_cloudinary(seen))


@pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: f"{call.method} {call.template}")
def test_no_call_invents_a_parameter(document: Document, call: Call[object]) -> None:
    """Every name in a query is in the document's list for that path"""
    assert {name for name, _ in call.query} <= document.parameters(call)
