"""What rotations need of the policy, and of storage."""

from typing import Protocol

from bot.domain.environments import Environment
from bot.domain.rotation_rules import RotationRules


class RotationPolicy(Protocol):
    """What the policy says about when keys are rotated."""

    def rotation_rules(self, environment: Environment) -> RotationRules:
        """How often keys there are to be rotated, and in which hours."""
