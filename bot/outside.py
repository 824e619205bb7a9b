"""The services that the bot talks to, opened with its settings."""

from dataclasses import dataclass, field

import aiohttp

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.cedar.rights import key_right
from bot.adapters.clock import SystemClock
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.client import Cloudinary
from bot.adapters.cloudinary.no_account import NO_ONE, NoAccount
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.slack.client import Slack
from bot.adapters.slack.files import SlackFiles
from bot.adapters.slack.openid import SlackSignIn
from bot.domain.people import Workspace
from bot.flows.examine import Examination
from bot.flows.ports import Clock, Examiner
from bot.settings import Settings


@dataclass(frozen=True)
class Outside:
    """The services that the bot talks to, each by one adapter."""

    settings: Settings
    session: aiohttp.ClientSession
    slack: Slack
    cloudinary: Cloudinary
    policy: CedarPolicy
    team: Workspace
    permissions: bool
    clock: Clock = field(default_factory=SystemClock)
    examiner: Examiner = field(default_factory=Examination)

    @property
    def sign_in(self) -> SlackSignIn | None:
        """Slack's side of a sign-in; None where the app's client is not set."""
        return open_sign_in(self.settings, self.session, self.team.id)

    @property
    def files(self) -> SlackFiles:
        """What sends files."""
        return SlackFiles(self.slack, self.session, self.settings.slack_api_url)


def open_cloudinary(settings: Settings, session: aiohttp.ClientSession) -> Cloudinary:
    """Open the account; without its key, every call fails."""
    base = settings.cloudinary_api_url
    if not settings.has_account:
        return Cloudinary(NoAccount(session, NO_ONE, base), rights=key_right)
    account = AccountCredentials.parse(settings.cloudinary_account_url.get_secret_value())
    return Cloudinary(Transport(session, account, base), rights=key_right)


def open_slack(settings: Settings, session: aiohttp.ClientSession) -> Slack:
    """Open the Slack workspace."""
    token = settings.slack_bot_token.get_secret_value()
    return Slack(token, settings.slack_api_url, session)


def open_sign_in(
    settings: Settings, session: aiohttp.ClientSession, team_id: str
) -> SlackSignIn | None:
    """Open Slack's side of a sign-in; None where the app's client is not set."""
    client, secret = settings.slack_client_id, settings.slack_client_secret
    if not client or not secret:
        return None
    own = client, secret.get_secret_value(), settings.redirect_url
    return SlackSignIn(*own, settings.slack_api_url, team_id, session)


async def open_outside(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock | None = None
) -> Outside:
    """Open every service. Raises `ConfigurationError`, `SlackError` or `CloudinaryError`."""
    policy = CedarPolicy.load(settings.policy_file, signs_in=settings.signs_in)
    slack, cloudinary = open_slack(settings, session), open_cloudinary(settings, session)
    team, permissions = await slack.workspace(), await cloudinary.has_permissions_api()
    time = clock or SystemClock()
    return Outside(settings, session, slack, cloudinary, policy, team, permissions, time)
