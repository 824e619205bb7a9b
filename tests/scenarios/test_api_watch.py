import json
from dataclasses import replace

from sandbox import company
from sandbox.cloudinary.faults import Exchange
from tests.scenarios.api_watch import ApiWatch

PATH = f"/v1_1/provisioning/accounts/{company.ACCOUNT_ID}/sub_accounts/abc/access_keys"
KEY = {
    "name": "ci-bot",
    "api_key": "814814814814814",
    "api_secret": "made-up",
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T03:04:05Z",
    "enabled": True,
    "root": False,
}
RIGHT = Exchange(
    method="GET",
    path=PATH,
    query=(("page", "1"),),
    headers=(("Authorization", "Basic YTpi"),),
    body=b"",
    status=200,
    answer=json.dumps({"access_keys": [KEY], "total": 1}).encode(),
    content_type="application/json",
)


def told(exchange: Exchange) -> list[str]:
    """What a fresh witness says of one exchange."""
    api_watch = ApiWatch()
    api_watch(exchange)
    return api_watch.faults()


def test_what_keeps_to_the_document_passes() -> None:
    """So that the faults below are for their own reasons"""
    assert [] == told(RIGHT)


def test_an_answer_of_another_shape_is_a_fault() -> None:
    """A number where the document has a string"""
    wrong = {"access_keys": [{**KEY, "api_key": 814}], "total": 1}
    assert 1 == len(told(replace(RIGHT, answer=json.dumps(wrong).encode())))


def test_an_answer_without_its_list_is_a_fault() -> None:
    """The document requires no field, but every sample has these"""
    assert 1 == len(told(replace(RIGHT, answer=b"{}")))


def test_a_status_that_is_not_documented_is_a_fault() -> None:
    """Nobody says that this path may be moved"""
    assert 1 == len(told(replace(RIGHT, status=301)))


def test_a_request_that_the_document_does_not_know_is_a_fault() -> None:
    """A page that is not a number, and a caller who does not sign in"""
    assert 1 == len(told(replace(RIGHT, query=(("page", "one"),))))
    assert 1 == len(told(replace(RIGHT, headers=())))


def test_an_exchange_is_judged_once() -> None:
    """The next story has its own"""
    api_watch = ApiWatch()
    api_watch(replace(RIGHT, answer=b"{}"))
    assert 1 == len(api_watch.faults())
    api_watch(replace(RIGHT, answer=b"{}"))
    assert [] == api_watch.faults()
