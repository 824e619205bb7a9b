"""Liveness, readiness and metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from bot.domain.audit import Head
from bot.errors import StoreError
from handlers.metrics import Metrics
from handlers.readiness import Readiness


@dataclass(frozen=True)
class Health:
    """Endpoints for the platform; `head` reads where the audit log ends, for the metrics."""

    head: Callable[[], Awaitable[Head]]
    metrics: Metrics
    readiness: Readiness

    def routes(self) -> list[web.RouteDef]:
        """List the three paths."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.page),
        ]

    async def alive(self, _: web.Request) -> web.Response:
        """Answer that the process runs."""
        return web.Response(text="alive\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Answer whether the process can do its work; if not, one line for each reason."""
        if reasons := await self.readiness.reasons():
            text = "".join(f"{reason}\n" for reason in reasons)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=text)
        return web.Response(text="ready\n")

    async def page(self, _: web.Request) -> web.Response:
        """Answer with the metrics."""
        try:
            self.metrics.audit_head.set((await self.head()).seq)
        except StoreError:
            self.metrics.audit_head.set(float("nan"))
        return web.Response(body=self.metrics.page(), content_type="text/plain", charset="utf-8")
