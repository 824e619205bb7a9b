"""Slack as asked from a shell: while it is away, who people are is known from elsewhere."""

from collections.abc import Mapping
from typing import Final

import aiohttp

from bot.adapters.slack.client import Slack
from bot.domain.people import Actor, Profile, Workspace
from bot.errors import ConfigurationError, SlackAway

PATIENCE: Final = aiohttp.ClientTimeout(total=10, connect=5)
"""Seconds for one call; somebody sits there and waits."""


class SlackOffline(Slack):
    """The Web API. One call that Slack does not answer is enough: it is not asked again."""

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        *,
        operator: tuple[str, str],
        known: Mapping[str, str],
    ) -> None:
        """Take the operator's user id and e-mail address, and addresses by user id."""
        super().__init__(token, base_url, session)
        self._operator = operator
        self._known = {**known, operator[0]: operator[1]}
        self.away = False

    async def workspace(self) -> Workspace:
        """The workspace; one without an id while Slack is away."""
        try:
            return await super().workspace()
        except SlackAway:
            self.away = True
            return Workspace("", "")

    async def profile(self, actor: Actor) -> Profile:
        """Slack's word, and while it is away the address that is known.

        Raises:
            SlackAway: nothing is known of this one.
            ConfigurationError: Slack knows the operator by another address.

        """
        if not self.away:
            try:
                return self._checked(await super().profile(actor))
            except SlackAway:
                self.away = True
        email = self._known.get(actor.user_id)
        if email is None:
            raise SlackAway("away")
        return Profile(actor.user_id, actor.team_id, email, email)

    def _checked(self, found: Profile) -> Profile:
        user_id, email = self._operator
        if found.user_id == user_id and found.email.casefold() != email.casefold():
            raise ConfigurationError(
                "Slack knows this operator by another e-mail address than OPERATORS does."
                " Nothing was done."
            )
        return found

    async def members(self, group_id: str) -> frozenset[str]:
        """Who is on call; while Slack is away, nobody is known to be."""
        try:
            return frozenset() if self.away else await super().members(group_id)
        except SlackAway:
            self.away = True
            return frozenset()
