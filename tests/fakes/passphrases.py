"""Passphrases that are kept in a list."""

from dataclasses import dataclass, field

from bot.domain.secret import Secret
from bot.errors import StoreError


@dataclass
class FakePassphrases:
    """`kept` has what was typed; each becomes a text that says nothing of it."""

    kept: list[Secret] = field(default_factory=list)
    away: bool = False

    def seal(self, passphrase: Secret) -> str:
        """Keep one."""
        if self.away:
            raise StoreError("away")
        self.kept.append(passphrase)
        return f"sealed {len(self.kept)}"
