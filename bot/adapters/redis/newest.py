"""The newest MAC of each record, as entries name them, in memory."""

from collections.abc import Iterable
from typing import Final

from bot.adapters.redis import names
from bot.adapters.redis.macs import kind_of

MOST_JOBS: Final = 200_000  # newest jobs whose MACs are kept: about 40 MB
SET_BACK: Final = "set back"  # no record has this MAC
JOB_KIND: Final = kind_of(names.job(""))


class Newest:
    """MACs by record; those of old jobs are forgotten."""

    def __init__(self) -> None:
        self.records = dict[str, str]()
        self._jobs = dict[str, str]()

    def of(self, key: str) -> str | None:
        """Give the MAC of a record; None where no entry named one."""
        return self._among(key).get(key)

    def keep(self, named: Iterable[tuple[str, str]]) -> None:
        """Keep what an entry names."""
        for key, mac in named:
            kept = self._among(key)
            kept.pop(key, None)  # so that the newest stand last
            kept[key] = mac
        while len(self._jobs) > MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]

    def set_back(self, former: "Newest") -> None:
        """Believe no record that was known otherwise before."""
        for key, mac in former.all().items():
            if self.of(key) != mac:
                self._among(key)[key] = SET_BACK

    def all(self) -> dict[str, str]:
        """Copy what is kept."""
        return self.records | self._jobs

    def _among(self, key: str) -> dict[str, str]:
        return self._jobs if kind_of(key) == JOB_KIND else self.records
