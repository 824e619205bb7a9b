"""The settings, read once from the environment into a frozen object whose secrets never print.

An error reports every variable that is missing or wrong, by its name and never by its value.
"""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode

from bot import setting_values as values
from bot.domain.operators import Operator
from bot.domain.redis_url import RedisAddress
from bot.domain.visitors import Network
from bot.errors import ConfigurationError
from bot.secret_files import FromEnvironment, refuse

SHIPPED_POLICY: Final = Path(__file__).parent.parent / "policy"
REDIS_AUTH: Final = values.one_of(
    "entraid|elasticache(?:-serverless)?:[A-Za-z0-9-]+",
    "entraid, elasticache:CACHE or elasticache-serverless:CACHE",
)
"""Who gives the password of Redis: Entra ID, or AWS IAM for the cache of that name."""
SECURITY_CONTACT: Final = values.one_of(
    r"(?:https://|mailto:|tel:)[!-~]{1,200}", "a URI such as mailto:security@example.com"
)
"""Where people report vulnerabilities, as security.txt has it."""
LOG_LEVEL: Final = values.one_of("(?i:debug|info|warning|error)", "debug, info, warning or error")
MOST_REPLICAS: Final = 10
S = TypeVar("S", bound=BaseSettings)
V = TypeVar("V")
Secret = Annotated[SecretStr, BeforeValidator(refuse), AfterValidator(values.filled)]
Name = Annotated[str, AfterValidator(values.named)]
Url = Annotated[str, AfterValidator(values.url)]
Ttl = Annotated[timedelta, values.parsed(values.duration)]
Soak = Annotated[timedelta, values.parsed(values.soak)]
Keep = Annotated[timedelta, values.parsed(values.kept)]


class PolicySettings(FromEnvironment):
    """Settings of the policy subcommands, which call no service."""

    policy_file: Annotated[Path, values.parsed(values.named_path)] = SHIPPED_POLICY


