"""What Slack must know of the app, its channels and its operators."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.domain.checks.findings import Finding, Level, Rule

LOOKS: Final = frozenset({"channels:read", "groups:read"})
"""The scopes with which `check` reads the state of channels; the bot itself works without them."""
SCOPES: Final = LOOKS | frozenset(
    (
        *("channels:history", "chat:write", "commands", "groups:history", "im:history"),
        *("im:write", "usergroups:read", "users:read", "users:read.email"),
    )
)
"""The scopes of the shipped manifest."""
COMMAND: Final = "/cld"
EVENTS: Final = frozenset({"app_home_opened", "team_join", "user_change"})
"""The events of the shipped manifest."""
SKEW: Final = 30.0
"""Seconds by which this machine's clock may differ from Slack's; Slack refuses at 300."""


class Slack(Rule):
    """What the probe of Slack says."""

    TOKEN = (Level.OK, "The bot token is of {team} and has the scopes that it needs.")
    SOCKET = (Level.OK, "Slack opens Socket Mode for SLACK_APP_TOKEN.")
    CHANNEL = (Level.OK, "{name}: Keysmith is in #{channel}.")
    APP = (Level.OK, "The app has the command, the events and the interactivity of the manifest.")
    APP_UNCOMPARED = (
        Level.LOOK,
        "Slash command, events and interactivity were not compared with the app.",
        "Compare them with slack/manifest.yaml, or set SLACK_CONFIG_TOKEN to an app-configuration"
        " token from api.slack.com/apps and check again.",
    )
    TOKEN_REFUSED = (
        Level.FAULT,
        "Slack refuses SLACK_BOT_TOKEN ({error}).",
        "Copy the bot token of the installed app from “OAuth & Permissions”.",
    )
    AWAY = (
        Level.FAULT,
        "Slack does not answer ({error}).",
        "Compare SLACK_API_URL, and look at the firewall and at status.slack.com.",
    )
    TOKEN_OF_A_PERSON = (
        Level.FAULT,
        "SLACK_BOT_TOKEN belongs to a person, not to the app's bot.",
        "Copy “Bot User OAuth Token” from “OAuth & Permissions”.",
    )
    SCOPES_MISSING = (
        Level.FAULT,
        "The bot token lacks {scopes}.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    SCOPES_FOR_CHECK = (
        Level.WARNING,
        "The bot token lacks {scopes}, so the state of the channels can't be proven.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    SCOPES_NOT_SHOWN = (
        Level.WARNING,
        "Slack's answer does not name the token's scopes; a proxy may remove the header.",
        "Check once without the proxy.",
    )
    OTHER_TEAM = (
        Level.FAULT,
        "SLACK_BOT_TOKEN belongs to the workspace {team_id}, and SLACK_TEAM_ID names another one.",
        "Install the app in the workspace of SLACK_TEAM_ID, or correct SLACK_TEAM_ID.",
    )
    CLOCK = (
        Level.FAULT,
        "This machine's clock differs from Slack's by {seconds} seconds.",
        "Set it by NTP: Keysmith refuses deliveries whose time differs by five minutes.",
    )
    APP_TOKEN_REFUSED = (
        Level.FAULT,
        "Slack refuses SLACK_APP_TOKEN ({error}).",
        "Create an app-level token with the scope connections:write in “Basic Information”, and"
        " turn Socket Mode on.",
    )
    CHANNEL_ABSENT = (
        Level.FAULT,
        "{name}: there is no such channel, or it is private and Keysmith is not in it.",
        "Compare the id in the channel's details, and invite Keysmith to the channel.",
    )
    CHANNEL_UNREAD = (
        Level.WARNING,
        "{name}: Slack does not show the channel ({error}).",
        "Look in Slack whether Keysmith is in it, and whether another company shares it.",
    )
    CHANNEL_ARCHIVED = (
        Level.FAULT,
        "{name}: the channel is archived, so nothing can be posted there.",
        "Restore the channel, or name another one.",
    )
    CHANNEL_WITHOUT_BOT = (
        Level.FAULT,
        "{name}: Keysmith is not in the channel.",
        "Type /invite @Keysmith there.",
    )
    CHANNEL_SHARED = (
        Level.FAULT,
        "{name}: another company shares the channel, and would read who asks for which access.",
        "Name a channel that only your own workspace has.",
    )
    OPERATOR_UNKNOWN = (
        Level.FAULT,
        "OPERATORS: Slack knows no user with the id of {login}.",
        "Copy the user id from the person's profile in Slack.",
    )
    OPERATOR_GONE = (
        Level.FAULT,
        "OPERATORS: the Slack account of {login} is deactivated.",
        "Remove the operator.",
    )
    OPERATOR_ADDRESS = (
        Level.FAULT,
        "OPERATORS: {login} has another e-mail address at Slack.",
        "Use the address that Slack and Cloudinary have.",
    )
    APP_UNREAD = (
        Level.WARNING,
        "Slack does not show the app's manifest ({error}).",
        "Create a new SLACK_CONFIG_TOKEN at api.slack.com/apps: it works for 12 hours.",
    )
    COMMAND_MISSING = (
        Level.FAULT,
        "The app has no slash command /cld.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    COMMAND_UNESCAPED = (
        Level.FAULT,
        "The slash command /cld does not escape mentions, so Keysmith can't read who is meant.",
        "Turn “Escape channels, users, and links” on, or import slack/manifest.yaml again.",
    )
    EVENTS_MISSING = (
        Level.FAULT,
        "The app is not subscribed to {events}.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    INTERACTIVITY_OFF = (
        Level.FAULT,
        "The app's interactivity is off, so no button works.",
        "Turn it on, or import slack/manifest.yaml again.",
    )
    OTHER_ADDRESS = (
        Level.FAULT,
        "The app delivers {what} to another address than {url}.",
        "Correct the Request URL in the app's settings.",
    )
    SOCKET_MODE_DIFFERS = (
        Level.FAULT,
        "Socket Mode is {there} in the app, and {here} here.",
        "Set SLACK_APP_TOKEN if the app uses Socket Mode; else turn it off in the app.",
    )


@dataclass(frozen=True)
class ChannelFacts:
    """A channel that a variable names; `error` is Slack's code if Slack does not show it."""

    name: str
    error: str = ""
    channel: str = ""
    archived: bool = False
    member: bool = True
    shared: bool = False


