"""Tells security: in its channel, else in the channel of approvals, else each operator."""

from dataclasses import dataclass

import structlog

from bot.cards.kit import Card, card, line, msg, render, words
from bot.domain.requests.notifications import Audience
from bot.domain.requests.ways import Refusal, refusal_of
from bot.errors import SlackError
from handlers.channels import Channels
from handlers.ports import Messenger

_log = structlog.get_logger("keysmith.security")


@dataclass(frozen=True)
class SecurityTeller:
    """Every message starts in the channel of security, so it is used again once it works."""

    messenger: Messenger
    channels: Channels
    operators: tuple[str, ...] = ()

    async def tell(self, mark: str, text: str, *, again: bool) -> None:
        """Tell a sentence."""
        await self.tell_card(mark, card(words(text)), again=again)

    async def tell_card(self, mark: str, told: Card, *, again: bool) -> None:
        """Tell, where a message is taken; raises the `SlackError` if none is.

        `again` looks for the mark first; an empty one is not looked for.
        """
        for channel in dict.fromkeys((self.channels.security, self.channels.approvals)):
            here = told if channel == self.channels.security else _elsewhere(told)
            try:
                await self._once(channel, mark, here, again=again)
            except SlackError as error:
                if refusal_of(error.code, Audience.SECURITY) is not Refusal.PLACE:
                    raise
                self.channels.refuse(channel, error.code)
                _log.warning("channel_refuses", code=error.code, channel=channel)
                refused = error
            else:
                self.channels.took(channel)
                return
        reached = [await self._reached(user, mark, told, again=again) for user in self.operators]
        if not any(reached):
            raise refused

    async def _reached(self, user: str, mark: str, told: Card, *, again: bool) -> bool:
        try:
            await self._once(user, mark, _elsewhere(told), again=again)
        except SlackError as error:
            _log.warning("operator_not_reached", code=error.code)
            return False
        return True

    async def _once(self, channel: str, mark: str, told: Card, *, again: bool) -> None:
        if again and mark and await self.messenger.find(channel, mark):
            return
        await self.messenger.send(channel, render(told), mark=mark)


def _elsewhere(told: Card) -> Card:
    return card(
        line(msg("For the security channel, which refuses it:")), *told.lines, buttons=told.buttons
    )
