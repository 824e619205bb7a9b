"""Links and pending credentials as the fields of a Redis hash, and back."""

from typing import Final

from bot.adapters.redis.names import LINK_PENDING, PENDING_FINGERPRINT
from bot.adapters.redis.records import ACTOR, TIME, Form, Record, plain
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials, PendingState

LINK: Final = Record(
    Link,
    {
        **plain(LINK_PENDING, "environment", "api_key", "proof"),
        "state": Form(str, LinkState),
        "since": TIME,
    },
    renamed={LINK_PENDING: "pending_id", "environment": "environment_id", "proof": "proof_hash"},
)
"""A link, but for its id, its ciphertext, and the visit that only an opened one has."""

PENDING: Final = Record(
    PendingCredentials,
    {
        "owner": ACTOR,
        **plain("environment", "environment_name", "cloud_name", "api_key", "name"),
        "made_at": TIME,
        "state": Form(str, PendingState),
        **plain(PENDING_FINGERPRINT),
    },
    renamed={"environment": "environment_id", PENDING_FINGERPRINT: "approved"},
    required=frozenset({"state"}),
)
"""Pending credentials, but for their id and the id of their current link."""
