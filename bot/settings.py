"""The settings, read once from the environment into a frozen object whose secrets never print.

An error reports every variable that is missing or wrong, by its name and never by its value.
"""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.operators import Operator
from bot.errors import ConfigurationError

SHIPPED_POLICY: Final = Path(__file__).parent.parent / "policy"
KEY_BYTES: Final = 32
MAX_PORT: Final = 65535
MIN_TTL: Final = timedelta(minutes=1)
MAX_TTL: Final = timedelta(days=7)
"""A link that never expires would be a standing risk."""
MIN_KEEP: Final = timedelta(days=30)
"""Processes that have not looked at the audit log for so long are not expected."""
MAX_KEEP: Final = timedelta(days=36_500)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _parsed(parse: Callable[[str], object]) -> BeforeValidator:
    """Parse the text of a variable; a default is already a value."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def _duration(value: str) -> timedelta:
    span = _span(value)
    if not MIN_TTL <= span <= MAX_TTL:
        raise ValueError("wants a time such as 10m, 8h or 1d, from 1m to 7d")
    return span


def _keep(value: str) -> timedelta:
    span = _span(value)
    if not MIN_KEEP <= span <= MAX_KEEP:
        raise ValueError("wants a number of days such as 400d, from 30d to 36500d")
    return span


def _span(value: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", value)
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))}) if found else timedelta()


def _keys(value: str) -> tuple[SecretStr, ...]:
    return tuple(_key(part.strip()) for part in value.split(","))


def _key(text: str) -> SecretStr:
    altchars = b"-_" if set(text) & set("-_") else None
    try:
        raw = base64.b64decode(text, altchars, validate=True)
    except ValueError:  # binascii.Error is one
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"wants base64 of {KEY_BYTES} bytes each, comma-separated")
    return SecretStr(raw.hex())


def _directory(text: str) -> Path | None:
    return Path(text) if text.strip() else None  # an empty path would be the current directory


def _operators(value: str) -> tuple[Operator, ...]:
    found = tuple(Operator.parse(part) for part in value.split(",") if part.strip())
    if len({operator.login for operator in found}) < len(found):
        raise ValueError("names a login twice")
    return found


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # its message repeats the value
        raise ValueError("wants a URL with its scheme and host") from None
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("wants a URL with its scheme and host")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError("wants https; plain http is for this machine alone")
    return url


def _public(url: str) -> str:
    """Write a URL as browsers write its origin, so that both can be compared as texts."""
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None or "?" in url or "#" in url:
        raise ValueError("wants a URL without user, query or fragment")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/*", parts.path) or ".." in parts.path:
        raise ValueError("wants a path of letters, digits, dots and dashes, or none")
    host = str(parts.hostname)
    if not host.isascii():  # two standards spell such a host differently
        raise ValueError("wants the host in its ASCII form, xn--…")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("wants a port from 1 to 65535") from None
    shown = f"[{host}]" if ":" in host else host
    if port not in {None, {"http": 80, "https": 443}[parts.scheme]}:
        shown += f":{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}"


def _address(text: str) -> str:
    found = re.fullmatch(r"(?:(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):)?([0-9]{1,5})", text)
    if not found or int(found.group(1)) > MAX_PORT:
        raise ValueError("wants a port, or HOST:PORT")
    return text


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("is empty")
    return value


Secret = Annotated[SecretStr, AfterValidator(_filled)]
Url = Annotated[str, AfterValidator(_url)]
Ttl = Annotated[timedelta, _parsed(_duration)]
Keep = Annotated[timedelta, _parsed(_keep)]


class PolicySettings(BaseSettings):
    """Settings of the policy subcommands, which call no service."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    policy_file: Path = SHIPPED_POLICY


class StoreSettings(BaseSettings):
    """Settings of the audit commands: Redis, and the keys of the audit log."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    redis_url: Secret | None = None
    keysmith_keys: Annotated[tuple[SecretStr, ...], NoDecode, _parsed(_keys)]
    keep: Keep = timedelta(days=400)
    audit_archive: Annotated[Path | None, _parsed(_directory)] = None

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys of the audit log and of sealed fields, newest first."""
        return tuple(bytes.fromhex(key.get_secret_value()) for key in self.keysmith_keys)


class Settings(StoreSettings, PolicySettings):
    """All settings; the README describes each variable."""

    slack_bot_token: Secret
    slack_app_token: Secret | None = None
    slack_signing_secret: Annotated[Secret | None, Field(validate_default=True)] = None
    slack_api_url: Url = "https://slack.com/api/"
    slack_team_id: str | None = None
    approvals_channel: str = Field(min_length=1)
    security_channel: str | None = None
    cloudinary_account_url: Secret
    cloudinary_api_url: Url = "https://api.cloudinary.com"
    public_url: Annotated[str, AfterValidator(_url), AfterValidator(_public)]
    port: int = Field(default=3000, ge=0, le=MAX_PORT)
    admin_port: Annotated[str, AfterValidator(_address)] = "3001"
    operators: Annotated[tuple[Operator, ...], NoDecode, _parsed(_operators)] = ()
    link_ttl: Ttl = timedelta(minutes=10)
    request_ttl: Ttl = timedelta(hours=8)
    rotation_grace: Ttl = timedelta(hours=24)
    log_level: Annotated[str, Field(pattern="^(?i:debug|info|warning|error)$")] = "info"

    @field_validator("slack_signing_secret")
    @classmethod
    def _signed_or_socket(cls, value: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if value is None and known.data.get("slack_app_token") is None:
            raise ValueError("is missing (or SLACK_APP_TOKEN, for Socket Mode)")
        return value

    @field_validator("cloudinary_account_url")
    @classmethod
    def _account(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"account://[^:@/]+:[^:@/]+@[^:@/?]+", value.get_secret_value()):
            raise ValueError("wants account://KEY:SECRET@ACCOUNT_ID")
        return value

    @field_validator("public_url")
    @classmethod
    def _no_make_believe(cls, value: str, known: ValidationInfo) -> str:
        services = ("slack_api_url", "cloudinary_api_url")
        near = [name.upper() for name in services if is_loopback(known.data.get(name, ""))]
        if near and not is_loopback(value):
            raise ValueError(
                f"is public, but {' and '.join(near)} is on this machine: a make-believe service"
                " must not stand behind a public bot"
            )
        return value

    @property
    def admin_address(self) -> tuple[str, int]:
        """Where health and metrics are served: this machine only, unless a host is given."""
        host, _, port = self.admin_port.rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def told_of_danger(self) -> str:
        """The channel for notices to security."""
        return self.security_channel or self.approvals_channel


S = TypeVar("S", bound=BaseSettings)


def read_settings(kind: type[S]) -> S:
    """Read the environment. Raises `ConfigurationError`, which names every fault and no value."""
    try:
        return kind()
    except ValidationError as error:
        raise ConfigurationError(_faults(error)) from None


def _faults(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in fault["loc"][:1]).upper()
        what = "is missing" if fault["type"] == "missing" else fault["msg"]
        lines.append(f"  {name} {what}".replace("Value error, ", "").rstrip())
    return "Keysmith can't start. Set these and start it again:\n" + "\n".join(lines)
