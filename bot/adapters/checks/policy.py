"""Looks at the policy: whether it can be read, and whether it works for the account's people."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.faults import told
from bot.cards.environments import tier_line
from bot.cards.kit import plain
from bot.cards.policy_lint import sentence
from bot.domain.checks import rules
from bot.domain.checks.findings import Finding
from bot.domain.environments import Environment
from bot.domain.policy_lint import Finding as LintFinding
from bot.errors import ConfigurationError, KeysmithError

Look = Callable[[], Awaitable[tuple[Sequence[Environment], Sequence[LintFinding]]]]


@dataclass(frozen=True)
class PolicyProbe:
    """Reads POLICY_FILE."""

    file: Path
    signs_in: bool = True

    async def look(self) -> Sequence[Finding]:
        """Say what is wrong with the file, by file and line."""
        try:
            CedarPolicy.load(self.file, signs_in=self.signs_in)
        except ConfigurationError as error:
            return [rules.Policy.INVALID.found(reason=str(error))]
        return [rules.Policy.VALID.found(file=self.file)]


@dataclass(frozen=True)
class RulesProbe:
    """Reads every environment's tier, and lints the policy; no finding of it is a fault."""

    read: Look

    async def look(self) -> Sequence[Finding]:
        """List tiers and findings."""
        try:
            places, findings = await self.read()
        except KeysmithError as error:
            return [rules.Rules.NOT_LOOKED_AT.found(reason=(told(error) or str(error)).rstrip("."))]
        tiers = [rules.Tier.IS.found(sentence=plain(tier_line(it))) for it in places]
        found = [rules.Rules.FINDING.found(sentence=sentence(each)) for each in findings]
        return [*tiers, *(found or [rules.Rules.WORK.found()])]
