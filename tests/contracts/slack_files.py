"""The steps of an upload, one by one."""

from http import HTTPStatus

from sandbox.slack.payload import Payload
from tests.contracts.slack_twin import ALL_SCOPES, Lab, body_of

SCOPES = ALL_SCOPES | {"files:write", "files:read"}
EXPORT = b"when,who,what\n2026-01-01,tom,rotated\n"


async def announced(it: Lab, length: int = len(EXPORT), name: str = "audit.csv") -> Payload:
    """An upload that waits for its content."""
    return await body_of(it.slack.files_getUploadURLExternal(filename=name, length=length))


async def put(it: Lab, url: str, content: object) -> int:
    """Upload; gives the status."""
    async with it.session.post(url, data=content) as answer:
        return answer.status


async def uploaded(it: Lab) -> str:
    """The id of a file that waits to be shared."""
    found = await announced(it)
    assert HTTPStatus.OK == await put(it, found["upload_url"], EXPORT)
    file: str = found["file_id"]
    return file


async def complete(it: Lab, **arguments: object) -> Payload:
    """Share uploads; a plain call, so that wrong ones can be made."""
    return await body_of(it.slack.api_call("files.completeUploadExternal", json=arguments))