@dataclass(frozen=True)
class OperatorAtSlack:
    """An operator's Slack account."""

    login: str
    error: str = ""
    deactivated: bool = False
    same_address: bool = True


@dataclass(frozen=True)
class AppFacts:
    """The app's manifest as Slack has it; `addresses` are Request URLs by what is delivered."""

    commands: frozenset[str]
    escaped: bool
    events: frozenset[str]
    interactive: bool
    socket_mode: bool
    addresses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SlackFacts:
    """What Slack says; `error` is its code where it refuses the token or is `away`.

    `skew` is in seconds. `socket` is the code of `apps.connections.open`: empty if it works, None if
    the bot has no app token. `app` is Slack's code, or None without an app-configuration token.
    """

    error: str = ""
    away: bool = False
    team_id: str = ""
    team: str = ""
    bot: bool = True
    scopes: frozenset[str] = frozenset()
    skew: float | None = None
    expected_team: str | None = None
    socket: str | None = None
    channels: tuple[ChannelFacts, ...] = ()
    operators: tuple[OperatorAtSlack, ...] = ()
    app: AppFacts | str | None = None
    url: str = ""


def examine_slack(facts: SlackFacts) -> list[Finding]:
    """Say what is wrong with token, clock, channels, operators and app."""
    found = [*_clock(facts), *_socket(facts), *_app(facts)]
    if facts.error:
        rule = Slack.AWAY if facts.away else Slack.TOKEN_REFUSED
        return [rule.found(error=facts.error), *found]
    found = [*_token(facts), *found]
    for channel in facts.channels:
        found += _channel(channel)
    for operator in facts.operators:
        found += _operator(operator)
    return found


