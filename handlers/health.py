"""Is it alive, is it ready, what does it count."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from bot.domain.audit import Head
from bot.errors import StoreError
from handlers.metrics import Metrics


@dataclass(frozen=True)
class Health:
    """What a platform asks; `head` reads the store, so it is the readiness too."""

    head: Callable[[], Awaitable[Head]]
    metrics: Metrics

    def routes(self) -> list[web.RouteDef]:
        """The three paths."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.counted),
        ]

    async def alive(self, _: web.Request) -> web.Response:
        """Answer at all."""
        return web.Response(text="alive\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Answer whether commands can be kept."""
        try:
            await self.head()
        except StoreError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="store away\n")
        return web.Response(text="ready\n")

    async def counted(self, _: web.Request) -> web.Response:
        """Answer what was counted."""
        try:
            self.metrics.audit_head.set((await self.head()).seq)
        except StoreError:
            self.metrics.audit_head.set(float("nan"))
        return web.Response(body=self.metrics.page(), content_type="text/plain", charset="utf-8")
