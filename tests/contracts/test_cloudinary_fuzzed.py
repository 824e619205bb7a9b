"""The sandbox under requests generated from Cloudinary's document, valid and invalid ones."""

import os
from collections.abc import Iterator
from typing import Any, Final

import pytest
from requests import Session
from schemathesis import Case, CheckFunction, Response
from schemathesis.checks import not_a_server_error
from schemathesis.filters import HasAPIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from sandbox.cloudinary.coverage import PLAYED
from tests.contracts.cloudinary_fuzzing import schema
from tests.contracts.cloudinary_threaded import running

FEW: Final = 5
"""Requests for each operation, which take seconds; 200 and every invalid form take minutes."""
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", FEW))
DOCUMENT = schema(EXAMPLES, every_way=EXAMPLES > FEW)
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    positive_data_acceptance,
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a sandbox."""
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """Share one connection."""
    with Session() as kept:
        kept.auth = (ACCOUNT_KEY, ACCOUNT_SECRET)
        yield kept


def sent(case: Case[Any], url: str, session: Session) -> Response:
    """Send the request to a freshly seeded account."""
    session.post(f"{url}/sandbox/reset")
    return case.call(base_url=url, session=session)


def is_played(context: HasAPIOperation) -> bool:
    """Whether the operation is in the sandbox's table."""
    return (context.operation.method.upper(), context.operation.path) in PLAYED


@DOCUMENT.include(is_played).parametrize()
def test_what_is_played_keeps_to_the_document(case: Case[Any], url: str, session: Session) -> None:
    """No crash, no status or shape outside the document, no refusal of a valid request"""
    response = sent(case, url, session)
    in_words: list[CheckFunction] = []
    if "missing fields" in response.text:  # the document does not say which field needs which
        in_words = [positive_data_acceptance]
    case.validate_response(response, checks=CHECKS, excluded_checks=in_words)


@DOCUMENT.exclude(is_played).parametrize()
def test_what_is_not_played_is_not_found(case: Case[Any], url: str, session: Session) -> None:
    """Each gets a 404 with the message of the live service"""
    response = sent(case, url, session)

    assert 404 == response.status_code
    assert "not found" == response.json()["error"]["message"]
