"""Validates the traffic between bot and account against Cloudinary's OpenAPI document."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from sandbox.cloudinary.faults import Exchange
from tests.contracts.cloudinary_document import document

LIVE = "https://api.cloudinary.com"
DOCUMENTED = ("/v1_1/provisioning/", "/v2/")
"""Other paths are for customers' programs; the document does not cover them."""
ENCODED = ("Content-Length", "Transfer-Encoding", "Host", "Content-Type")
"""Headers that the validator adds itself."""


@dataclass
class ApiWatch:
    """Collects exchanges, each different one once."""

    exchanges: dict[int, Exchange] = field(default_factory=dict)
    validated: int = 0

    def __call__(self, exchange: Exchange) -> None:
        """Collect one exchange."""
        if exchange.path.startswith(DOCUMENTED):
            sent = (exchange.method, exchange.path, exchange.query, exchange.body)
            self.exchanges.setdefault(hash((*sent, exchange.status, exchange.answer)), exchange)

    def faults(self) -> list[str]:
        """List the violations of exchanges that were not validated before."""
        new = list(self.exchanges.values())[self.validated :]
        self.validated = len(self.exchanges)
        return [fault for exchange in new for fault in _faults(exchange)]


def _faults(exchange: Exchange) -> list[str]:
    request = _request(exchange)
    answer = MockResponse(
        exchange.answer, status_code=exchange.status, content_type=exchange.content_type
    )
    found = []
    try:
        document().validate_request(request)
        document().validate_response(request, answer)
    except OpenAPIError as error:
        about = f"{exchange.method} {exchange.path} {exchange.status}"
        found.append(f"{about}: {error}: {error.__cause__}: {exchange.answer[:300]!r}")
    return found


def _request(exchange: Exchange) -> MockRequest:
    """Present the exchange to the validator as if it went to the live service."""
    headers = dict(exchange.headers)
    return MockRequest(
        LIVE,
        exchange.method,
        exchange.path,
        args=dict(parse_qs(urlencode(exchange.query), keep_blank_values=True)),
        headers={name: value for name, value in headers.items() if name not in ENCODED},
        data=exchange.body or None,
        content_type=headers.get("Content-Type", ""),
    )
