"""What the probe of Slack says, and what the shipped manifest has."""

from typing import Final

from bot.domain.checks.findings import Level, Rule

LOOKS: Final = frozenset({"channels:read", "groups:read"})
"""The scopes with which `check` reads the state of channels; the bot itself works without them."""
TALKS: Final = frozenset({"app_mentions:read"})
"""The scope with which the bot hears mentions; apps of a former manifest lack it."""
FILES: Final = frozenset({"files:write"})
"""The scope with which the bot sends files; apps of a former manifest lack it."""
SCOPES: Final = (
    LOOKS
    | TALKS
    | FILES
    | frozenset(
        (
            *("channels:history", "chat:write", "commands", "groups:history", "im:history"),
            *("im:write", "usergroups:read", "users:read", "users:read.email"),
        )
    )
)
"""The scopes of the shipped manifest."""
COMMAND: Final = "/cld"
MESSAGES: Final = frozenset({"app_mention", "message.im"})
"""The events that bring messages to the bot; apps of a former manifest lack them."""
EVENTS: Final = MESSAGES | frozenset({"app_home_opened", "team_join", "user_change"})
"""The events of the shipped manifest."""


class Slack(Rule):
    """What the probe of Slack says."""

    TOKEN = (Level.OK, "The bot token is of {team} and has the scopes that it needs.")
    SOCKET = (Level.OK, "Slack opens Socket Mode for SLACK_APP_TOKEN.")
    CHANNEL = (Level.OK, "{name}: Keysmith is in #{channel}.")
    APP = (Level.OK, "The app has the command, the events and the interactivity of the manifest.")
    SIGN_IN = (
        Level.OK,
        "Slack takes the client of Sign in with Slack: links open for their owner.",
    )
    SIGN_IN_OFF = (
        Level.WARNING,
        (
            "SLACK_CLIENT_ID is not set, so no one signs in: anyone who has a complete link can"
            " open it."
        ),
        "Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (docs/install.md, Sign in with Slack).",
    )
    CLIENT_REFUSED = (
        Level.FAULT,
        "Slack refuses SLACK_CLIENT_ID with SLACK_CLIENT_SECRET ({error}), so no link opens.",
        "Copy both from “App Credentials” in the app's “Basic Information”.",
    )
    REDIRECT_MISSING = (
        Level.FAULT,
        "The app has no redirect URL {url}, so no one can sign in and no link opens.",
        "Add it under “OAuth & Permissions”, “Redirect URLs”.",
    )
    APP_UNCOMPARED = (
        Level.LOOK,
        "Slash command, events and interactivity were not compared with the app.",
        (
            "Compare them with slack/manifest.yaml, or set SLACK_CONFIG_TOKEN to an"
            " app-configuration token from api.slack.com/apps and check again."
        ),
    )
    TOKEN_REFUSED = (
        Level.FAULT,
        "Slack refuses SLACK_BOT_TOKEN ({error}).",
        (
            "If the token was revoked or the app removed, install the app in the workspace again;"
            " then copy its bot token from “OAuth & Permissions”, and restart."
        ),
    )
    AWAY = (
        Level.FAULT,
        "Slack does not answer: {error}.",
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
    SCOPES_FOR_MENTIONS = (
        Level.WARNING,
        "The bot token lacks {scopes}, so mentions of Keysmith in channels get no answer.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    SCOPES_FOR_FILES = (
        Level.WARNING,
        "The bot token lacks {scopes}, so `/cld audit --export` and `/cld report` send no files.",
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
        (
            "Create an app-level token with the scope connections:write in “Basic Information”, and"
            " turn Socket Mode on."
        ),
    )
    CHANNEL_ABSENT = (
        Level.FAULT,
        "{name}: this channel does not exist, or it is private and Keysmith is not in it.",
        "Compare the id in the channel's details, and invite Keysmith to the channel.",
    )
    CHANNEL_UNREAD = (
        Level.WARNING,
        "{name}: Slack does not show the channel ({error}).",
        "Check in Slack whether Keysmith is in it, and whether another company shares it.",
    )
    CHANNEL_ARCHIVED = (
        Level.FAULT,
        "{name}: the channel is archived, so nothing can be posted there.",
        "Restore the channel, or use another one.",
    )
    CHANNEL_WITHOUT_BOT = (
        Level.FAULT,
        "{name}: Keysmith is not in the channel.",
        "Type /invite @Keysmith there.",
    )
    CHANNEL_SHARED = (
        Level.FAULT,
        "{name}: another company shares the channel, and could read who requests access to what.",
        "Use a channel that only your own workspace has.",
    )
    OPERATOR_UNKNOWN = (
        Level.FAULT,
        "OPERATORS: Slack has no user with the id of {login}.",
        "Copy the user id from the person's profile in Slack.",
    )
    OPERATOR_GONE = (
        Level.FAULT,
        "OPERATORS: the Slack account of {login} is deactivated.",
        "Remove the operator.",
    )
    OPERATOR_ADDRESS = (
        Level.FAULT,
        "OPERATORS: {login} has another email address at Slack.",
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
    MESSAGES_MISSING = (
        Level.WARNING,
        "The app is not subscribed to {events}, so messages to Keysmith get no answer there.",
        "Import slack/manifest.yaml again, and install the app again.",
    )
    INTERACTIVITY_OFF = (
        Level.FAULT,
        "The app's interactivity is off, so no button works.",
        "Turn it on, or import slack/manifest.yaml again.",
    )
    MENUS_OFF = (
        Level.FAULT,
        "The app has no Options Load URL, so the menus of forms offer nothing.",
        "Set it to the Request URL, or import slack/manifest.yaml again.",
    )
    OTHER_ADDRESS = (
        Level.FAULT,
        "The app delivers {what} to another address than {url}.",
        "Correct the Request URL in the app's settings.",
    )
    SOCKET_MODE_DIFFERS = (
        Level.FAULT,
        "Socket Mode is {there} in the app, and {here} here.",
        "Turn Socket Mode on in the app if SLACK_APP_TOKEN is set, and only then.",
    )
