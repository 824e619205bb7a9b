"""Sends a report's picture and spreadsheet to Slack, once for each report."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.adapters.chart import Panel
from bot.adapters.chart_process import drawn
from bot.adapters.slack.files import SlackFiles, Upload
from bot.cards.invisible import shown
from bot.cards.report_words import AGES, CONCERNS, TIERS
from bot.domain.phrases import worded
from bot.domain.reports import Figures
from bot.errors import SlackAway
from bot.flows.report_ports import ReportFiles

SHORT: Final = 16
"""Characters of a mark in a name."""


class ReportUpload:
    """Draws and uploads."""

    def __init__(self, files: SlackFiles) -> None:
        self._files = files

    async def to_person(self, user_id: str, files: ReportFiles) -> bool:
        """Send them to one person."""
        return await self.to_channel(await self._files.conversation(user_id), files)

    async def to_channel(self, channel: str, files: ReportFiles) -> bool:
        """Send them, unless they are there already; an unclear answer is looked up."""
        sheet, picture = (f"{files.stem}-{files.mark[-SHORT:]}.{kind}" for kind in ("csv", "png"))
        title, panels = files.stem.capitalize(), [*_panels(files)]
        there = await self._files.names(channel)
        if sheet in there:
            return picture in there
        with tempfile.TemporaryDirectory(prefix="keysmith-") as directory:
            place = Path(directory)
            uploads = [_written(place / sheet, files.csv.encode("utf-8-sig"), f"{title}, as CSV")]
            png = await drawn(panels, place) if panels else None
            if png:
                uploads.insert(0, _written(place / picture, png, title))
            try:
                await self._files.send(channel, uploads)
            except SlackAway:
                if sheet not in await self._files.names(channel):
                    raise
        return png is not None


def _written(path: Path, content: bytes, title: str) -> Upload:
    path.write_bytes(content)
    return Upload(path, path.name, title)


def _panels(files: ReportFiles) -> Iterator[Panel]:
    """What the picture shows; it has many readers, so its words are English."""
    found, names = files.figures, dict(files.names)
    if found is None:
        return
    yield Panel("By age", tuple((worded(AGES[age]), count) for age, count in found.ages))
    yield Panel("By tier", tuple((worded(TIERS[tier]), count) for tier, count in found.tiers))
    concerns = tuple((worded(CONCERNS[it]), count) for it, count in found.concerns)
    yield Panel("Look at", concerns)
    yield Panel("By owner", tuple(_owners(found, names)))
    if found.roles:
        roles = tuple((shown(name) or "Other roles", count) for name, count in found.roles)
        yield Panel("By role", roles)


def _owners(found: Figures, names: dict[str, str]) -> Iterator[tuple[str, int]]:
    if names:
        for user_id, count in found.owners:
            yield shown(names.get(user_id, user_id)) or "Other owners", count
    else:
        yield "With an owner", found.owned
    yield "Without an owner", found.unowned
