"""What comes of a command: one union for each noun, each member with a stable kind."""

from bot.domain.keys import Change, LastChange
from bot.domain.outcomes.access import (
    Denied,
    Explained,
    Introduced,
    Unknown,
)
from bot.domain.outcomes.decisions import (
    Delegated,
    MayNotDecide,
    Passed,
    TooLate,
    Voided,
    Voted,
    WordWanted,
)
from bot.domain.outcomes.environments import (
    EnvironmentShown,
    EnvironmentsListed,
    NoSuchEnvironment,
    WhichEnvironment,
)
from bot.domain.outcomes.general import (
    Failed,
    Fault,
    HelpGiven,
    MenuOffered,
    NotOffered,
)
from bot.domain.outcomes.keys import (
    Barred,
    KeyChanged,
    KeyShown,
    KeysListed,
    MadeToClaim,
    NameTaken,
    NoSuchKey,
    NothingToChange,
    WhichKey,
)
from bot.domain.outcomes.links import (
    LinkReady,
    NothingToClaim,
    SecretWithheld,
    WhichClaim,
)
from bot.domain.outcomes.requests import (
    NoSuchRequest,
    NotAskable,
    Renewed,
    Requested,
    RequestShown,
    RequestsListed,
)
from bot.domain.outcomes.union import (
    Outcome,
    Several,
)

__all__ = [
    "Barred",
    "Change",
    "Delegated",
    "Denied",
    "EnvironmentShown",
    "EnvironmentsListed",
    "Explained",
    "Failed",
    "Fault",
    "HelpGiven",
    "Introduced",
    "KeyChanged",
    "KeyShown",
    "KeysListed",
    "LastChange",
    "LinkReady",
    "MadeToClaim",
    "MayNotDecide",
    "MenuOffered",
    "NameTaken",
    "NoSuchEnvironment",
    "NoSuchKey",
    "NoSuchRequest",
    "NotAskable",
    "NotOffered",
    "NothingToChange",
    "NothingToClaim",
    "Outcome",
    "Passed",
    "Renewed",
    "RequestShown",
    "Requested",
    "RequestsListed",
    "SecretWithheld",
    "Several",
    "TooLate",
    "Unknown",
    "Voided",
    "Voted",
    "WhichClaim",
    "WhichEnvironment",
    "WhichKey",
    "WordWanted",
]
