"""Who visits a page, as far as HTTP says: the browser in words, the address behind proxies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network
AGENT_LIMIT: Final = 200
"""Characters of a browser's own description that are kept."""
HOME: Final = 64
"""Bits of an IPv6 address that are the visitor's network; the others they choose themselves."""
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""By the product that names each: Edge calls itself Chrome too, and all call themselves Safari."""
_SYSTEMS: Final = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
"""Android calls itself Linux, and iOS names macOS."""
_WITH_PORT: Final = re.compile(r"(?:\[([^\[\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Browser:
    """What is known of a browser that opens a link: what it says of itself, and a mark of where.

    `address` is a keyed hash: the address itself is stored nowhere.
    """

    agent: str = ""
    address: str = field(default="", repr=False)

    @property
    def facts(self) -> dict[str, str]:
        """What an audit entry has of it."""
        known = {"agent": cleaned(self.agent), "address": self.address}
        return {name: value for name, value in known.items() if value}


def cleaned(agent: str) -> str:
    """Keep what is printable ASCII of a header that anyone can write, up to a length."""
    plain = "".join(each if " " <= each <= "~" else " " for each in agent[: AGENT_LIMIT * 4])
    return " ".join(plain.split())[:AGENT_LIMIT]


def browser_in(agent: str) -> str:
    """Name the browser; empty where it is none that people use."""
    products = set(re.findall(r"([A-Za-z]+)/", cleaned(agent)))
    return next((name for product, name in _BROWSERS if product in products), "")


def system_in(agent: str) -> str:
    """Name the operating system; empty where the browser does not say."""
    words = set(re.findall(r"[A-Za-z]+", cleaned(agent)))
    return next((name for word, name in _SYSTEMS if word in words), "")


def address_of(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Give the address nearest to Keysmith that is none of its proxies.

    Each proxy adds whom it heard from at the right, so what stands to the left of the first
    address that is no proxy is whatever that client wrote.
    """
    found = ""
    for hop in reversed([*",".join(forwarded).split(","), peer]):
        address = _address(hop)
        if address is None:
            return found
        found = str(address)
        if not any(address in each for each in proxies):
            return found
    return found


def network_of(address: str) -> str:
    """Give what one visitor has: an IPv4 address, or the /64 that a provider gives of IPv6."""
    if ":" not in address:
        return address
    return str(IPv6Network((address.partition("%")[0], HOME), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address; some proxies write the port behind it."""
    with_port = _WITH_PORT.fullmatch(text.strip())
    try:
        found = ip_address(with_port[1] or with_port[2] if with_port else text.strip())
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
