"""How long each key in Redis is kept, as docs/operating.md says it: the table is read here."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from bot.adapters.redis.names import PREFIX

OPERATING: Final = Path(__file__).parents[2] / "docs/operating.md"
HEADING: Final = "## Stored names"
ROW: Final = re.compile(r"^\| `(?P<key>[^`]+)` \| [^|]+ \| (?P<kept>[^|]+) \|$", re.MULTILINE)
ENDLESS: Final = ("for good", "until ")
"""How the last column begins for keys that may have no time to live."""
WITHOUT_END: Final = """
local found = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TTL', key) == -1 then found[#found + 1] = key end
end
return found
"""
"""A script that lists the keys without a time to live."""


def documented() -> dict[str, str]:
    """Give how long each key is kept, by its pattern without the prefix."""
    section = OPERATING.read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    return {row["key"]: row["kept"].strip() for row in ROW.finditer(section)}


def row_of(key: str) -> str | None:
    """Give how long the key is kept; None where no row is about it."""
    name = key.removeprefix(PREFIX)
    return next((kept for row, kept in documented().items() if fnmatchcase(name, row)), None)


def undocumented(endless: list[str]) -> list[str]:
    """List the keys that have no end, and whose row does not say so."""
    return [key for key in endless if not (row_of(key) or "").startswith(ENDLESS)]
