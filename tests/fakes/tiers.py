"""Fixed tiers in memory: the port `Tiers`."""

from collections.abc import Mapping, Sequence

from bot.domain.audit import Entry
from bot.domain.environments import FixedTier, UnreadableTier
from bot.errors import StoreError


class FakeTiers:
    """`entries` is the audit log, `notices` what security is told; `away` lets reading fail."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notices: list[str] = []
        self.kept: dict[str, FixedTier | UnreadableTier] = {}
        self.away = False

    async def stored(self, ids: Sequence[str]) -> Mapping[str, FixedTier | UnreadableTier]:
        """Read what is stored about these environments."""
        if self.away:
            raise StoreError("away")
        return {id_: self.kept[id_] for id_ in ids if id_ in self.kept}

    async def fix(
        self,
        environment_id: str,
        before: FixedTier | UnreadableTier | None,
        after: FixedTier,
        entry: Entry,
        notice: str,
    ) -> bool:
        """Store a tier, if the one before it is still there."""
        if self.kept.get(environment_id) != before:
            return False
        self.kept[environment_id] = after
        self.entries.append(entry)
        self.notices.append(notice)
        return True
