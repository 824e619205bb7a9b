"""What Slack must know of the app, its channels and its operators."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.domain.checks.findings import Finding
from bot.domain.checks.slack_rules import (
    COMMAND,
    EVENTS,
    FILES,
    LOOKS,
    MESSAGES,
    SCOPES,
    TALKS,
    Slack,
)

MADE_UP_CODE: Final = "invalid_code"
"""What Slack says of a made-up code: it has taken the client by then."""
SKEW: Final = 30.0
"""Seconds by which this machine's clock may differ from Slack's; both refuse at 300."""


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
    menus: bool
    socket_mode: bool
    addresses: tuple[tuple[str, str], ...] = ()
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True)
class SlackFacts:
    """What Slack says; `error` is its code where it refuses the token or is `away`.

    `skew` is in seconds. `socket` is the code of `apps.connections.open`: empty if it works, None
    if the bot has no app token. `app` is Slack's code, or None without an app-configuration token.
    `client` is the code for a sign-in by a made-up code, None where Slack did not answer;
    `redirect` is empty where no one signs in.
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
    redirect: str = ""
    client: str | None = None
    public: bool = False


def examine_slack(facts: SlackFacts) -> list[Finding]:
    """Say what is wrong with token, clock, channels, operators and app."""
    found = [*_clock(facts), *_socket(facts), *_app(facts)]
    if facts.error:
        rule = Slack.AWAY if facts.away else Slack.TOKEN_REFUSED
        return [rule.found(error=facts.error), *found]
    found = [*_token(facts), *_sign_in(facts), *found]
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
    lacking = SCOPES - facts.scopes
    needed = sorted(lacking - LOOKS - TALKS - FILES)
    if not facts.scopes:
        found.append(Slack.SCOPES_NOT_SHOWN.found())
    elif needed:
        found.append(Slack.SCOPES_MISSING.found(scopes=", ".join(needed)))
    else:
        milder = (
            (LOOKS, Slack.SCOPES_FOR_CHECK),
            (TALKS, Slack.SCOPES_FOR_MENTIONS),
            (FILES, Slack.SCOPES_FOR_FILES),
        )
        for scopes, rule in milder:
            if lacking & scopes:
                found.append(rule.found(scopes=", ".join(sorted(lacking & scopes))))
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


def _sign_in(facts: SlackFacts) -> Iterator[Finding]:
    if not facts.redirect:
        if facts.public:
            yield Slack.SIGN_IN_OFF.found()
    elif facts.client == MADE_UP_CODE:
        yield Slack.SIGN_IN.found()
    elif facts.client is not None:
        yield Slack.CLIENT_REFUSED.found(error=facts.client)


def _app(facts: SlackFacts) -> Iterator[Finding]:
    if facts.app is None:
        yield Slack.APP_UNCOMPARED.found()
    elif isinstance(facts.app, str):
        yield Slack.APP_UNREAD.found(error=facts.app)
    else:
        found = [*_features(facts.app), *_deliveries(facts, facts.app)]
        if facts.redirect and not any(map(facts.redirect.startswith, facts.app.redirects)):
            found.append(Slack.REDIRECT_MISSING.found(url=facts.redirect))
        yield from found or [Slack.APP.found()]


def _features(app: AppFacts) -> Iterator[Finding]:
    if COMMAND not in app.commands:
        yield Slack.COMMAND_MISSING.found()
    elif not app.escaped:
        yield Slack.COMMAND_UNESCAPED.found()
    for events, rule in (
        (EVENTS - MESSAGES, Slack.EVENTS_MISSING),
        (MESSAGES, Slack.MESSAGES_MISSING),
    ):
        if missing := sorted(events - app.events):
            yield rule.found(events=", ".join(missing))
    if not app.interactive:
        yield Slack.INTERACTIVITY_OFF.found()
    elif not app.menus:
        yield Slack.MENUS_OFF.found()


def _deliveries(facts: SlackFacts, app: AppFacts) -> Iterator[Finding]:
    here = facts.socket is not None
    words = {True: "on", False: "off"}
    if app.socket_mode is not here:
        yield Slack.SOCKET_MODE_DIFFERS.found(there=words[app.socket_mode], here=words[here])
    elif not here and facts.url:
        for what, address in app.addresses:
            if address != facts.url:
                yield Slack.OTHER_ADDRESS.found(what=what, url=facts.url)
