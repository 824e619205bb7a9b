"""The files of the workspace and their upload URLs."""

import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

from sandbox.company import BOT_USER_ID, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.payload import Payload

_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True)
class File:
    """A file of the bot; `content` is None until it is uploaded, `length` is in bytes.

    `shared_in` are the ids of the channels where it is shared; None until the upload is completed.
    """

    id: str
    name: str
    length: int
    created: int
    title: str = ""
    content: bytes | None = field(default=None, repr=False)
    shared_in: tuple[str, ...] | None = None

    @property
    def mimetype(self) -> str:
        """The MIME type that belongs to its name."""
        return mimetypes.guess_type(self.name)[0] or _UNKNOWN

    def as_json(self, public_url: str) -> Payload:
        """The file object (docs.slack.dev/reference/objects/file-object)."""
        name = quote(self.name, safe="")
        private = f"{public_url}/files-pri/{TEAM_ID}-{self.id}/{name}"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2].lower(),
            "user": BOT_USER_ID,
            "mode": "hosted",
            "size": self.length,
            "is_external": False,
            "url_private": private,
            "url_private_download": f"{private}?download=1",
            "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{BOT_USER_ID}/{self.id}/{name}",
            "channels": [channel for channel in self.shared_in or () if channel.startswith("C")],
            "ims": [channel for channel in self.shared_in or () if channel.startswith("D")],
        }


class WrongLength(Exception):
    """The uploaded content does not have the announced length."""


@dataclass
class Files:
    """Every file by its id, and the file ids of the open upload URLs."""

    public_url: str
    clock: Callable[[], float]
    known: dict[str, File] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)

    def reserve(self, name: str, length: int) -> tuple[File, str]:
        """Announce a file; gives it and its upload URL."""
        file = File(f"F{secrets.token_hex(5).upper()}", name, length, int(self.clock()))
        ticket = secrets.token_urlsafe(24)
        self.tickets[ticket] = file.id
        return self._keep(file), f"{self.public_url}/upload/v1/{ticket}"

    def receive(self, ticket: str, content: bytes) -> File:
        """Store a file's content, once; raises `KeyError` or `WrongLength`."""
        file = self.known[self.tickets[ticket]]
        if len(content) != file.length:
            raise WrongLength(f"{len(content)} bytes came, {file.length} were announced")
        del self.tickets[ticket]
        return self._keep(replace(file, content=content))

    def complete(self, file: File, title: str, channels: tuple[str, ...]) -> File:
        """Complete an upload; without channels the file stays private."""
        return self._keep(replace(file, title=title, shared_in=channels))

    def _keep(self, file: File) -> File:
        self.known[file.id] = file
        return file

    def reset(self) -> None:
        """Forget every file."""
        self.known.clear()
        self.tickets.clear()
