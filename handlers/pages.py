"""The page behind a one-time link. A visit spends nothing; a press, with the link's proof, does."""

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Final, assert_never
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bot.cards.faults import happened
from bot.cards.invisible import shown
from bot.domain.links import (
    Addressed,
    AlreadyOpened,
    BeingOpened,
    Gone,
    NoLongerAllowed,
    Reveal,
    Revealed,
    Sight,
    Waiting,
    Whose,
)
from bot.flows.links.reveal import Revealer
from handlers.faults import failed

ASSETS: Final = Path(__file__).parent / "assets"
MAX_BODY: Final = 4096
"""Bytes; a proof is 43 characters."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-write=(self)",
}
HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
TYPES: Final = {"reveal.js": "text/javascript", "reveal.css": "text/css"}


@dataclass(frozen=True)
class RevealRequest:
    """What a page posts: its proof, whether it asks for no more than whose the link is, itself."""

    proof: str
    whose: bool
    visit: str


@dataclass(frozen=True)
class Pages:
    """What browsers see."""

    links: Revealer
    public_url: str
    workspace: str

    def routes(self) -> list[web.RouteDef]:
        """The page, its press, and what it loads."""
        return [
            web.get("/s/{id}", self.cover),
            web.post("/s/{id}", self.press),
            web.get("/assets/{name}", self.asset),
        ]

    async def cover(self, request: web.Request) -> web.Response:
        """Show what a visit may tell."""
        try:
            sight = await self.links.look(request.match_info["id"])
        except Exception as error:  # noqa: BLE001  # words and an id, never a traceback
            return self._page("broken", HTTPStatus.SERVICE_UNAVAILABLE, failed(error).error_id)
        return self._seen(sight)

    def _seen(self, sight: Sight) -> web.Response:
        match sight:
            case Waiting():
                return self._page("waiting", HTTPStatus.OK)
            case AlreadyOpened(at):
                return self._page("opened", HTTPStatus.GONE, at=at)
            case Gone():
                return self._page("gone", HTTPStatus.NOT_FOUND)
            case _:
                assert_never(sight)

    async def press(self, request: web.Request) -> web.Response:
        """Say whose a link is, or open it, for whoever proves to hold its key."""
        asked = await self._asked(request)
        if asked is None:
            return self._json({"error": "refused"}, HTTPStatus.FORBIDDEN)
        link_id = request.match_info["id"]
        try:
            if asked.whose:
                return self._told(await self.links.whose(link_id, asked.proof))
            there = partial(_is_there, request)
            return self._told(await self.links.reveal(link_id, asked.proof, asked.visit, there))
        except Exception as error:  # noqa: BLE001  # words and an id, never a traceback
            fault = failed(error)
            said = {"error": "not_enabled", "id": fault.error_id, "text": happened(fault)}
            return self._json(said, HTTPStatus.SERVICE_UNAVAILABLE)

    def _told(self, told: Whose | Reveal) -> web.Response:
        match told:
            case Addressed(owner, name, environment, fingerprint):
                said = {"owner": shown(owner), "workspace": shown(self.workspace)}
                said |= {"name": shown(name), "environment": shown(environment)}
                return self._json(said | {"fingerprint": fingerprint}, HTTPStatus.OK)
            case Revealed(sealed, fingerprint):
                return self._json({"sealed": sealed, "fingerprint": fingerprint}, HTTPStatus.OK)
            case AlreadyOpened(at):
                said = {"error": "opened", "opened_at": _utc(at).isoformat()}
                return self._json(said, HTTPStatus.GONE)
            case BeingOpened():
                return self._json({"error": "being_opened"}, HTTPStatus.CONFLICT)
            case NoLongerAllowed():
                return self._json({"error": "no_longer_allowed"}, HTTPStatus.FORBIDDEN)
            case Gone():
                return self._json({"error": "gone"}, HTTPStatus.NOT_FOUND)
            case _:
                assert_never(told)

    async def _asked(self, request: web.Request) -> RevealRequest | None:
        """Read what is asked; None where another site sent it, or something else."""
        origin = request.headers.get("Origin")
        foreign = origin is not None and origin != _origin(self.public_url)
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if foreign or site != "same-origin" or request.content_type != "application/json":
            return None
        try:
            raw = await request.read()
            body = json.loads(raw) if len(raw) <= MAX_BODY else None
        except (ValueError, RecursionError, aiohttp.ClientError):
            return None
        said = body if isinstance(body, dict) else {}
        proof, whose, visit = said.get("proof"), said.get("whose") is True, said.get("visit", "")
        if not (isinstance(proof, str) and isinstance(visit, str)):
            return None
        return RevealRequest(proof, whose, visit)

    async def asset(self, request: web.Request) -> web.Response:
        """What the page loads; from here and nowhere else."""
        name = request.match_info["name"]
        if name not in TYPES:
            return self._page("gone", HTTPStatus.NOT_FOUND)
        text = (ASSETS / name).read_text()
        return web.Response(text=text, content_type=TYPES[name], headers=self._headers())

    def _page(
        self, state: str, status: HTTPStatus, error_id: str = "", at: datetime | None = None
    ) -> web.Response:
        told = {
            "state": state,
            "error_id": html.escape(error_id),
            "opened_at": _utc(at).isoformat() if at else "",
            "opened_words": f"{_utc(at):%-d %B %Y at %H:%M} UTC" if at else "",
        }
        text = Template((ASSETS / "reveal.html").read_text()).substitute(told)
        return web.Response(
            text=text, status=status, content_type="text/html", headers=self._headers()
        )

    def _json(self, body: dict[str, str], status: HTTPStatus) -> web.Response:
        return web.json_response(body, status=status, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return HEADERS | (HSTS if self.public_url.startswith("https:") else {})


def _is_there(request: web.Request) -> bool:
    """Whether somebody still waits for the answer."""
    return request.transport is not None and not request.transport.is_closing()


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
