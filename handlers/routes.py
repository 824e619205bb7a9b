"""What the public port serves."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from handlers.gate import Gate
from handlers.leak_hook import LeakHook
from handlers.pages import Pages
from handlers.well_known import WellKnown


@dataclass(frozen=True)
class PublicRoutes:
    """Pages, deliveries of Slack if it signs them, reports of scanners, files at agreed paths."""

    pages: Pages
    well_known: WellKnown
    leak_hook: LeakHook
    gate: Gate

    def under(self, public_url: str, *, slack: bool) -> list[web.RouteDef]:
        """List the routes, under the prefix of the public URL too."""
        prefix = urlsplit(public_url).path
        paths = dict.fromkeys(("/slack/events", f"{prefix}/slack/events")) if slack else ()
        return [
            *self.pages.routes(),
            *self.well_known.routes(prefix),
            *self.leak_hook.routes(prefix),
            *(web.post(path, self.gate.deliver) for path in paths),
        ]
