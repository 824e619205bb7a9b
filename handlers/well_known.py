"""Files at agreed paths: for crawlers, and for who finds a vulnerability (RFC 9116)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

ROBOTS: Final = "/robots.txt"
SECURITY: Final = "/.well-known/security.txt"
EXPIRES_AFTER: Final = timedelta(days=90)
"""A running bot writes a new date; RFC 9116 advises less than a year."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class WellKnown:
    """Serves both; security.txt only where there is someone to write to."""

    public_url: str
    contact: str | None
    now: Callable[[], datetime] = _now

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """List the paths, under the prefix of the public URL too."""
        served = {ROBOTS: self.robots} | ({SECURITY: self.security} if self.contact else {})
        return [
            web.get(f"{start}{path}", handler)
            for start in dict.fromkeys(("", prefix))
            for path, handler in served.items()
        ]

    async def robots(self, _: web.Request) -> web.Response:
        """Ask crawlers to stay away."""
        return web.Response(text="User-agent: *\nDisallow: /\n")

    async def security(self, _: web.Request) -> web.Response:
        """Say whom to tell about a vulnerability."""
        expires = (self.now() + EXPIRES_AFTER).astimezone(UTC).replace(microsecond=0)
        lines = (
            f"Contact: {self.contact}",
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            f"Canonical: {self.public_url}{SECURITY}",
        )
        return web.Response(text="".join(f"{line}\n" for line in lines))
