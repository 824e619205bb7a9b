"""The page on which an approver signs in with Slack, in place of typing a name.

It has no script. Who signs in there approves nothing: a vote is given in Slack.
"""

import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import urlsplit

from aiohttp import web

from bot.domain.languages import Language
from bot.domain.phrases import Phrase, Text
from bot.domain.request_ids import SHOWN
from bot.domain.requests.machine import Request
from bot.domain.sign_in import Unproven
from bot.flows.requests.sign_in import PAGE, ApproverSignIns, Ask, Look, Open, Over, Returned
from bot.flows.round_trips import APPROVAL, NotSignedIn
from handlers import approver_words as words
from handlers.approver_words import Said
from handlers.faults import failed
from handlers.page_document import Document, read_still
from handlers.page_words import NOT_SIGNED_IN, markup
from handlers.sign_in import Cookies

VARY: Final = {"Vary": "Accept-Language"}
ANOTHER: Final = "another"
"""In the query of that page: another person signed in."""


OfHeader = Callable[[str], Language]
"""Gives the language that a browser accepts, or that an address names."""


@dataclass(frozen=True)
class ApproverPages:
    """Serves approvers' browsers."""

    flow: ApproverSignIns
    public_url: str
    check: Callable[[], Awaitable[None]]
    """Raises `KeysmithError` while Redis can't be believed."""
    of_header: OfHeader
    document: Document = field(default_factory=lambda: read_still("approve"), repr=False)

    def routes(self) -> list[web.RouteDef]:
        """List the page and its button; under the prefix of the public URL too."""
        return [
            route
            for prefix in dict.fromkeys(("", urlsplit(self.public_url).path))
            for route in (
                web.get(f"{prefix}{PAGE}{{token}}", self.show),
                web.get(f"{prefix}{PAGE}{{token}}/slack", self.leave),
            )
        ]

    def owns(self, request: web.Request) -> bool:
        """Whether Slack's redirect is of a sign-in that began here."""
        return request.query.get("state", "").startswith(APPROVAL)

    async def show(self, request: web.Request) -> web.Response:
        """Say how the address stands; nothing happens."""
        token = request.match_info["token"]
        try:
            await self.check()
            look = await self.flow.look(token)
        except Exception as error:  # noqa: BLE001  # a sentence and an id, never a traceback
            return self._broken(request, error)
        return self._shown(request, look)

    def _shown(self, request: web.Request, look: Look | None) -> web.Response:
        match look:
            case None:
                return self._page(request, words.UNKNOWN, HTTPStatus.NOT_FOUND)
            case Over(ask):
                return self._page(request, words.OVER, HTTPStatus.GONE, ask)
            case Open(ask, asked, signed=True):
                return self._page(request, words.CONFIRMED, HTTPStatus.OK, ask, asked)
            case Open(ask, asked):
                ended = request.query.get("ended", "")
                if ended == ANOTHER:
                    return self._page(request, words.ANOTHER, HTTPStatus.FORBIDDEN, ask, asked)
                if ended in {*Unproven}:
                    reason, status = NOT_SIGNED_IN[Unproven(ended)], HTTPStatus.FORBIDDEN
                    return self._page(request, words.UNSIGNED, status, ask, asked, reason=reason)
                return self._page(request, words.WAITING, HTTPStatus.OK, ask, asked)
            case _:
                assert_never(look)

    async def leave(self, request: web.Request) -> web.Response:
        """Send the browser to Slack."""
        token = request.match_info["token"]
        try:
            begun = self.flow.begin(token)
        except Exception as error:  # noqa: BLE001  # as above
            return self._broken(request, error)
        if begun is None:
            return self._page(request, words.UNKNOWN, HTTPStatus.NOT_FOUND)
        response = _to(begun.address)
        Cookies(self.public_url).begin(response, begun.carried)
        return response

    async def returned(self, request: web.Request) -> web.Response:
        """End a sign-in where Slack redirects to, and go back to the page, which says how."""
        cookies = Cookies(self.public_url)
        try:
            await self.check()
            ended = await self.flow.end(*cookies.returned(request))
        except Exception as error:  # noqa: BLE001  # as above
            return self._broken(request, error)
        match ended:
            case NotSignedIn(reason, ""):  # a sign-in that goes on may be this browser's
                said = NOT_SIGNED_IN[reason]
                return self._page(request, words.UNKNOWN, HTTPStatus.FORBIDDEN, reason=said)
            case NotSignedIn(reason, token):
                response = self._back(token, reason)
            case Returned(token, another):
                response = self._back(token, ANOTHER if another else "")
            case _:
                assert_never(ended)
        cookies.leave(request, response)
        return response

    def _back(self, token: str, ended: str = "") -> web.Response:
        return _to(f"{self.public_url}{PAGE}{token}" + (f"?ended={ended}" if ended else ""))

    def _broken(self, request: web.Request, error: Exception) -> web.Response:
        error_id, status = failed(error).error_id, HTTPStatus.SERVICE_UNAVAILABLE
        return self._page(request, words.BROKEN, status, error_id=error_id)

    def _page(
        self,
        request: web.Request,
        said: Said,
        status: HTTPStatus,
        ask: Ask | None = None,
        asked: Request | None = None,
        *,
        reason: Phrase | None = None,
        error_id: str = "",
    ) -> web.Response:
        language = self._language(request, ask)
        id_ = asked.short_id if asked else ask.request_id[:SHOWN] if ask else ""
        named = {"id": id_, "fingerprint": ask.fingerprint if ask else "", "error": error_id}
        values = {name: Text(value, code=True) for name, value in named.items()}
        texts = [each.fill(**values) for each in (*((reason,) if reason else ()), *said.texts)]
        lines = [f"<p>{markup(each, language)}</p>" for each in texts]
        if said.press and ask:
            address = html.escape(f"{self.public_url}{PAGE}{request.match_info['token']}/slack")
            label = markup(said.press, language)
            lines.append(f'<p><a class="main" href="{address}">{label}</a></p>')
        fields = {name: markup(each, language) for name, each in _frame(said).items()}
        fields |= {"text": "\n".join(lines), "language": language.code}
        fields |= {"direction": language.direction}
        headers = VARY | {"Content-Security-Policy": self.document.policy}
        return web.Response(
            text=self.document.fill(fields),
            status=status,
            content_type="text/html",
            headers=headers,
        )

    def _language(self, request: web.Request, ask: Ask | None) -> Language:
        """That of the approver's Slack, which the address names; else that of the browser."""
        accepted = ",".join(request.headers.getall("Accept-Language", ()))
        return self.of_header(f"{ask.language if ask else ''},{accepted}")


def _frame(said: Said) -> dict[str, Phrase]:
    return {"page_title": words.TITLE, "heading": said.heading, "footer": words.FOOTER}


def _to(address: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
