"""The account API in small, seeded with the sandbox's company: enough for the client's contract."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from sandbox import company

ACCOUNT: Final = "/v1_1/provisioning/accounts/{account_id}"
KEYS: Final = ACCOUNT + "/sub_accounts/{environment}/access_keys"
USER: Final = ACCOUNT + "/users/{user}"
SINCE: Final = "2024-05-06T07:08:09Z"

Json = dict[str, object]


class LittleCloudinary:
    """Keeps keys in memory; answers in the shapes of the live service."""

    def __init__(self) -> None:
        self._keys: dict[str, list[Json]] = {place.id: [] for place in company.ENVIRONMENTS}
        for seed in company.KEYS:
            self._add(seed.environment, seed.name, enabled=seed.enabled) | {"root": seed.root}
