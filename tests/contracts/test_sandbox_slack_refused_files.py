"""Refused uploads and shares."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from sandbox.slack.payload import Payload
from sandbox.slack.webapi.files import MAX_BYTES, MAX_NAME
from tests.contracts.slack_files import EXPORT, SCOPES, announced, complete, put, uploaded
from tests.contracts.slack_lab import (
    ALL_SCOPES,
    APPROVALS,
    GENERAL,
    PLATFORM,
    TOM,
    Lab,
    lab,
    refusal,
)


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may share files."""
    async with lab(scopes=SCOPES) as running:
        yield running


async def test_a_file_of_another_length_is_refused(it: Lab) -> None:
    """Too short or too long; afterwards the right one is accepted, once."""
    url = (await announced(it))["upload_url"]
    tries = (EXPORT[:-1], EXPORT + b"\n", EXPORT, EXPORT)

    assert [
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.OK,
        HTTPStatus.NOT_FOUND,
    ] == [await put(it, url, content) for content in tries]


async def test_an_unknown_upload_url_is_not_found(it: Lab) -> None:
    """It must come from files.getUploadURLExternal."""
    assert HTTPStatus.NOT_FOUND == await put(it, f"{it.url}/upload/v1/guessed", EXPORT)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"length": 0}, "missing_argument"),
        ({"length": MAX_BYTES + 1}, "file_upload_size_restricted"),
        ({"length": "many"}, "invalid_arguments"),
        ({"filename": ""}, "invalid_arguments"),
        ({"filename": "a" * (MAX_NAME + 1)}, "invalid_arguments"),
        ({"filename": "../audit.csv"}, "invalid_arguments"),
        ({"alt_txt": "a" * 1001}, "alt_txt_too_large"),
        ({"snippet_type": "csv", "length": 1024 * 1024 + 1}, "snippet_too_large"),
    ],
    ids=[str(n) for n in range(8)],
)
async def test_an_upload_is_not_announced_for(it: Lab, changed: Payload, error: str) -> None:
    """With the errors of Slack's page, if it has one."""
    call: Payload = {"filename": "audit.csv", "length": 1, **changed}

    body = await refusal(it.slack.api_call("files.getUploadURLExternal", json=call))
    assert error == body["error"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"files": [{"id": "F0UNKNOWN"}]}, "file_not_found"),
        ({"files": []}, "invalid_arguments"),
        ({"files": [{"title": "no id"}]}, "invalid_arguments"),
        ({"files": "not JSON"}, "invalid_arguments"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channel_id": TOM}, "channel_not_found"),
        ({"channel_id": GENERAL}, "not_in_channel"),
        ({"channels": ",".join([PLATFORM] * 101)}, "channels_limit_exceeded"),
        ({"channel_id": PLATFORM, "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channels": f"{PLATFORM},{APPROVALS}", "thread_ts": "1.0"}, "invalid_arguments"),
        ({"channel_id": PLATFORM, "blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ({"channel_id": PLATFORM, "initial_comment": "a" * 40_001}, "msg_too_long"),
    ],
    ids=[str(n) for n in range(12)],
)
async def test_a_file_is_not_shared_for(it: Lab, arguments: Payload, error: str) -> None:
    """Nothing is shown, and the upload can still be completed."""
    file = await uploaded(it)
    body = await refusal(complete(it, **{"files": [{"id": file}], **arguments}))

    assert error == body["error"]
    assert [] == await it.messages()
    assert (await complete(it, files=[{"id": file}], channel_id=PLATFORM))["ok"]


async def test_an_archived_channel_accepts_no_file(it: Lab) -> None:
    """With the error of Slack's page."""
    await it.act("channel", id=PLATFORM, is_archived=True)
    body = await refusal(complete(it, files=[{"id": await uploaded(it)}], channel_id=PLATFORM))

    assert "posting_to_channel_denied" == body["error"]


async def test_an_upload_is_completed_once_and_after_its_content(it: Lab) -> None:
    """Neither an announced file nor a shared one can be shared."""
    announced_only, file = (await announced(it))["file_id"], await uploaded(it)
    await complete(it, files=[{"id": file}], channel_id=PLATFORM)

    for one in (announced_only, file):
        assert "file_not_found" == (await refusal(complete(it, files=[{"id": one}])))["error"]
    assert "file_not_found" == (await refusal(it.slack.files_info(file=announced_only)))["error"]


async def test_files_upload_is_deprecated(it: Lab) -> None:
    """Its answer says so."""
    call = it.slack.api_call("files.upload", params={"content": "x", "filename": "x.txt"})

    assert "method_deprecated" == (await refusal(call))["error"]


async def test_sharing_needs_a_scope() -> None:
    """Both steps do; without the scope to read, a download redirects to the sign-in page."""
    async with lab(scopes=ALL_SCOPES | {"files:write"}) as it:
        shared = await it.slack.files_upload_v2(channel=PLATFORM, content=EXPORT, filename="a.csv")
        bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
        url = shared["files"][0]["url_private"]
        async with it.session.get(url, headers=bearer, allow_redirects=False) as answer:
            assert HTTPStatus.FOUND == answer.status
    async with lab(scopes=ALL_SCOPES) as it:
        first = it.slack.files_getUploadURLExternal(filename="a.csv", length=1)
        last = it.slack.files_completeUploadExternal(files=[{"id": "F1", "title": "a"}])
        info = it.slack.files_info(file="F1")
        needed = [(await refusal(call))["needed"] for call in (first, last, info)]

    assert ["files:write", "files:write", "files:read"] == needed
