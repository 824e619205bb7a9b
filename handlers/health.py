"""Liveness, readiness and metrics."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.errors import StoreError
from bot.flows.stock import StockTaker
from handlers.metrics import Metrics
from handlers.readiness import Readiness

PATIENCE: Final = 2.0
"""Seconds that a page of metrics waits for the store; Prometheus gives up after ten."""


@dataclass
class Health:
    """Endpoints for the platform, from the start of the process on.

    `awaited` has the services that the start waits for, each with the reason. `stock` looks
    at what is in the store, for the metrics; None until Redis is reached.
    """

    metrics: Metrics = field(default_factory=Metrics)
    readiness: Readiness = field(default_factory=Readiness)
    awaited: dict[str, str] = field(default_factory=dict)
    serving: bool = False
    remarks: Callable[[], Sequence[str]] = tuple
    """What does not work, although commands do."""
    stock: StockTaker | None = None

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
        if reasons := await self.readiness.reasons() if self.serving else self._starting():
            text = "".join(f"{reason}\n" for reason in reasons)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=text)
        return web.Response(text="\n".join(("ready", *self.remarks(), "")))

    def _starting(self) -> list[str]:
        waits = [f"waits for {name}: {reason}" for name, reason in self.awaited.items()]
        return ["Keysmith is starting", *waits]

    async def page(self, _: web.Request) -> web.Response:
        """Answer with the metrics."""
        if self.stock:
            try:
                async with asyncio.timeout(PATIENCE):
                    self.metrics.stock.show(await self.stock.take_stock())
            except (StoreError, TimeoutError):
                self.metrics.stock.forget()
        return web.Response(body=self.metrics.page(), content_type="text/plain", charset="utf-8")
