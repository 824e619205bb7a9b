"""A product environment and its tier."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How much a mistake costs there; the policy speaks of tiers, not of environments."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


# Order matters: a name that says both `prod` and `test` is treated as production. Production is
# recognised anywhere, the others where a word begins: `Latest` and `Qatar` are no test and no QA.
TIER_WORDS = {
    Tier.PRODUCTION: re.compile("prod|live"),
    Tier.STAGING: re.compile(r"(?<![a-z])(stag|preview|(qa|uat)(?![a-z]))"),
    Tier.DEVELOPMENT: re.compile(r"(?<![a-z])(dev|test|sandbox)"),
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
            if words.search(said):
                return tier
        return Tier.PRODUCTION

    def answers_to(self, word: str) -> bool:
        """Whether a person who types this word means this environment."""
        names = {self.name.casefold(), self.cloud_name.casefold()}
        return word.casefold() in names or word == self.id
