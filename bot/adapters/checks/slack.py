"""Gathers what Slack knows of the bot, its channels, its operators and its app."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack.client import Slack
from bot.adapters.slack.openid import SlackSignIn
from bot.domain.checks.findings import Finding
from bot.domain.checks.settings import CHANNEL
from bot.domain.checks.slack import (
    AppFacts,
    ChannelFacts,
    OperatorAtSlack,
    SlackFacts,
    examine_slack,
)
from bot.domain.operators import Operator
from bot.domain.people import Actor
from bot.errors import SlackAway, SlackError

Fields = Mapping[str, object]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SlackProbe:
    """Asks Slack; `url` is where the app must deliver, `channels` are ids by variable."""

    slack: Slack
    session: aiohttp.ClientSession
    app_token: str | None = field(default=None, repr=False)
    config_token: str | None = field(default=None, repr=False)
    expected_team: str | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    operators: Sequence[Operator] = ()
    url: str = ""
    sign_in: SlackSignIn | None = None
    public: bool = False
    now: Callable[[], datetime] = _now

    async def look(self) -> Sequence[Finding]:
        """Examine what Slack says."""
        return examine_slack(await self.gather())

    async def gather(self) -> SlackFacts:
        """Ask for everything; no refusal ends it early."""
        skew, socket = await asyncio.gather(self._skew(), self._socket())
        try:
            answer = await self.slack.ask(self.slack.client.auth_test())
        except SlackError as error:
            away = isinstance(error, SlackAway)
            said = error.reason if isinstance(error, SlackAway) else error.code
            return SlackFacts(error=said, away=away, skew=skew, socket=socket)
        bot_id, team = str(answer.get("bot_id") or ""), str(answer.get("team_id", ""))
        scopes = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
        named = [it for it in self.channels.items() if CHANNEL.fullmatch(it[1])]
        channels, operators, app, client = await asyncio.gather(
            asyncio.gather(*(self._channel(*each) for each in named)),
            asyncio.gather(*(self._operator(team, each) for each in self.operators)),
            self._app(bot_id),
            self._client_code(),
        )
        return SlackFacts(
            team_id=team,
            team=str(answer.get("team", "")),
            bot=bool(bot_id),
            scopes=frozenset(filter(None, scopes)),
            channels=tuple(channels),
            operators=tuple(each for each in operators if each),
            app=app,
            url=self.url,
            skew=skew,
            socket=socket,
            expected_team=self.expected_team,
            redirect=self.sign_in.redirect_url if self.sign_in else "",
            client=client,
            public=self.public,
        )

    async def _skew(self) -> float | None:
        """Seconds between this machine's clock and the Date header of Slack's answer."""
        try:
            answer = await self.slack.ask(self.slack.client.api_test())
            date = parsedate_to_datetime(str(answer.headers.get("Date", "")))
        except (SlackError, ValueError):
            return None
        return (self.now() - date.astimezone(UTC)).total_seconds()

    def _client(self, token: str) -> AsyncWebClient:
        ours = self.slack.client
        return AsyncWebClient(token, base_url=ours.base_url, session=self.session, proxy=ours.proxy)

    async def _socket(self) -> str | None:
        """Ask for the address of a Socket Mode connection, which is then left unused."""
        if self.app_token is None:
            return None
        client = self._client(self.app_token)
        return await self._code(client.apps_connections_open(app_token=self.app_token))

    async def _code(self, call: Awaitable[AsyncSlackResponse]) -> str:
        try:
            await self.slack.ask(call)
        except SlackError as error:
            return error.code
        return ""

    async def _client_code(self) -> str | None:
        """Sign in by a made-up code: the refusal tells whether Slack takes the client."""
        if self.sign_in is None:
            return None
        try:
            await self.sign_in.claims("made-up", "made-up")
        except SlackAway:
            return None
        except SlackError as error:
            return error.code
        return ""

    async def _channel(self, name: str, channel: str) -> ChannelFacts:
        try:
            answer = await self.slack.ask(self.slack.client.conversations_info(channel=channel))
        except SlackError as error:
            return ChannelFacts(name, error.code)
        about = _fields(answer.get("channel"))
        return ChannelFacts(
            name,
            channel=str(about.get("name") or channel),
            archived=about.get("is_archived") is True,
            member=about.get("is_member") is not False,
            shared=bool(about.get("is_ext_shared") or about.get("is_pending_ext_shared")),
        )

    async def _operator(self, team: str, operator: Operator) -> OperatorAtSlack | None:
        """Read an operator's account; nothing is known of it while Slack is away."""
        try:
            profile = await self.slack.profile(Actor(team, operator.user_id))
        except SlackAway:
            return None
        except SlackError as error:
            return OperatorAtSlack(operator.login, error.code)
        email = profile.email.casefold()
        same = not email or email == operator.email.casefold()
        return OperatorAtSlack(operator.login, deactivated=profile.deleted, same_address=same)

    async def _app(self, bot_id: str) -> AppFacts | str | None:
        """Export the app's manifest with the app-configuration token, if there is one."""
        if self.config_token is None:
            return None
        client = self._client(self.config_token)
        try:
            bot = await self.slack.ask(self.slack.client.bots_info(bot=bot_id))
            app_id = str(_fields(bot.get("bot")).get("app_id", ""))
            answer = await self.slack.ask(client.apps_manifest_export(app_id=app_id))
        except SlackError as error:
            return error.code
        return _read_app(_fields(answer.get("manifest")))


def _fields(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _read_app(manifest: Fields) -> AppFacts:
    features, settings = _fields(manifest.get("features")), _fields(manifest.get("settings"))
    commands = [_fields(each) for each in _listed(features.get("slash_commands"))]
    events, oauth = (
        _fields(settings.get("event_subscriptions")),
        _fields(manifest.get("oauth_config")),
    )
    pressed = _fields(settings.get("interactivity"))
    addresses = [(str(each.get("command")), each.get("url")) for each in commands]
    addresses += [("events", events.get("request_url"))]
    addresses += [("buttons and forms", pressed.get("request_url"))]
    addresses += [("menus", pressed.get("message_menu_options_url"))]
    socket_mode = settings.get("socket_mode_enabled") is True
    return AppFacts(
        commands=frozenset(str(each.get("command")) for each in commands),
        escaped=any(each.get("should_escape") is True for each in commands),
        events=frozenset(map(str, _listed(events.get("bot_events")))),
        interactive=pressed.get("is_enabled") is True,
        menus=socket_mode or bool(pressed.get("message_menu_options_url")),
        socket_mode=socket_mode,
        addresses=tuple((what, str(url)) for what, url in addresses if url),
        redirects=tuple(map(str, _listed(oauth.get("redirect_urls")))),
    )