def _clock(facts: SlackFacts) -> Iterator[Finding]:
    if facts.skew is not None and abs(facts.skew) > SKEW:
        yield Slack.CLOCK.found(seconds=round(abs(facts.skew)))


def _socket(facts: SlackFacts) -> Iterator[Finding]:
    if facts.socket:
        yield Slack.APP_TOKEN_REFUSED.found(error=facts.socket)
    elif facts.socket is not None:
        yield Slack.SOCKET.found()


def _token(facts: SlackFacts) -> Iterator[Finding]:
    found = []
    if not facts.bot:
        found.append(Slack.TOKEN_OF_A_PERSON.found())
    if facts.expected_team not in {None, facts.team_id}:
        found.append(Slack.OTHER_TEAM.found(team_id=facts.team_id))
    needed, helpful = sorted(SCOPES - LOOKS - facts.scopes), sorted(LOOKS - facts.scopes)
    if not facts.scopes:
        found.append(Slack.SCOPES_NOT_SHOWN.found())
    elif needed:
        found.append(Slack.SCOPES_MISSING.found(scopes=", ".join(needed)))
    elif helpful:
        found.append(Slack.SCOPES_FOR_CHECK.found(scopes=", ".join(helpful)))
    yield from found or [Slack.TOKEN.found(team=facts.team)]


def _channel(channel: ChannelFacts) -> Iterator[Finding]:
    name = channel.name
    if channel.error == "channel_not_found":
        yield Slack.CHANNEL_ABSENT.found(name=name)
        return
    if channel.error:
        yield Slack.CHANNEL_UNREAD.found(name=name, error=channel.error)
        return
    flaws = (
        (channel.archived, Slack.CHANNEL_ARCHIVED),
        (not channel.member and not channel.archived, Slack.CHANNEL_WITHOUT_BOT),
        (channel.shared, Slack.CHANNEL_SHARED),
    )
    found = [rule.found(name=name) for flawed, rule in flaws if flawed]
    yield from found or [Slack.CHANNEL.found(name=name, channel=channel.channel)]


def _operator(operator: OperatorAtSlack) -> Iterator[Finding]:
    if operator.error:
        yield Slack.OPERATOR_UNKNOWN.found(login=operator.login)
    elif operator.deactivated:
        yield Slack.OPERATOR_GONE.found(login=operator.login)
    elif not operator.same_address:
        yield Slack.OPERATOR_ADDRESS.found(login=operator.login)


def _app(facts: SlackFacts) -> Iterator[Finding]:
    if facts.app is None:
        yield Slack.APP_UNCOMPARED.found()
    elif isinstance(facts.app, str):
        yield Slack.APP_UNREAD.found(error=facts.app)
    else:
        found = [*_features(facts.app), *_deliveries(facts, facts.app)]
        yield from found or [Slack.APP.found()]


def _features(app: AppFacts) -> Iterator[Finding]:
    if COMMAND not in app.commands:
        yield Slack.COMMAND_MISSING.found()
    elif not app.escaped:
        yield Slack.COMMAND_UNESCAPED.found()
    if EVENTS - app.events:
        yield Slack.EVENTS_MISSING.found(events=", ".join(sorted(EVENTS - app.events)))
    if not app.interactive:
        yield Slack.INTERACTIVITY_OFF.found()


def _deliveries(facts: SlackFacts, app: AppFacts) -> Iterator[Finding]:
    here = facts.socket is not None
    words = {True: "on", False: "off"}
    if app.socket_mode is not here:
        yield Slack.SOCKET_MODE_DIFFERS.found(there=words[app.socket_mode], here=words[here])
    elif not here and facts.url:
        for what, address in app.addresses:
            if address != facts.url:
                yield Slack.OTHER_ADDRESS.found(what=what, url=facts.url)
