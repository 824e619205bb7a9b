"""Files: uploaded by the official client, shared, and read by people who see the message."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from aiohttp import FormData

from tests.contracts.slack_blocks import section
from tests.contracts.slack_files import EXPORT, SCOPES, announced, complete, put, uploaded
from tests.contracts.slack_lab import (
    APPROVALS,
    MIA,
    PLATFORM,
    TOM,
    Lab,
    lab,
)


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may share files."""
    async with lab(scopes=SCOPES) as running:
        yield running


async def test_the_official_client_shares_a_file(it: Lab) -> None:
    """In three steps; the message has the comment and the file."""
    await it.slack.files_upload_v2(
        channel=PLATFORM,
        content=EXPORT,
        filename="audit.csv",
        title="What happened",
        initial_comment="The export",
    )
    (message,) = await it.messages()
    (file,) = message["files"]

    assert "The export" == message["text"]
    assert ("audit.csv", "What happened", "text/csv", len(EXPORT)) == (
        file["name"],
        file["title"],
        file["mimetype"],
        file["size"],
    )
    assert file["permalink"].endswith(f"/{file['id']}/audit.csv")
    assert not await it.violations()


async def test_only_members_read_a_file(it: Lab) -> None:
    """As an attachment, with a policy that forbids all scripts."""
    await it.slack.files_upload_v2(channel=APPROVALS, content=EXPORT, filename="audit.csv")
    url = (await it.messages(TOM, APPROVALS))[0]["files"][0]["url"]
    async with it.session.get(f"{it.url}{url}") as answer:
        assert EXPORT == await answer.read()
        assert "attachment; filename*=UTF-8''audit.csv" == answer.headers["Content-Disposition"]
        assert "default-src 'none'; sandbox" == answer.headers["Content-Security-Policy"]

    async with it.session.get(f"{it.url}{url.replace(TOM, MIA)}") as answer:
        assert HTTPStatus.NOT_FOUND == answer.status


async def test_the_bot_reads_its_file_with_its_token(it: Lab) -> None:
    """Without the token, the answer is a redirect to the page where people sign in."""
    shared = await it.slack.files_upload_v2(channel=PLATFORM, content=EXPORT, filename="a.csv")
    info = await it.slack.files_info(file=shared["files"][0]["id"])
    url = info["file"]["url_private"]
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    async with it.session.get(url, headers=bearer) as answer:
        assert EXPORT == await answer.read()

    for headers in ({}, {"Authorization": "Bearer xoxb-guessed"}):
        async with it.session.get(url, headers=headers, allow_redirects=False) as answer:
            assert HTTPStatus.FOUND == answer.status
            assert answer.headers["Location"].startswith("/?redir=")


async def test_a_file_without_a_channel_stays_private(it: Lab) -> None:
    """No message shows it."""
    file = await uploaded(it)
    await complete(it, files=[{"id": file}])

    assert [] == await it.messages()
    assert "error" in await it.look(f"file/{file}", user=TOM)
    assert file == (await it.slack.files_info(file=file))["file"]["id"]


async def test_several_files_go_into_one_message_per_channel(it: Lab) -> None:
    """A person's id among the channels means their conversation."""
    files = [{"id": await uploaded(it)}, {"id": await uploaded(it)}]
    await complete(it, files=files, channels=f"{PLATFORM},{TOM}", blocks=[section()])

    for channel in (PLATFORM, f"D{TOM[1:]}"):
        (message,) = await it.messages(TOM, channel)
        assert (2, 1) == (len(message["files"]), len(message["blocks"]))


async def test_a_file_goes_into_a_thread(it: Lab) -> None:
    """Under the given message."""
    root = (await it.slack.chat_postMessage(channel=PLATFORM, text="root"))["ts"]
    await it.slack.files_upload_v2(
        channel=PLATFORM, content=EXPORT, filename="audit.csv", thread_ts=root
    )

    assert root == (await it.messages())[1]["thread_ts"]


async def test_a_form_can_be_uploaded_too(it: Lab) -> None:
    """Its first part is the file."""
    found, form = await announced(it), FormData()
    form.add_field("filename", EXPORT, filename="audit.csv")

    assert HTTPStatus.OK == await put(it, found["upload_url"], form)
    assert (await complete(it, files=[{"id": found["file_id"]}], channel_id=PLATFORM))["ok"]
