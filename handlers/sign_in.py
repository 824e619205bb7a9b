"""Sign in with Slack on the pages of links: cookies, and the address that Slack redirects to."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.domain.people import Actor
from bot.domain.sign_in import BEGUN_FOR, SIGNED_IN_FOR
from bot.flows.links.sign_in import Carried, Ended, SignIns, tag_in, tag_of

BACK: Final = "/sign-in/slack"
"""Where Slack sends browsers back to, below PUBLIC_URL."""
LONGEST: Final = 2048
"""Characters of what Slack's redirect has, each."""


@dataclass(frozen=True)
class Door:
    """What a browser carries for the links that it signs in for.

    A cookie is bound to this host (`__Host-`) and to one link, by its name and inside the seal. A
    server on this machine without TLS has no such cookies.
    """

    flow: SignIns
    public_url: str

    def begin(self, link_id: str) -> web.Response:
        """Tell the page where to sign in. May raise `StoreError`."""
        begun = self.flow.begin(link_id)
        response = web.json_response({"location": begun.address})
        # Slack's redirect comes from another site: a strict cookie would stay behind.
        self._keep(response, "begun", begun.carried, BEGUN_FOR, "Lax")
        return response

    async def end(self, request: web.Request) -> Ended:
        """Read Slack's redirect. May raise `SlackAway` or `StoreError`."""
        state, code, error = (
            request.query.get(each, "")[:LONGEST] for each in ("state", "code", "error")
        )
        return await self.flow.end(state, code, error, self._kept(request, "begun", tag_in(state)))

    def leave(self, request: web.Request, response: web.Response) -> None:
        """End what the browser kept of a sign-in that is over."""
        name = self._name("begun", tag_in(request.query.get("state", "")))
        if name in request.cookies:
            response.del_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def let_in(self, carried: Carried) -> web.Response:
        """Send the owner back to the link, signed in for it."""
        response = self.to_link(carried.link_id)
        self._keep(response, "signed-in", carried, SIGNED_IN_FOR, "Strict")
        return response

    def to_link(self, link_id: str) -> web.Response:
        """Send the browser back; an empty fragment, so that it passes on none of Slack's."""
        location = {"Location": f"{self.public_url}/s/{link_id}#"}
        return web.Response(status=HTTPStatus.SEE_OTHER, headers=location)

    def visitor(self, request: web.Request, link_id: str) -> Actor | None:
        """Give who is signed in for the link."""
        return self.flow.visitor(link_id, self._kept(request, "signed-in", tag_of(link_id)))

    @property
    def _secure(self) -> bool:
        return self.public_url.startswith("https:")

    def _name(self, kind: str, tag: str) -> str:
        return f"{'__Host-' if self._secure else ''}keysmith-{kind}-{tag}"

    def _kept(self, request: web.Request, kind: str, tag: str) -> str:
        return request.cookies.get(self._name(kind, tag), "")

    def _keep(
        self, response: web.Response, kind: str, carried: Carried, lasts: timedelta, site: str
    ) -> None:
        response.set_cookie(
            self._name(kind, tag_of(carried.link_id)),
            carried.sealed,
            max_age=int(lasts.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite=site,
        )
