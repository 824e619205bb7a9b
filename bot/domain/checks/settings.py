"""What is wrong with the variables themselves, before any service is asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Final

from bot.domain.checks.findings import Finding, Level, Rule

TOKENS: Final = {
    "xoxb": "a bot token",
    "xoxp": "a user token",
    "xapp": "an app-level token",
    "xoxe.xoxp": "an app-configuration token",
    "xoxc": "a browser's token",
    "xoxs": "a token of Slack's own client",
}
"""Kinds of Slack's tokens, by what is in front of the first dash."""
FOREIGN: Final = frozenset(
    {"CLOUDINARY_URL", "CLOUDINARY_ACCOUNT_ID", "CLOUDINARY_API_KEY", "CLOUDINARY_API_SECRET"}
)
"""Variables of Cloudinary's own libraries, which are no misspelt names of Keysmith's."""
SIMILAR: Final = 0.8
"""How similar two names are that may be the same, from 0 to 1."""
SHORTEST: Final = 6
"""Letters of a name that is compared: shorter ones are similar by chance."""
SIGNING_SECRET: Final = re.compile(r"[0-9a-f]{32}")
CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,}")


class Settings(Rule):
    """What the probe of the variables says."""

    READ = (Level.OK, "Every required variable is there and readable.")
    MISSING = (Level.FAULT, "{name} is missing.", "Set it; the README describes each variable.")
    WRONG = (Level.FAULT, "{name} {what}.", "Correct it; the README has its form.")
    MISSPELT = (
        Level.WARNING,
        "{name} is not a variable of Keysmith. Did you mean {meant}?",
        "Rename it, or remove it.",
    )
    TOKEN_KIND = (
        Level.FAULT,
        "{name} holds {kind}, and needs {needed}.",
        (
            "Copy the right one from the app's pages: “OAuth & Permissions” has the bot token"
            " (xoxb-), “Basic Information” the app-level token (xapp-)."
        ),
    )
    SIGNING_SECRET_FORM = (
        Level.WARNING,
        "SLACK_SIGNING_SECRET does not look like Slack's: 32 digits and letters from a to f.",
        "Copy “Signing Secret” from the app's “Basic Information”, not the client secret.",
    )
    SIGNING_SECRET_UNPROVEN = (
        Level.LOOK,
        "SLACK_SIGNING_SECRET can't be compared with Slack, which never shows whether it is right.",
        (
            "Type /cld help. If Slack says that the app did not respond, and the log has"
            " delivery_refused with bad_signature, copy it again from “Basic Information”."
        ),
    )
    KEYS_TWICE = (
        Level.FAULT,
        "KEYSMITH_KEYS has the same key twice.",
        "Remove the repetition. A new key in front must differ from the others.",
    )
    KEYS_GUESSABLE = (
        Level.FAULT,
        "KEYSMITH_KEYS has a key that anyone can guess: all of its bytes are the same.",
        "Create a random key as the README says, and put it in front.",
    )
    CHANNEL_NAME = (
        Level.FAULT,
        "{name} holds a channel's name, and needs its id.",
        "Open the channel's details in Slack: the id, such as C0123ABCD, is at the end.",
    )
    CHANNEL_FORM = (
        Level.FAULT,
        "{name} holds no channel id.",
        "Open the channel's details in Slack: the id, such as C0123ABCD, is at the end.",
    )
    LINK_OUTLIVES = (
        Level.FAULT,
        "LINK_TTL is longer than REQUEST_TTL: a link would outlive the credentials behind it.",
        "Make LINK_TTL shorter, or REQUEST_TTL longer.",
    )
    SAME_PORT = (
        Level.FAULT,
        "PORT and ADMIN_PORT are the same port.",
        "Give ADMIN_PORT another one, which is not public.",
    )
    ENDPOINT = (
        Level.FAULT,
        "PUBLIC_URL ends with the path of a page: {path}.",
        "Leave that part out: PUBLIC_URL is the address in front of /slack/events.",
    )


@dataclass(frozen=True)
class Values:
    """The variables as facts: no secret is among them.

    `wrong` has what is wrong with a variable by its name; `names` are those of the environment.
    """

    wrong: Mapping[str, str]
    names: frozenset[str]
    known: frozenset[str]
    tokens: Mapping[str, str]
    signing_secret: bool | None
    keys_twice: bool
    keys_guessable: bool
    channels: Mapping[str, str]
    link_ttl: timedelta
    request_ttl: timedelta
    ports: tuple[int, int]
    path: str = ""


def token_kind(token: str) -> str:
    """Return what is in front of a token's first dash, if it is a kind that Slack has."""
    kind = token.partition("-")[0]
    return kind if kind in TOKENS else ""


def guessable(key: bytes) -> bool:
    """Whether all bytes of a key are the same, such as zero."""
    return len(set(key)) <= 1


def examine_settings(values: Values) -> list[Finding]:
    """Say everything that is wrong with the variables."""
    found = [*_wrong(values), *_misspelt(values), *_slack(values), *_rest(values)]
    faults = any(each.level is Level.FAULT for each in found)
    return found if faults else [Settings.READ.found(), *found]


def _wrong(values: Values) -> Iterator[Finding]:
    for name, what in values.wrong.items():
        if what == "is missing":
            yield Settings.MISSING.found(name=name)
        else:
            yield Settings.WRONG.found(name=name, what=what)


def _misspelt(values: Values) -> Iterator[Finding]:
    """Names that are close to one of Keysmith's; a file that holds a value is named NAME_FILE."""
    known = sorted(name for name in values.known if len(name) >= SHORTEST)
    ours = values.known | {f"{name}_FILE" for name in values.known} | FOREIGN
    for name in sorted(values.names - ours):
        close = get_close_matches(name, known, 1, SIMILAR) if len(name) >= SHORTEST else []
        if close:
            yield Settings.MISSPELT.found(name=name, meant=close[0])


def _slack(values: Values) -> Iterator[Finding]:
    for name, needed in (("SLACK_BOT_TOKEN", "xoxb"), ("SLACK_APP_TOKEN", "xapp")):
        kind = values.tokens.get(name, "")
        if kind and kind != needed:
            yield Settings.TOKEN_KIND.found(name=name, kind=TOKENS[kind], needed=TOKENS[needed])
    if values.signing_secret is not None:
        unproven, form = Settings.SIGNING_SECRET_UNPROVEN, Settings.SIGNING_SECRET_FORM
        yield (unproven if values.signing_secret else form).found()
    for name, channel in values.channels.items():
        if channel.startswith("#"):
            yield Settings.CHANNEL_NAME.found(name=name)
        elif not CHANNEL.fullmatch(channel):
            yield Settings.CHANNEL_FORM.found(name=name)


def _rest(values: Values) -> Iterator[Finding]:
    if values.keys_twice:
        yield Settings.KEYS_TWICE.found()
    if values.keys_guessable:
        yield Settings.KEYS_GUESSABLE.found()
    if values.link_ttl > values.request_ttl:
        yield Settings.LINK_OUTLIVES.found()
    if values.ports[0] and values.ports[0] == values.ports[1]:
        yield Settings.SAME_PORT.found()
    if re.search(r"/(slack/events|s|leaks)$", values.path):
        yield Settings.ENDPOINT.found(path=values.path)
