"""Runs every probe side by side; a failure of one leaves the others running."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.checks.findings import Finding
from bot.domain.checks.rules import Check


class Probe(Protocol):
    """Looks at one thing that the bot depends on; it changes nothing."""

    async def look(self) -> Sequence[Finding]:
        """Return what there is to say."""


@dataclass(frozen=True)
class Skipped:
    """In place of a probe whose variables are missing or wrong."""

    probe: str
    names: tuple[str, ...]
    rule: Check = Check.NOT_EXAMINED

    async def look(self) -> Sequence[Finding]:
        """Say what it needs."""
        return [self.rule.found(probe=self.probe, names=", ".join(self.names))]


@dataclass(frozen=True)
class Examination:
    """All probes, by name and in the order in which people read them."""

    probes: Mapping[str, Probe] = field(default_factory=dict)

    async def examine(self) -> Sequence[Finding]:
        """Return every finding, in the order of the probes; raises nothing."""
        looks = (_guarded(name, probe) for name, probe in self.probes.items())
        return [finding for each in await asyncio.gather(*looks) for finding in each]


async def _guarded(name: str, probe: Probe) -> Sequence[Finding]:
    try:
        return await probe.look()
    except Exception as error:  # noqa: BLE001  # no fault may keep the other probes from talking
        return [Check.BROKE_OFF.found(probe=name, error=type(error).__name__)]
