"""The single steps of an upload."""

from http import HTTPStatus

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import ALL_SCOPES, Lab, body_of

SCOPES = ALL_SCOPES | {"files:write", "files:read"}
EXPORT = b"when,who,what\n2026-01-01,tom,rotated\n"


async def announced(it: Lab, length: int = len(EXPORT), name: str = "audit.csv") -> Payload:
    """Announce an upload; gives the answer."""
    return await body_of(it.slack.files_getUploadURLExternal(filename=name, length=length))


async def put(it: Lab, url: str, content: object) -> int:
    """Upload content; gives the status."""
    async with it.session.post(url, data=content) as answer:
        return answer.status


async def uploaded(it: Lab) -> str:
    """Upload a file without sharing it; gives its id."""
    found = await announced(it)
    assert HTTPStatus.OK == await put(it, found["upload_url"], EXPORT)
    file: str = found["file_id"]
    return file


async def complete(it: Lab, **arguments: object) -> Payload:
    """Share uploads with a plain call, so that it can be invalid."""
    return await body_of(it.slack.api_call("files.completeUploadExternal", json=arguments))
