"""Liveness, readiness and metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.domain.audit import Head
from bot.errors import StoreError
from bot.flows.stock import StockTaker
from handlers.metrics import Metrics

PATIENCE: Final = 2.0
"""Seconds that a page of metrics waits for the store; Prometheus gives up after ten."""


@dataclass(frozen=True)
class Health:
    """Endpoints for the platform; `head` reads the store, so its success is readiness."""

    head: Callable[[], Awaitable[Head]]
    metrics: Metrics
    stock: StockTaker

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
        """Answer whether commands can be stored."""
        try:
            await self.head()
        except StoreError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="store away\n")
        return web.Response(text="ready\n")

    async def page(self, _: web.Request) -> web.Response:
        """Answer with the metrics."""
        try:
            async with asyncio.timeout(PATIENCE):
                self.metrics.stock.show(await self.stock.take_stock())
        except (StoreError, TimeoutError):
            self.metrics.stock.forget()
        return web.Response(body=self.metrics.page(), content_type="text/plain", charset="utf-8")
