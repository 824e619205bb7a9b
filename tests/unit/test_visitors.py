"""Who visits a page: the browser in words, and the address behind proxies."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.visitors import AGENT_LIMIT, Browser, address_of, browser_in, cleaned, system_in

AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": (
        "Firefox",
        "Windows",
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0": ("Edge", "Windows"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.4 Safari/605.1.15": ("Safari", "macOS"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) CriOS/138.0.0.0 Mobile/15E148 Safari/604.1": ("Chrome", "iOS"),
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko)"
    " SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": ("Samsung Internet", "Android"),
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36": ("Chrome", "ChromeOS"),
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0": ("Opera", "Linux"),
    "curl/8.14.1": ("", ""),
    "": ("", ""),
}
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize("agent", AGENTS)
def test_a_browser_is_told_in_words(agent: str) -> None:
    """By what it adds, since each calls itself by the others' names too"""
    assert AGENTS[agent] == (browser_in(agent), system_in(agent))


@given(st.text(max_size=3000))
def test_what_is_kept_of_a_browser_is_short_and_printable(agent: str) -> None:
    """Anyone can write that header"""
    kept = Browser(agent).facts.get("agent", "")
    assert kept == cleaned(kept)
    assert len(kept) <= AGENT_LIMIT
    assert kept.isascii()
    assert kept.isprintable()
    assert browser_in(agent) in {"", *(browser for browser, _ in AGENTS.values())}


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.9", "198.51.100.1, 10.0.0.3"], "198.51.100.1"),
        ("::ffff:10.0.0.2", ["2001:db8::1"], "2001:db8::1"),
        ("fd00::2", ["10.0.0.9"], "10.0.0.9"),
        ("10.0.0.2", ["unknown"], "10.0.0.2"),
        ("10.0.0.2", ["192.0.2.9, <script>"], "10.0.0.2"),
        ("10.0.0.2", ["198.51.100.1:51234"], "198.51.100.1"),
        ("10.0.0.2", ["[2001:db8::1]:51234, 10.0.0.3:80"], "2001:db8::1"),
        ("10.0.0.2", ["[2001:db8::1]"], "2001:db8::1"),
        ("10.0.0.2", ["2001:db8::1:5123"], "2001:db8::1:5123"),
        ("10.0.0.2", ["198.51.100.1:port"], "10.0.0.2"),
        ("10.0.0.2", ["[]"], "10.0.0.2"),
        ("", ["192.0.2.9"], ""),
    ],
)
def test_an_address_is_the_nearest_that_is_no_proxy(
    peer: str, forwarded: list[str], found: str
) -> None:
    """What a client wrote into the header itself counts for nothing"""
    assert found == address_of(peer, forwarded, PROXIES)
