"""The page of a one-time link. A visit spends nothing; a press, with the link's proof, does."""

import html
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import urlsplit

from aiohttp import web

from bot.cards.faults import happened
from bot.domain import links
from bot.domain.languages import Language
from bot.domain.link_visits import WAIT, Visit
from bot.domain.outcomes.general import Fault
from bot.domain.phrases import Phrase, worded
from bot.domain.secret import Secret
from bot.domain.sign_in import Unproven
from bot.flows.correlation import about, new_id
from bot.flows.links.reveal import NO_PASSPHRASE, Revealer
from bot.flows.links.sign_in import Moot, SignedIn, Stranger
from bot.flows.links.visits import VisitCounter
from bot.flows.round_trips import NotSignedIn
from handlers.approver_pages import ApproverPages
from handlers.faults import failed
from handlers.page_answers import Answered, answer_of
from handlers.page_document import Document, read_document
from handlers.page_words import NOT_SIGNED_IN, STOPPED, UNDECIDED, texts
from handlers.sign_in import BACK, Door
from handlers.visitors import Visitors

MAX_BODY: Final = 4096
"""Bytes; a proof has 43 characters."""
VARY: Final = {"Vary": "Accept-Language"}


@dataclass(frozen=True)
class RevealRequest:
    """What the page posts: the proof, what it asks for, the visit's id, the passphrase's proof."""

    proof: Secret
    whose: bool
    visit: Secret
    sign_in: bool = False
    passphrase: Secret = NO_PASSPHRASE
    """What the page derived from the passphrase that was typed."""


