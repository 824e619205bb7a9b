"""The way to other hosts: by which proxy, and in words what went wrong on it."""

import errno
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from bot.errors import ConfigurationError

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES: Final = {"wss": "https", "ws": "http"}
"""Websockets use the proxy of the pages of the same host."""

_CERTIFICATES: Final = {
    9: "is not valid yet: is this machine's clock right?",
    10: "has expired",
    62: "is for another name",
    64: "is for another address",
}
"""OpenSSL's codes (`man openssl-verification-options`); all others are about the authority."""
_UNKNOWN_AUTHORITY: Final = (
    "is of an authority that this machine does not trust (SSL_CERT_FILE names further ones)"
)
_PROXY_WANTS_LOGIN: Final = 407
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


def proxy_for(url: str) -> str | None:
    """Give the proxy on the way to a URL, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; None without.

    A proxy never leads back to this machine. Raises `ConfigurationError`, which repeats no value.
    """
    parts = urlsplit(url)
    host, scheme = parts.hostname or "", _SCHEMES.get(parts.scheme, parts.scheme)
    if host in _LOOPBACK or proxy_bypass(host):
        return None
    found = getproxies().get(scheme)
    if not found:
        return None
    proxy = found if "://" in found else f"http://{found}"
    try:
        written = urlsplit(proxy)
        usable = written.scheme in {"http", "https"} and written.hostname and written.port != 0
    except ValueError:  # its message repeats the value
        usable = False
    if not usable:
        raise ConfigurationError(f"{scheme.upper()}_PROXY wants http://HOST:PORT.")
    return proxy


def fault_on_the_way(error: BaseException, url: str) -> str:
    """Say what went wrong on the way to a URL: a sentence without a stop, without a secret."""
    host, proxy = urlsplit(url).hostname or "", proxy_for(url)
    through = urlsplit(proxy).hostname or "" if proxy else ""
    chain = list(_chain(error))
    for each in chain:
        if found := _fault(each, host, through):
            return found
    if any(isinstance(each, TimeoutError) for each in chain):
        by = f", asked through the proxy {through}" if through else ""
        return f"{host} did not answer in time{by}"
    return f"the connection to {host} broke ({type(error).__name__})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and those that led to it, which hold what the system said."""
    seen = 0
    while error is not None and seen < 10:  # noqa: PLR2004  # a loop of causes ends
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _fault(error: BaseException, host: str, through: str) -> str:
    match error:
        case aiohttp.ClientHttpProxyError():
            login = " It wants a login: http://USER:PASSWORD@HOST:PORT"
            more = login if error.status == _PROXY_WANTS_LOGIN else ""
            return f"the proxy {through} refuses the way to {host} (status {error.status}).{more}"
        case aiohttp.ClientConnectorCertificateError():
            return _certificate(error.certificate_error, error.host)
        case ssl.SSLCertVerificationError():
            return _certificate(error, host)
        case aiohttp.ClientConnectorError():
            name = "the proxy " + error.host if through and error.host == through else error.host
            return _unreached(error, error.os_error, str(name))
        case _:
            return ""


def _certificate(error: Exception, host: str) -> str:
    code = getattr(error, "verify_code", 0)
    return f"the certificate of {host} {_CERTIFICATES.get(code, _UNKNOWN_AUTHORITY)}"


def _unreached(error: aiohttp.ClientConnectorError, cause: OSError, name: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name of {name} is not found (DNS)"
    if isinstance(cause, ConnectionRefusedError):
        return f"{name} accepts no connection on port {error.port}"
    if isinstance(cause, ssl.SSLError):
        return f"{name} does not speak TLS on port {error.port}"
    if cause.errno in _NO_ROUTE:
        return f"this machine has no route to {name}"
    return f"{name} can't be reached"
