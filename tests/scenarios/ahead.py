"""The real bot as a process with a clock that a test sets ahead.

The file that the variable AHEAD names has the number of seconds between the machine's clock and
the bot's clock; `python -m tests.scenarios.ahead` reads it whenever it needs the time. The
variable LOOKS_EVERY has the seconds between the looks that the bot takes once a minute.
"""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.logs import configure
from bot.cli.serve import Part, serving
from bot.cli.work import ASKED
from bot.settings import Settings, read_settings


@dataclass(frozen=True)
class AheadClock:
    """The machine's clock plus the seconds in a file."""

    file: Path

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text()))


async def main() -> None:
    """Serve until SIGTERM."""
    settings, stop = read_settings(Settings), asyncio.Event()
    configure(settings.log_level)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clock, every = AheadClock(Path(os.environ["AHEAD"])), os.environ.get("LOOKS_EVERY", ASKED)
    async with serving(settings, Part.WEB | Part.WORKER, clock, asked=float(every)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
