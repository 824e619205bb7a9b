"""A product environment and its tier."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How much a mistake costs there; the policy speaks of tiers, not of environments."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


# Order matters: a name that says both `prod` and `test` is treated as production.
TIER_WORDS = {
    Tier.PRODUCTION: ("prod", "live"),
    Tier.STAGING: ("stag", "preview", "qa", "uat"),
    Tier.DEVELOPMENT: ("dev", "test", "sandbox"),
}


@dataclass(frozen=True)
class Environment:
    """A `sub_account` of the Provisioning API."""

    id: str
    name: str
    cloud_name: str
    enabled: bool = True

    @property
    def tier(self) -> Tier:
        """The tier that the name gives it; what says nothing is treated as production."""
        said = self.name.casefold()
        for tier, words in TIER_WORDS.items():
            if any(word in said for word in words):
                return tier
        return Tier.PRODUCTION

    def answers_to(self, word: str) -> bool:
        """Whether a person who types this word means this environment."""
        names = {self.name.casefold(), self.cloud_name.casefold()}
        return word.casefold() in names or word == self.id
