"""Passwords of Redis that a cloud gives for a short time: AWS IAM for ElastiCache, Entra ID."""

import asyncio
import importlib
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlencode

from redis.auth.token_manager import RetryPolicy, TokenManagerConfig
from redis.credentials import CredentialProvider

from bot.domain.redis_url import RedisAddress
from bot.errors import ConfigurationError

VALID_FOR: Final = 900  # seconds that AWS lets a token be used for a new connection
AZURE: Final = "https://redis.azure.com/.default"
ENTRA_TOKENS: Final = TokenManagerConfig(0.7, 0, 5_000, RetryPolicy(3, 500))
"""A new token after 70 % of the former's life; five seconds for each of three tries."""


def provider_of(address: RedisAddress) -> CredentialProvider | None:
    """Build what REDIS_AUTH names; None where the password is in the settings.

    Raises:
        ConfigurationError: the extra is not installed, or AWS's own settings are incomplete.

    """
    kind, _, cache = address.auth.partition(":")
    match kind:
        case "":
            return None
        case "entraid":
            return _entra()
        case _:
            return ElastiCache(address.user, cache, serverless=kind.endswith("serverless"))


def login_of(address: RedisAddress, credentials: CredentialProvider | None) -> dict[str, Any]:
    """Give what a connection logs in with."""
    if credentials:
        return {"credential_provider": credentials}
    return {"username": address.user or None, "password": address.password or None}


def _entra() -> CredentialProvider:
    module = _extra("redis_entraid.cred_provider", "entraid")
    found: CredentialProvider = module.create_from_default_azure_credential(
        (AZURE,), token_manager_config=ENTRA_TOKENS
    )
    return found


def _extra(name: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"REDIS_AUTH needs a package that is not installed: pip install 'keysmith[{extra}]'."
        ) from None


class ElastiCache(CredentialProvider):
    """Signs a token for each connection, with the AWS credentials of the machine."""

    def __init__(self, user: str, cache: str, *, serverless: bool) -> None:
        session = _extra("botocore.session", "elasticache").get_session()
        signers, model = _extra("botocore.signers", "elasticache"), "botocore.model"
        region = session.get_config_variable("region")
        if not user or not region:
            raise ConfigurationError(
                "REDIS_AUTH=elasticache:… needs a user in REDIS_URL (rediss://USER@HOST) and a"
                " region (AWS_REGION)."
            )
        self._user, self._cache, self._region, self._serverless = user, cache, region, serverless
        self._session = session  # the signer refers to its parts, and does not keep them
        self._signer = signers.RequestSigner(
            _extra(model, "elasticache").ServiceId("elasticache"),
            *(region, "elasticache", "v4"),
            session.get_credentials(),
            session.get_component("event_emitter"),
        )

    def get_credentials(self) -> tuple[str, str]:
        """Sign a token; it may ask AWS's metadata service."""
        query = {"Action": "connect", "User": self._user}
        if self._serverless:
            query["ResourceType"] = "ServerlessCache"
        url = f"https://{self._cache}/?{urlencode(query)}"
        request = {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}
        signed: str = self._signer.generate_presigned_url(
            request, operation_name="connect", expires_in=VALID_FOR, region_name=self._region
        )
        return self._user, signed.removeprefix("https://")

    async def get_credentials_async(self) -> tuple[str, str]:
        """Sign a token without holding the others up."""
        return await asyncio.to_thread(self.get_credentials)
