"""What the policy says about how long a one-time link may live."""

from datetime import timedelta
from typing import Final

from bot.domain import durations
from bot.domain.policy import Action

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=24)
"""A link that never expires would be a standing risk."""
LEADS_TO_LINKS: Final = (Action.CLAIM, Action.KEY_CREATE, Action.KEY_REQUEST)
"""What people do to get a link; a claim concerns no environment, so its rules hold in each."""
NAMED: Final = " or ".join(f'Action::"{action}"' for action in LEADS_TO_LINKS)


def read(given: str | None) -> timedelta | None:
    """Read the annotation of one rule; raises `ValueError` with what is wrong."""
    span = durations.read(given) if given is not None else None
    if given is not None and (span is None or not SHORTEST <= span <= LONGEST):
        raise ValueError("@link_ttl needs a time from 1m to 24h, such as 5m")
    return span
