"""Slack for commands at the server's shell, which work from the configuration in an outage."""

from collections.abc import Mapping
from typing import Final

import aiohttp

from bot.adapters.slack.client import Slack
from bot.domain.addresses import same_address
from bot.domain.people import Actor, Profile, Workspace
from bot.errors import ConfigurationError, SlackAway

PATIENCE: Final = aiohttp.ClientTimeout(total=10, connect=5)
"""Seconds for one call: the operator waits at the shell."""


class SlackOffline(Slack):
    """The Web API; after one call without an answer it is `away` and no longer called."""

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        *,
        operator: tuple[str, str],
        known: Mapping[str, str],
    ) -> None:
        """`operator` is a user id and its email address, `known` has addresses by user id."""
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
        """Read the profile from Slack, or make one of the known address while Slack is away.

        Raises `SlackAway` where no address is known, and `ConfigurationError` where Slack has
        another address for the operator.
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
        if found.user_id == user_id and not same_address(found.email, email):
            raise ConfigurationError(
                "Slack knows this operator by another email address than OPERATORS does."
                " Nothing was done."
            )
        return found

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of the users in a user group; none while Slack is away, so fewer people may vote."""
        try:
            return frozenset() if self.away else await super().members(group_id)
        except SlackAway:
            self.away = True
            return frozenset()
