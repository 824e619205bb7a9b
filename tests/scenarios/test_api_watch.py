import json
from dataclasses import replace

from sandbox import at_cloudinary
from sandbox.cloudinary.faults import Exchange
from tests.scenarios.api_watch import ApiWatch

PATH = f"/v1_1/provisioning/accounts/{at_cloudinary.ACCOUNT_ID}/sub_accounts/abc/access_keys"
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


def faults_of(exchange: Exchange) -> list[str]:
    """List the faults that a new watch finds in one exchange."""
    api_watch = ApiWatch()
    api_watch(exchange)
    return api_watch.faults()


def test_a_documented_exchange_has_no_fault() -> None:
    """The example that the other tests change is valid."""
    assert [] == faults_of(RIGHT)


def test_an_answer_of_another_shape_is_a_fault() -> None:
    """A number where the document has a string is reported."""
    wrong = {"access_keys": [{**KEY, "api_key": 814}], "total": 1}
    assert 1 == len(faults_of(replace(RIGHT, answer=json.dumps(wrong).encode())))


def test_an_answer_without_its_list_is_a_fault() -> None:
    """A list that only the document's samples have is required too."""
    assert 1 == len(faults_of(replace(RIGHT, answer=b"{}")))


def test_an_undocumented_status_is_a_fault() -> None:
    """The document has no redirect for this path."""
    assert 1 == len(faults_of(replace(RIGHT, status=301)))


def test_an_undocumented_request_is_a_fault() -> None:
    """A page that is not a number, or a call without credentials, is reported."""
    assert 1 == len(faults_of(replace(RIGHT, query=(("page", "one"),))))
    assert 1 == len(faults_of(replace(RIGHT, headers=())))


def test_an_exchange_is_validated_once() -> None:
    """A fault is reported to one story and not to the next one."""
    api_watch = ApiWatch()
    api_watch(replace(RIGHT, answer=b"{}"))
    assert 1 == len(api_watch.faults())
    api_watch(replace(RIGHT, answer=b"{}"))
    assert [] == api_watch.faults()
