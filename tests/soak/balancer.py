"""The balancer before the web processes: Slack's deliveries and the pages of links."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import aiohttp
from aiohttp import web

from sandbox.running import SLACK_EVENTS
from tests.scenarios.two_bots import FORWARDED

PAGES: Final = "/s/{link}"


@dataclass
class Balancer:
    """Forwards each request to the web processes in turn; a dead one is passed over."""

    session: aiohttp.ClientSession
    deliver: Callable[[bytes], str | None]
    """Gets each delivery, and gives its mark."""
    answered: Callable[[str, str], None]
    """Gets the mark and the text of an answer that is in the ack, as where Redis is away."""
    addresses: list[str] = field(default_factory=list)
    turn: "count[int]" = field(default_factory=count)

    def application(self) -> web.Application:
        """Build the server."""
        application = web.Application()
        application.router.add_post(SLACK_EVENTS, self._delivery)
        application.router.add_route("*", PAGES, self._forward)
        return application

    async def _delivery(self, request: web.Request) -> web.Response:
        mark = self.deliver(await request.read())
        answer = await self._forward(request)
        if mark is not None and answer.status == web.HTTPOk.status_code and answer.body:
            self.answered(mark, answer.text or "")
        return answer

    async def _forward(self, request: web.Request) -> web.Response:
        """Forward one request; only one that was not sent yet may go to the next process."""
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        body, first = await request.read(), next(self.turn)
        for step in range(len(self.addresses)):
            url = self.addresses[(first + step) % len(self.addresses)] + request.path
            try:
                async with self.session.request(
                    request.method, url, data=body, headers=headers
                ) as answer:
                    kind = answer.headers.get("Content-Type", "").partition(";")[0] or None
                    found = await answer.read()
                    return web.Response(status=answer.status, body=found, content_type=kind)
            except aiohttp.ClientConnectorError:
                continue
            except aiohttp.ClientError:
                break
        return web.Response(status=502)
