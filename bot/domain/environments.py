"""A product environment and its tier."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tier(StrEnum):
    """How much a mistake costs in an environment; rules name tiers, not environments."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


# Order matters: a name with both `prod` and `test` is production. Production is recognised
# anywhere, the others at the start of a word: `Latest` is no test environment, `Qatar` no QA.
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
        """The tier that the name implies; production if it implies none."""
        name = self.name.casefold()
        return next((t for t, words in TIER_WORDS.items() if words.search(name)), Tier.PRODUCTION)

    def answers_to(self, text: str) -> bool:
        """Whether a typed text means this environment: its name, cloud name or id."""
        names = {self.name.casefold(), self.cloud_name.casefold()}
        return text.casefold() in names or text == self.id


NOWHERE: Final = Environment("", "", "")
"""In place of an environment, for a change that concerns none; it counts as production."""
