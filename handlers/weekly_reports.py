"""Posts weekly reports and their ends: each message under a mark, by which it is found again."""

from dataclasses import dataclass

import structlog

from bot.cards.answers import lines_of
from bot.cards.kit import Card, render
from bot.cards.report_words import ended_in, ended_of, weekly
from bot.domain.answers import TOO_MUCH
from bot.domain.report_schedules import ReportEnd, ReportSchedule
from bot.errors import SlackAway, SlackError
from bot.flows.report_ports import ReportFiles, ReportSender
from handlers.ports import Messenger

_log = structlog.get_logger("keysmith.reports")


@dataclass(frozen=True)
class WeeklyPoster:
    """Posts in a channel, and tells a person; a channel has many readers, so both are English."""

    messenger: Messenger
    sender: ReportSender

    async def post(self, schedule: ReportSchedule, name: str, files: ReportFiles) -> None:
        """Post the numbers, then the files where Slack takes them."""
        if files.figures:
            await self._once(schedule.channel, schedule.mark, weekly(files.figures, name))
        try:
            await self.sender.to_channel(schedule.channel, files)
        except SlackAway:
            raise
        except SlackError as error:
            _log.warning("report_without_files", code=error.code, channel=schedule.channel)

    async def ended(self, schedule: ReportSchedule, reason: ReportEnd) -> None:
        """Tell both, unless they can't be reached."""
        mark, person = f"{schedule.mark}-ended", schedule.by.user_id
        told = (person, ended_of(schedule.channel, reason)), (schedule.channel, ended_in(reason))
        for place, card in told:
            try:
                await self._once(place, mark, card)
            except SlackAway:
                raise
            except SlackError as error:
                _log.info("report_end_not_told", code=error.code, place=place)

    async def _once(self, place: str, mark: str, card: Card) -> None:
        if await self.messenger.find(place, mark):
            return
        try:
            await self.messenger.send(place, render(card), mark=mark)
        except SlackError as error:
            if error.code not in TOO_MUCH or not card.table:
                raise
            await self.messenger.send(place, render(lines_of(card)), mark=mark)
