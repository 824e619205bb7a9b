"""The bot as a process whose clock a test sets ahead; all the rest is as real as ever.

`python -m tests.scenarios.ahead` reads, whenever it looks at the time, how many seconds ahead of
the machine it is from the file that AHEAD names.
"""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.logs import configure
from bot.cli.serve import Part, serving
from bot.settings import Settings, read_settings


@dataclass(frozen=True)
class AheadClock:
    """The machine's clock, and what a file says more."""

    file: Path

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text()))


async def main() -> None:
    """Serve until SIGTERM."""
    settings, stop = read_settings(Settings), asyncio.Event()
    configure(settings.log_level)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serving(settings, Part.WEB | Part.WORKER, AheadClock(Path(os.environ["AHEAD"]))):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
