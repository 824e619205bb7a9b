"""Links and pending credentials as the fields of a Redis hash, and back."""

from datetime import UTC, datetime

from bot.adapters.redis_names import LINK_PENDING, PENDING_FINGERPRINT
from bot.domain.claims import Claim, ClaimState
from bot.domain.links import Link, LinkState, SealedBundle
from bot.domain.people import Actor


def link_fields(bundle: SealedBundle, claim: Claim, at: datetime) -> dict[str, str]:
    """Write a new link down; its key is in the link alone."""
    return {
        LINK_PENDING: claim.id,
        "environment": claim.environment_id,
        "api_key": claim.api_key,
        "proof": bundle.proof_hash,
        "state": LinkState.SEALED,
        "since": at.isoformat(),
    }


def read_link(link_id: str, found: dict[str, str], *, there: bool) -> Link:
    """Read a link; `there` says whether its ciphertext is."""
    return Link(
        id=link_id,
        claim_id=found[LINK_PENDING],
        environment_id=found["environment"],
        api_key=found["api_key"],
        proof_hash=found["proof"],
        state=LinkState(found["state"]),
        since=datetime.fromisoformat(found["since"]),
        there=there,
        visit=found.get("visit", ""),
    )


def claim_fields(claim: Claim) -> dict[str, str]:
    """Write credentials down that wait; no link leads to them yet."""
    return {
        "owner": str(claim.owner),
        "environment": claim.environment_id,
        "environment_name": claim.environment_name,
        "cloud_name": claim.cloud_name,
        "api_key": claim.api_key,
        "name": claim.name,
        "made_at": claim.made_at.isoformat(),
        "state": claim.state,
        PENDING_FINGERPRINT: claim.agreed,
        "link": "",
    }


def read_claim(claim_id: str, found: dict[str, str]) -> Claim:
    """Read what `claim_fields` wrote."""
    return Claim(
        id=claim_id,
        owner=Actor.parse(found["owner"]),
        environment_id=found["environment"],
        environment_name=found["environment_name"],
        cloud_name=found["cloud_name"],
        api_key=found["api_key"],
        name=found["name"],
        made_at=datetime.fromisoformat(found["made_at"]).astimezone(UTC),
        state=ClaimState(found["state"]),
        agreed=found.get(PENDING_FINGERPRINT, ""),
    )