class StoreSettings(FromEnvironment):
    """Settings of the audit commands: Redis, and the keys of the audit log."""

    redis_url: Annotated[Secret | None, AfterValidator(values.redis_url)] = None
    redis_password: Secret | None = None
    redis_sentinel_password: Secret | None = None
    redis_ca_file: Annotated[Path | None, AfterValidator(values.readable)] = None
    redis_cert_file: Annotated[Path | None, AfterValidator(values.readable)] = None
    redis_key_file: Annotated[Path | None, AfterValidator(values.readable)] = None
    redis_auth: Annotated[str | None, REDIS_AUTH] = None
    redis_replicas: Annotated[int, values.whole(0, MOST_REPLICAS)] = 0
    keysmith_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, values.parsed(values.keys), BeforeValidator(refuse)
    ]

    keep: Keep = timedelta(days=400)
    audit_archive: Annotated[Path | None, values.parsed(values.directory)] = None

    @field_validator("redis_ca_file", "redis_cert_file", "redis_key_file")
    @classmethod
    def _with_tls(cls, value: Path | None, known: ValidationInfo) -> Path | None:
        url = known.data.get("redis_url")
        if value and url and not RedisAddress.parse(url.get_secret_value()).tls:
            raise ValueError("needs a REDIS_URL with TLS, such as rediss://")
        return value

    @field_validator("redis_password", "redis_auth")
    @classmethod
    def _one_password(cls, value: V, known: ValidationInfo) -> V:
        url = known.data.get("redis_url")
        if value and url and RedisAddress.parse(url.get_secret_value()).password:
            raise ValueError("is set, and REDIS_URL has a password too: keep one of them")
        if value and url is None and "redis_url" in known.data:
            raise ValueError("is set, and REDIS_URL is not")
        return value

    @property
    def redis(self) -> RedisAddress | None:
        """Where Redis is and how to log in; None for a private server."""
        if self.redis_url is None:
            return None
        address = RedisAddress.parse(self.redis_url.get_secret_value())
        password, sentinel = self.redis_password, self.redis_sentinel_password
        files = {
            "ssl_ca_certs": self.redis_ca_file,
            "ssl_certfile": self.redis_cert_file,
            "ssl_keyfile": self.redis_key_file,
        }
        named = {option: str(file) for option, file in files.items() if file}
        return replace(
            address,
            password=password.get_secret_value() if password else address.password,
            sentinel_password=sentinel.get_secret_value() if sentinel else "",
            options=tuple((dict(address.options) | named).items()),
            auth=self.redis_auth or "",
        )

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys of the audit log and of sealed fields, newest first."""
        return tuple(bytes.fromhex(key.get_secret_value()) for key in self.keysmith_keys)


class Settings(StoreSettings, PolicySettings):
    """All settings; the README describes each variable."""

    serves_slack: ClassVar[bool] = True

    slack_bot_token: Secret
    slack_app_token: Secret | None = None
    slack_signing_secret: Annotated[Secret | None, Field(validate_default=True)] = None
    slack_api_url: Url = "https://slack.com/api/"
    slack_client_id: Name | None = None
    slack_client_secret: Annotated[Secret | None, Field(validate_default=True)] = None
    slack_team_id: Name | None = None
    slack_config_token: Secret | None = None
    approvals_channel: Name
    security_channel: Annotated[str | None, values.parsed(str.strip)] = None
    security_contact: Annotated[str | None, SECURITY_CONTACT] = None
    cloudinary_account_url: Secret
    cloudinary_api_url: Url = "https://api.cloudinary.com"
    public_url: Annotated[str, AfterValidator(values.url), AfterValidator(values.public)]
    port: Annotated[int, values.whole(0, values.MAX_PORT)] = 3000
    admin_port: Annotated[str, AfterValidator(values.address)] = "3001"
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, values.parsed(values.networks)] = ()
    operators: Annotated[tuple[Operator, ...], NoDecode, values.parsed(values.operators)] = ()
    link_ttl: Annotated[timedelta, values.parsed(values.link)] = timedelta(minutes=10)
    request_ttl: Ttl = timedelta(hours=8)
    rotation_grace: Ttl = timedelta(hours=24)
    soak: Soak = timedelta(days=14)
    leak_watch: Annotated[bool, values.parsed(values.switch)] = False
    leak_webhook_secrets: Annotated[
        tuple[tuple[str, SecretStr], ...],
        NoDecode,
        values.parsed(values.sources),
        BeforeValidator(refuse),
    ] = ()
    log_level: Annotated[str, LOG_LEVEL] = "info"

    @field_validator("slack_signing_secret")
    @classmethod
    def _signed_or_socket(cls, value: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if cls.serves_slack and value is None and known.data.get("slack_app_token") is None:
            raise ValueError("is missing (or SLACK_APP_TOKEN, for Socket Mode)")
        return value

    @field_validator("slack_client_secret")
    @classmethod
    def _whole_client(cls, value: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        client = known.data.get("slack_client_id")
        if value and not client and "slack_client_id" in known.data:
            raise ValueError("is set, and SLACK_CLIENT_ID is not: signing in needs both")
        if client and not value and cls.serves_slack:
            raise ValueError("is missing, and SLACK_CLIENT_ID is set: signing in needs both")
        return value

    @field_validator("cloudinary_account_url")
    @classmethod
    def _account(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(
            r"account://[^:@/\s]+:[^:@/\s]+@[A-Za-z0-9_-]+", value.get_secret_value()
        ):
            raise ValueError("needs account://KEY:SECRET@ACCOUNT_ID")
        return value

    @field_validator("public_url")
    @classmethod
    def _no_make_believe(cls, value: str, known: ValidationInfo) -> str:
        services = ("slack_api_url", "cloudinary_api_url")
        near = [name.upper() for name in services if values.is_loopback(known.data.get(name, ""))]
        if near and not values.is_loopback(value):
            raise ValueError(
                f"is public, but {' and '.join(near)} is on this machine: a make-believe service"
                " must not stand behind a public bot"
            )
        return value

    @property
    def has_account(self) -> bool:
        """Whether the process holds the account key; without it, workers call Cloudinary."""
        return bool(self.cloudinary_account_url.get_secret_value())

    @property
    def signs_in(self) -> bool:
        """Whether people sign in with Slack before their link opens."""
        return self.slack_client_id is not None

    @property
    def redirect_url(self) -> str:
        """Where Slack sends browsers back to after a sign-in."""
        return f"{self.public_url}/sign-in/slack"

    @property
    def leak_secrets(self) -> dict[str, bytes]:
        """The secrets of those who may report leaks, by their names."""
        return {name: it.get_secret_value().encode() for name, it in self.leak_webhook_secrets}

    @property
    def admin_address(self) -> tuple[str, int]:
        """Where health and metrics are served: this machine only, unless a host is given."""
        host, _, port = self.admin_port.rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def told_of_danger(self) -> str:
        """The channel for notices to security."""
        return self.security_channel or self.approvals_channel


class WebSettings(Settings):
    """Settings of a web process: without an account key, workers call Cloudinary for it."""

    cloudinary_account_url: Secret = Field(default=SecretStr(""), validate_default=False)


class WorkerSettings(Settings):
    """Settings of a worker, which neither Slack nor a browser reaches."""

    serves_slack: ClassVar[bool] = False


PROCESSES: Final[dict[str, type[Settings]]] = {"web": WebSettings, "worker": WorkerSettings}


def read_settings(kind: type[S]) -> S:
    """Read the environment. Raises `ConfigurationError`, which names every fault and no value."""
    try:
        return kind()
    except ValidationError as error:
        lines = (f"  {name} {what}" for name, what in _faults(error).items())
        text = "Keysmith can't run. Correct these variables, and run it again:\n" + "\n".join(lines)
        raise ConfigurationError(text) from None


STAND_INS: Final = {
    "slack_bot_token": "xoxb-",
    "slack_signing_secret": "-",
    "approvals_channel": "-",
    "cloudinary_account_url": "account://-:-@-",
    "public_url": "http://localhost",
    "keysmith_keys": base64.b64encode(bytes(values.KEY_BYTES)).decode(),
}
"""In place of required variables that are missing or wrong: valid, and never used."""


def read_leniently(kind: type[S]) -> tuple[S | None, dict[str, str]]:
    """Read the environment as far as it is right, and what is wrong by the variable's name.

    Wrong variables have their default, or a stand-in that the caller must not use. The settings are
    None where that is not enough.
    """
    wrong: dict[str, str] = {}
    while True:
        given = {name.lower(): _stand_in(kind, name.lower()) for name in wrong}
        try:
            return kind(**given), wrong
        except ValidationError as error:
            found = _faults(error)
            if wrong.keys() >= found.keys():
                return None, wrong
            wrong |= {name: what for name, what in found.items() if name not in wrong}


def _stand_in(kind: type[BaseSettings], name: str) -> Any:  # of any field
    known = kind.model_fields.get(name)
    return STAND_INS.get(name, known.default if known else None)


def _faults(error: ValidationError) -> dict[str, str]:
    """What is wrong with each variable, in words of ours alone; no value is repeated."""
    faults: dict[str, str] = {}
    for fault in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in fault["loc"][:1]).upper()
        match fault["type"]:
            case "missing":
                what = "is missing"
            case "value_error":
                what = fault["msg"].replace("Value error, ", "").rstrip()
            case _:
                what = "is wrong; the README has its form"
        faults.setdefault(name, what)
    return faults
