"""Sign in with Slack on pages: cookies, and the address that Slack redirects to."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.domain.people import Actor
from bot.domain.sign_in import BEGUN_FOR, SIGNED_IN_FOR, WRAPPED_FOR
from bot.flows.links.sign_in import Ended, SignIns
from bot.flows.round_trips import APPROVAL, Carried, tag_in, tag_of

BACK: Final = "/sign-in/slack"
"""Where Slack sends browsers back to, below PUBLIC_URL."""
LONGEST: Final = 2048
"""Characters of what Slack's redirect has, each."""
_BEGUN: Final = "begun"
_SIGNED_IN: Final = "signed-in"
_WRAPPING: Final = "wrapping"
_UNWRAP: Final = {"unwrap": True}
"""What a page posts that comes back from Slack."""


@dataclass(frozen=True)
class Cookies:
    """What a browser carries for the sign-ins at a server.

    A cookie is bound to this host (`__Host-`) and to one link or approval, by its name and inside
    the seal. A server on this machine without TLS has no such cookies.
    """

    public_url: str

    def keep(
        self, response: web.Response, kind: str, carried: Carried, lasts: timedelta, site: str
    ) -> None:
        """Let the browser carry it."""
        response.set_cookie(
            self._name(kind, tag_of(carried.about)),
            carried.sealed,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite=site,
        )

    def begin(self, response: web.Response, carried: Carried) -> None:
        """Let it carry what a sign-in needs at its end."""
        # Slack's redirect comes from another site: a strict cookie would stay behind.
        self.keep(response, _BEGUN, carried, BEGUN_FOR, "Lax")

    def kept(self, request: web.Request, kind: str, tag: str) -> str:
        """Give what it carries; empty if nothing."""
        return request.cookies.get(self._name(kind, tag), "")

    def returned(self, request: web.Request) -> tuple[str, str, str, str]:
        """Read Slack's redirect, and what the browser carries for it."""
        state, code, error = (
            request.query.get(each, "")[:LONGEST] for each in ("state", "code", "error")
        )
        tag = tag_in(state).removeprefix(APPROVAL)
        return state, code, error, self.kept(request, _BEGUN, tag)

    def leave(self, request: web.Request, response: web.Response) -> None:
        """End what the browser carried for a sign-in that is over."""
        tag = tag_in(request.query.get("state", "")).removeprefix(APPROVAL)
        name = self._name(_BEGUN, tag)
        if name in request.cookies:
            response.del_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")

    @property
    def _secure(self) -> bool:
        return self.public_url.startswith("https:")

    def _name(self, kind: str, tag: str) -> str:
        return f"{'__Host-' if self._secure else ''}keysmith-{kind}-{tag}"


@dataclass(frozen=True)
class Door:
    """Signs visitors of links in."""

    flow: SignIns
    public_url: str

    @property
    def _cookies(self) -> Cookies:
        return Cookies(self.public_url)

    def begin(self, request: web.Request, link_id: str) -> web.Response:
        """Tell the page where to sign in, and what it wraps its key with meanwhile.

        May raise `StoreError`.
        """
        begun, kept = self.flow.begin(link_id), self._wrapping(request, link_id)
        wrapping, carried = self.flow.wrappings.give(link_id, kept)
        response = web.json_response({"location": begun.address, "wrapping": wrapping.show()})
        self._cookies.begin(response, begun.carried)
        self._cookies.keep(response, _WRAPPING, carried, WRAPPED_FOR, "Strict")
        return response

    def unwrap(self, request: web.Request, link_id: str, posted: object) -> web.Response | None:
        """Give the wrapping key to the page that has its cookie; None for anything else.

        It needs no proof, since the page has none without it, and asks nothing of Redis: what it
        answers depends on the cookie, never on what became of the link.
        """
        if posted != _UNWRAP:
            return None
        wrapping = self.flow.wrappings.read(link_id, self._wrapping(request, link_id))
        return web.json_response({"wrapping": wrapping.show()}) if wrapping else None

    async def end(self, request: web.Request) -> Ended:
        """Read Slack's redirect. May raise `SlackAway` or `StoreError`."""
        return await self.flow.end(*self._cookies.returned(request))

    def leave(self, request: web.Request, response: web.Response) -> None:
        """End what the browser kept of a sign-in that is over."""
        self._cookies.leave(request, response)

    def let_in(self, carried: Carried) -> web.Response:
        """Send the owner back to the link, signed in for it."""
        response = self.to_link(carried.about)
        self._cookies.keep(response, _SIGNED_IN, carried, SIGNED_IN_FOR, "Strict")
        return response

    def to_link(self, link_id: str) -> web.Response:
        """Send the browser back; an empty fragment, so that it passes on none of Slack's."""
        location = {"Location": f"{self.public_url}/s/{link_id}#"}
        return web.Response(status=HTTPStatus.SEE_OTHER, headers=location)

    def visitor(self, request: web.Request, link_id: str) -> Actor | None:
        """Give who is signed in for the link."""
        return self.flow.visitor(link_id, self._cookies.kept(request, _SIGNED_IN, tag_of(link_id)))

    def _wrapping(self, request: web.Request, link_id: str) -> str:
        return self._cookies.kept(request, _WRAPPING, tag_of(link_id))
