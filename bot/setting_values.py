"""Reads the texts of variables. An error says what is wanted and never repeats the value."""

import base64
import os
import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.domain.link_rules import LONGEST, SHORTEST
from bot.domain.operators import Operator
from bot.domain.redis_url import RedisAddress
from bot.domain.visitors import Network

KEY_BYTES: Final = 32
MAX_PORT: Final = 65535
MIN_TTL: Final = timedelta(minutes=1)
MAX_TTL: Final = timedelta(days=7)
MAX_SOAK: Final = timedelta(days=90)
MIN_KEEP: Final = timedelta(days=30)
MAX_KEEP: Final = timedelta(days=36_500)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parsed(parse: Callable[[str], object]) -> BeforeValidator:
    """Parse the text of a variable; a default is already a value."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def whole(least: int, most: int) -> BeforeValidator:
    """Read a whole number; a fault says from where to where."""

    def read(text: str) -> int:
        found = re.fullmatch(r"[0-9]{1,9}", text.strip())
        if not found or not least <= int(text) <= most:
            raise ValueError(f"needs a whole number from {least} to {most}")
        return int(text)

    return parsed(read)


def one_of(pattern: str, expected: str) -> AfterValidator:
    """Require a text of a form, if there is one; a fault says which are expected."""

    def read(text: str | None) -> str | None:
        if text is not None and not re.fullmatch(pattern, text):
            raise ValueError(f"needs {expected}")
        return text

    return AfterValidator(read)


def duration(value: str) -> timedelta:
    """Read a time such as 10m, 8h or 1d. Raises `ValueError`."""
    return _span(value, MIN_TTL, MAX_TTL, "a time such as 10m, 8h or 1d, from 1m to 7d")


def link(value: str) -> timedelta:
    """Read how long a one-time link lives, such as 10m. Raises `ValueError`."""
    return _span(value, SHORTEST, LONGEST, "a time such as 10m, from 1m to 24h")


def soak(value: str) -> timedelta:
    """Read how long a rotated key stays disabled, such as 14d. Raises `ValueError`."""
    return _span(value, MIN_TTL, MAX_SOAK, "a time such as 14d, from 1m to 90d")


def kept(value: str) -> timedelta:
    """Read how long something is kept, such as 400d. Raises `ValueError`."""
    return _span(value, MIN_KEEP, MAX_KEEP, "a number of days such as 400d, from 30d to 36500d")


def _span(value: str, least: timedelta, most: timedelta, expected: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", value)
    span = timedelta(**{_UNITS[found.group(2)]: int(found.group(1))}) if found else timedelta()
    if not least <= span <= most:
        raise ValueError(f"needs {expected}")
    return span


def directory(value: str) -> Path | None:
    """Read a path; an empty one is none, not the current directory."""
    return Path(value) if value.strip() else None


def keys(value: str) -> tuple[SecretStr, ...]:
    """Read base64 keys of 32 bytes, comma-separated. Raises `ValueError`."""
    return tuple(_key(part.strip()) for part in value.split(","))


def _key(text: str) -> SecretStr:
    altchars = b"-_" if set(text) & set("-_") else None
    try:
        raw = base64.b64decode(text, altchars, validate=True)
    except ValueError:  # binascii.Error is one
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"needs base64 of {KEY_BYTES} bytes each, comma-separated")
    return SecretStr(raw.hex())


def operators(value: str) -> tuple[Operator, ...]:
    """Read operators, comma-separated; each login once. Raises `ValueError`."""
    found = tuple(Operator.parse(part) for part in value.split(",") if part.strip())
    if len({operator.login for operator in found}) < len(found):
        raise ValueError("names a login twice")
    return found


MOST_PROXIES: Final = 100


def networks(value: str) -> tuple[Network, ...]:
    """Read addresses and networks, comma-separated. Raises `ValueError`."""
    parts = [each.strip() for each in value.split(",") if each.strip()]
    try:
        found = tuple(map(ip_network, parts[: MOST_PROXIES + 1]))
    except ValueError:
        found = ()
    if not 0 < len(found) <= MOST_PROXIES:
        raise ValueError("needs addresses or networks, such as 10.0.0.0/8, comma-separated")
    return found


def switch(value: str) -> bool:
    """Read on or off. Raises `ValueError`."""
    if value.strip().casefold() not in {"on", "off"}:
        raise ValueError("needs on or off")
    return value.strip().casefold() == "on"


SHORTEST_SECRET: Final = 16


def sources(value: str) -> tuple[tuple[str, SecretStr], ...]:
    """Read `source=secret` pairs, comma-separated; each source once. Raises `ValueError`."""
    pairs = [each.strip().partition("=") for each in value.split(",") if each.strip()]
    for name, _, secret in pairs:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name) or len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"needs source=secret pairs, comma-separated, with {SHORTEST_SECRET} characters"
                " or more in each secret"
            )
    if len({name for name, _, _ in pairs}) < len(pairs):
        raise ValueError("names a source twice")
    return tuple((name, SecretStr(secret)) for name, _, secret in pairs)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def url(url: str) -> str:
    """Require https, or this machine. Raises `ValueError`."""
    try:
        parts = urlsplit(url)
    except ValueError:  # its message repeats the value
        raise ValueError("needs a URL with its scheme and host") from None
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("needs a URL with its scheme and host")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("needs https; plain http is for this machine alone")
    return url


def public(url: str) -> str:
    """Write a URL as browsers write its origin, so that both can be compared as texts."""
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None or "?" in url or "#" in url:
        raise ValueError("needs a URL without user, query or fragment")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/*", parts.path) or ".." in parts.path:
        raise ValueError("needs a path of letters, digits, dots and dashes, or none")
    host = str(parts.hostname)
    if not host.isascii():  # two standards spell such a host differently
        raise ValueError("needs the host in its ASCII form, xn--…")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("needs a port from 1 to 65535") from None
    shown = f"[{host}]" if ":" in host else host
    if port not in {None, {"http": 80, "https": 443}[parts.scheme]}:
        shown += f":{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}"


def address(text: str) -> str:
    """Require a port, or HOST:PORT. Raises `ValueError`."""
    found = re.fullmatch(r"(?:(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):)?([0-9]{1,5})", text)
    if not found or int(found.group(1)) > MAX_PORT:
        raise ValueError("needs a port, or HOST:PORT")
    return text


def redis_url(value: SecretStr | None) -> SecretStr | None:
    """Require a URL that leads to Redis. Raises `ValueError`."""
    if value:
        RedisAddress.parse(value.get_secret_value())
    return value


def readable(value: Path | None) -> Path | None:
    """Require a file that this process can read. Raises `ValueError`."""
    if value and not (os.access(value, os.R_OK) and value.is_file()):
        raise ValueError("names no file that can be read")
    return value


def named(value: str) -> str:
    """Require a text with no space around it. Raises `ValueError`."""
    if not value.strip():
        raise ValueError("is empty")
    if value != value.strip():
        raise ValueError("has a space or a line end around it")
    if not value.isprintable():
        raise ValueError("has a character that can't be printed")
    return value


def named_path(value: str) -> Path:
    """Read a path; an empty one is a fault, not the current directory. Raises `ValueError`."""
    if not value.strip():
        raise ValueError("is empty: give it a path, or leave it out")
    return Path(value)


def filled(value: SecretStr) -> SecretStr:
    """Require a value. Raises `ValueError`."""
    if not value.get_secret_value().strip():
        raise ValueError("is empty")
    return value
