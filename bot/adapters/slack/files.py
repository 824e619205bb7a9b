"""Files for people at Slack, by its external upload: announced, uploaded, then shared.

A file that is shared in a direct conversation is seen by its person alone. A message with files
carries no mark, so the name of a file tells whether it was sent before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.adapters.network import proxy_for
from bot.adapters.slack.client import BUSY, SEARCHED, Slack, answered
from bot.errors import SlackAway, SlackError


@dataclass(frozen=True)
class Upload:
    """A file on the disk, and what it is named at Slack."""

    path: Path
    name: str
    title: str


class SlackFiles:
    """Sends files. Every method raises `SlackError`."""

    def __init__(self, slack: Slack, session: aiohttp.ClientSession, base_url: str) -> None:
        self._slack = slack
        self._session = session
        self._own = urlsplit(base_url)[:2]

    async def send(self, channel: str, uploads: Sequence[Upload], comment: str = "") -> None:
        """Share files in one message of a conversation."""
        files: list[dict[str, str | None]] = [
            {"id": await self._upload(each), "title": each.title} for each in uploads
        ]
        complete = self._slack.client.files_completeUploadExternal
        await self._slack.ask(
            complete(files=files, channel_id=channel, initial_comment=comment or None)
        )

    async def conversation(self, user_id: str) -> str:
        """Give the direct conversation with a person."""
        return await self._slack.conversation(user_id)

    async def names(self, channel: str) -> list[str]:
        """Names of the files in the newest messages of a conversation."""
        history = self._slack.client.conversations_history
        answer = await self._slack.ask(history(channel=channel, limit=SEARCHED))
        messages = answer.get("messages") or ()
        return [str(file.get("name")) for each in messages for file in each.get("files") or ()]

    async def _upload(self, upload: Upload) -> str:
        """Upload a file, which is not shared yet; gives its id."""
        announce = self._slack.client.files_getUploadURLExternal
        length = upload.path.stat().st_size
        answer = await self._slack.ask(announce(filename=upload.name, length=length))
        url = str(answer.get("upload_url", ""))
        if urlsplit(url).scheme != "https" and urlsplit(url)[:2] != self._own:
            raise SlackError("foreign_upload_url")
        await answered(self._post(url, upload.path), url)
        return str(answer.get("file_id", ""))

    async def _post(self, url: str, path: Path) -> None:
        with path.open("rb") as content:
            async with self._session.post(url, data=content, proxy=proxy_for(url)) as answer:
                status = answer.status
        if status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackAway(f"upload_{status}")
        if status != HTTPStatus.OK:
            raise SlackError(f"upload_{status}")
