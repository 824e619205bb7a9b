"""Reads who visits a page from a request; their address leaves here as a mark alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.domain.visitors import Browser, Network, address_of, network_of

FORWARDED: Final = "X-Forwarded-For"


@dataclass(frozen=True)
class Visitors:
    """Reads the browser of a request."""

    mark: Callable[[str], str]
    """Gives the keyed hash of an address. May raise `StoreError`."""
    proxies: Sequence[Network] = ()

    def address(self, request: web.Request) -> str:
        """Give the address that a request comes from."""
        return address_of(request.remote or "", request.headers.getall(FORWARDED, ()), self.proxies)

    def place(self, request: web.Request) -> str:
        """Give the mark of the network that a request comes from. May raise `StoreError`.

        Without an address all share one: limits hold then too.
        """
        return self.mark(network_of(self.address(request)))

    def browser(self, request: web.Request) -> Browser:
        """Give what is told of a browser. May raise `StoreError`."""
        address = self.address(request)
        return Browser(request.headers.get("User-Agent", ""), self.mark(address) if address else "")
