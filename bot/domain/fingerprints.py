"""Fingerprints of what people agree to: short enough to compare by eye."""

import hashlib
import json


def fingerprint_of(*parts: str | float | None) -> str:
    """Return eight hex digits of a hash of the parts."""
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return f"{digest[:4]}-{digest[4:8]}"