@dataclass(frozen=True)
class Pages:
    """Serves browsers."""

    revealer: Revealer
    public_url: str
    workspace: str
    check: Callable[[], Awaitable[None]]
    """Raises `KeysmithError` while Redis can't be believed: what it lacks may have been opened."""
    of_header: Callable[[str], Language]
    """Gives the language that a browser accepts, or that a link names."""
    cloudinary: str
    """The base URL of Cloudinary's API, for the command that tries the credentials."""
    visitors: Visitors
    visits: VisitCounter
    door: Door | None = None
    """Signs visitors in; without it a link works for its bearer."""
    approvers: ApproverPages | None = None
    """Signs approvers in, at the same address of Slack's redirect."""
    document: Document = field(default_factory=read_document, repr=False)

    def routes(self) -> list[web.RouteDef]:
        """List the page and its POST; under the prefix of the public URL too."""
        # A reverse proxy may pass the prefix on, or take it off.
        return [
            route
            for prefix in dict.fromkeys(("", urlsplit(self.public_url).path))
            for route in (
                web.get(f"{prefix}/s/{{id}}", self.cover),
                web.post(f"{prefix}/s/{{id}}", self.press),
                web.get(f"{prefix}{BACK}", self.returned),
            )
        ] + (self.approvers.routes() if self.approvers else [])

    async def cover(self, request: web.Request) -> web.Response:
        """Show the page, the same for every id: it learns what became of its link by its proof."""
        try:
            await self.check()
        except Exception as error:  # noqa: BLE001  # a sentence and an id, never a traceback
            fault = failed(error)
            reason = STOPPED if fault.fault is Fault.HALTED else None
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return self._page(request, "broken", status, fault.error_id, reason=reason)
        return self._page(request, "waiting", HTTPStatus.OK)

    async def returned(self, request: web.Request) -> web.Response:
        """End a sign-in where Slack redirects to, and go on to the link or the approval."""
        if self.approvers and self.approvers.owns(request):
            return await self.approvers.returned(request)
        if self.door is None:
            return self._page(request, "gone", HTTPStatus.NOT_FOUND)
        try:
            await self.check()
            ended = await self.door.end(request)
            if isinstance(ended, Stranger):
                await self.visits.count(Visit.FOREIGN)
        except Exception as error:  # noqa: BLE001  # a sentence and an id, never a traceback
            fault, status = failed(error), HTTPStatus.SERVICE_UNAVAILABLE
            return self._page(request, "unsigned", status, fault.error_id, reason=UNDECIDED)
        match ended:
            case SignedIn(carried):
                response = self.door.let_in(carried)
            case Moot(link_id):
                response = self.door.to_link(link_id)
            case Stranger():
                response = self._page(request, "foreign", HTTPStatus.FORBIDDEN)
            case NotSignedIn(reason):
                status, said = HTTPStatus.FORBIDDEN, NOT_SIGNED_IN[reason]
                response = self._page(request, "unsigned", status, reason=said)
                if reason is Unproven.ELSEWHERE:  # a sign-in that goes on may be this browser's
                    return response
            case _:
                assert_never(ended)
        self.door.leave(request, response)
        return response

    async def press(self, request: web.Request) -> web.Response:
        """Open a link or name its owner, for a browser that proves to hold the fragment key."""
        body, link_id = await self._body(request), request.match_info["id"]
        if self.door and (unwrapped := self.door.unwrap(request, link_id, body)):
            return unwrapped
        posted = _posted(body)
        if posted is None:
            return self._json({"error": "refused"}, HTTPStatus.FORBIDDEN)
        with about(new_id()):
            return await self._pressed(request, posted)

    async def _pressed(self, request: web.Request, posted: RevealRequest) -> web.Response:
        link_id, connected = request.match_info["id"], partial(_is_connected, request)
        try:
            await self.check()
            visitor = self.door.visitor(request, link_id) if self.door else None
            place = self.visitors.place(request)
            if posted.whose or posted.sign_in:
                found = await self.revealer.whose(link_id, posted.proof, visitor)
                if posted.sign_in and self.door and isinstance(found, links.Addressed):
                    return self.door.begin(request, link_id)
                answer = await self._counted(link_id, found, place)
            else:
                beside = connected, visitor, self.visitors.browser(request), posted.passphrase
                given = link_id, posted.proof, posted.visit, *beside
                opened = await self.revealer.reveal(*given)
                answer = await self._counted(link_id, opened, place)
        except Exception as error:  # noqa: BLE001  # a sentence and an id, never a traceback
            fault = failed(error)
            text = worded(happened(fault), self._language(request))
            body = {"error": "not_enabled", "id": fault.error_id, "text": text}
            answer = body, HTTPStatus.SERVICE_UNAVAILABLE
        return self._json(*answer)

    async def _counted(
        self, link_id: str, result: links.Whose | links.Reveal, place: str
    ) -> Answered:
        """Answer, unless too many visits that open nothing come from that place."""
        if await self.visits.serves(link_id, result, place):
            return answer_of(result, self.workspace)
        return {"error": "limited"}, HTTPStatus.TOO_MANY_REQUESTS

    async def _body(self, request: web.Request) -> object:
        """Read the body; None where another site sent it, or it is malformed."""
        origin = request.headers.get("Origin")
        foreign = origin is not None and origin != _origin(self.public_url)
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if foreign or site != "same-origin" or request.content_type != "application/json":
            return None
        try:
            raw = await request.read()
            body: object = json.loads(raw) if len(raw) <= MAX_BODY else None
        except (ValueError, RecursionError):
            return None
        return body

    def _page(
        self,
        request: web.Request,
        state: str,
        status: HTTPStatus,
        error_id: str = "",
        *,
        reason: Phrase | None = None,
    ) -> web.Response:
        language, signs_in = self._language(request), self.door is not None
        fields = texts(language, error_id, reason, signs_in=signs_in)
        fields |= {"state": state}
        fields["cloudinary"] = html.escape(self.cloudinary)
        text, headers = (
            self.document.fill(fields),
            {"Content-Security-Policy": self.document.policy},
        )
        return web.Response(
            text=text, status=status, content_type="text/html", headers=VARY | headers
        )

    def _language(self, request: web.Request) -> Language:
        """That of the link's owner, which the link itself names; else that of the browser."""
        accepted = ",".join(request.headers.getall("Accept-Language", ()))
        return self.of_header(f"{request.query.get(links.LANGUAGE, '')},{accepted}")

    def _json(self, body: dict[str, str], status: HTTPStatus) -> web.Response:
        wait = {"Retry-After": str(WAIT)} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
        return web.json_response(body, status=status, headers=VARY | wait)


def _posted(body: object) -> RevealRequest | None:
    """Read what the page posts with its proof; None if it is malformed."""
    match body:
        case {"proof": str() as proof, **rest}:
            visit, passphrase = rest.get("visit", ""), rest.get("passphrase", "")
            whose, sign_in = rest.get("whose") is True, rest.get("sign_in") is True
            if not isinstance(visit, str) or not isinstance(passphrase, str):
                return None
            return RevealRequest(Secret(proof), whose, Secret(visit), sign_in, Secret(passphrase))
        case _:
            return None


def _is_connected(request: web.Request) -> bool:
    """Whether the browser still waits for the answer."""
    return request.transport is not None and not request.transport.is_closing()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
