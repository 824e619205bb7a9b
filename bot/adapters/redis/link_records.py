"""Links and pending credentials as the fields of a Redis hash, and back."""

from datetime import UTC, datetime

from bot.adapters.redis.names import LINK_PENDING, PENDING_FINGERPRINT
from bot.domain.links import Link, LinkState, SealedBundle
from bot.domain.pending import PendingCredentials, PendingState
from bot.domain.people import Actor


def link_fields(bundle: SealedBundle, pending: PendingCredentials, at: datetime) -> dict[str, str]:
    """Write a new link down; its key is in the link alone."""
    return {
        LINK_PENDING: pending.id,
        "environment": pending.environment_id,
        "api_key": pending.api_key,
        "proof": bundle.proof_hash,
        "state": LinkState.SEALED,
        "since": at.isoformat(),
    }


def read_link(link_id: str, found: dict[str, str], *, there: bool) -> Link:
    """Read a link; `there` says whether its ciphertext is."""
    return Link(
        id=link_id,
        pending_id=found[LINK_PENDING],
        environment_id=found["environment"],
        api_key=found["api_key"],
        proof_hash=found["proof"],
        state=LinkState(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        there=there,
        visit=found.get("visit", ""),
    )


def claim_fields(pending: PendingCredentials) -> dict[str, str]:
    """Write credentials down that wait; no link leads to them yet."""
    return {
        "owner": str(pending.owner),
        "environment": pending.environment_id,
        "environment_name": pending.environment_name,
        "cloud_name": pending.cloud_name,
        "api_key": pending.api_key,
        "name": pending.name,
        "made_at": pending.made_at.isoformat(),
        "state": pending.state,
        PENDING_FINGERPRINT: pending.approved,
        "link": "",
    }


def read_claim(pending_id: str, found: dict[str, str]) -> PendingCredentials:
    """Read what `claim_fields` wrote."""
    return PendingCredentials(
        id=pending_id,
        owner=Actor.parse(found["owner"]),
        environment_id=found["environment"],
        environment_name=found["environment_name"],
        cloud_name=found["cloud_name"],
        api_key=found["api_key"],
        name=found["name"],
        made_at=datetime.fromisoformat(found["made_at"]).astimezone(UTC),
        state=PendingState(found["state"]),
        approved=found.get(PENDING_FINGERPRINT, ""),
    )
