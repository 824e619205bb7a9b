"""Re-exports of what moved to other modules."""

from bot.domain.asking import Unaskable
from bot.domain.home import Home
from bot.domain.outcomes.decisions import (
    Delegated,
    MayNotDecide,
    Passed,
    TooLate,
    Voided,
    Voted,
    WordWanted,
)
from bot.domain.outcomes.requests import (
    NoSuchRequest,
    NotAskable,
    Renewed,
    Requested,
    RequestShown,
    RequestsListed,
)

__all__ = [
    "Delegated",
    "Home",
    "MayNotDecide",
    "NoSuchRequest",
    "NotAskable",
    "Passed",
    "Renewed",
    "RequestShown",
    "Requested",
    "RequestsListed",
    "TooLate",
    "Unaskable",
    "Voided",
    "Voted",
    "WordWanted",
]
