"""Messages about leaked keys: one in the security channel for each incident, with its thread.

The message is drawn from the stored incident, and drawn again at each change; what happened follows
in its thread. Where no channel takes it, the operators get it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from bot.cards.kit import render
from bot.cards.leaks import incident_card, person_card, told
from bot.domain.incidents import Incident, News
from bot.domain.languages import Language
from bot.domain.requests.notifications import Audience, Notification, Posted
from bot.domain.requests.ways import Refusal, refusal_of
from bot.errors import SlackError
from bot.flows.incident_ports import Incidents
from bot.flows.ports import Locks
from handlers.channels import Channels
from handlers.ports import Messenger, Security

_log = structlog.get_logger("keysmith.incidents")

GONE: Final = frozenset({Refusal.CARD, Refusal.PLACE})


@dataclass(frozen=True)
class IncidentMessages:
    """Sends one notification about an incident; may raise `SlackError` or `StoreError`."""

    messenger: Messenger
    incidents: Incidents
    channels: Channels
    locks: Locks
    security: Security
    language: Callable[[str], Language]
    """By the id of a user."""

    async def send(self, mark: str, notification: Notification, *, again: bool) -> None:
        """Post it, once."""
        api_key, news, *rest = notification.text.split(" ")
        incident = await self.incidents.load(api_key)
        if incident is None:
            return
        if notification.audience is Audience.PERSON:
            await self._direct(mark, notification.to, incident, News(news), *rest, again=again)
            return
        async with self.locks.hold(f"incident-card:{api_key}"):
            there = await self._card(api_key)
        follows = told(incident, News(news))
        if there and follows:
            found = await self.messenger.find(there.channel, mark, there.ts) if again else None
            if found is None:
                await self.messenger.send(
                    there.channel, render(follows), mark=mark, thread=there.ts
                )

    async def _direct(
        self,
        mark: str,
        user: str,
        incident: Incident,
        news: News,
        channel: str = "",
        *,
        again: bool,
    ) -> None:
        if again and await self.messenger.find(user, mark):
            return
        card = person_card(incident, news, channel)
        await self.messenger.send(user, render(card, (), self.language(user)), mark=mark)

    async def _card(self, api_key: str) -> Posted | None:
        """Post the message, or draw it as the incident is stored now."""
        incident = await self.incidents.load(api_key)
        if incident is None:
            return None
        message, there = render(incident_card(incident)), Posted.parse(incident.card)
        if there:
            try:
                await self.messenger.change(there, message)
            except SlackError as error:
                if refusal_of(error.code, Audience.CARD) not in GONE:
                    raise
                _log.warning("incident_message_gone", code=error.code)
            else:
                return there
        mark = f"leak:{api_key}:{incident.first_reported_at.timestamp()}"
        for channel in dict.fromkeys((self.channels.security, self.channels.approvals)):
            try:
                posted = await self.messenger.find(channel, mark) if not there else None
                posted = posted or await self.messenger.send(channel, message, mark=mark)
            except SlackError as error:
                if refusal_of(error.code, Audience.SECURITY) is not Refusal.PLACE:
                    raise
                self.channels.refuse(channel, error.code)
            else:
                self.channels.took(channel)
                await self.incidents.place(api_key, str(posted))
                return posted
        await self.security.tell_card(mark, incident_card(incident), again=True)
        return None
