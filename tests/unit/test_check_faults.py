"""Every fault that a person can plant is found, by its own sentence and code.

Here each is planted in the facts of one probe. How facts are gathered is proven against the real
services and the sandbox: `tests/contracts/test_check_*.py` and `tests/scenarios/test_check.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.domain.checks.cloudinary import (
    CloudinaryFacts,
    Failure,
    OperatorAtCloudinary,
    Refusal,
    examine_cloudinary,
)
from bot.domain.checks.findings import EXIT_CODES, Finding, Level, worst
from bot.domain.checks.redis import RedisFacts, Trouble, examine_redis
from bot.domain.checks.rules import RULES
from bot.domain.checks.settings import Values, examine_settings, guessable, token_kind
from bot.domain.checks.slack import (
    AppFacts,
    ChannelFacts,
    OperatorAtSlack,
    SlackFacts,
    examine_slack,
)
from bot.domain.checks.slack_rules import COMMAND, EVENTS, FILES, LOOKS, MESSAGES, SCOPES, TALKS
from bot.domain.checks.web import Answer, PortFacts, WebFacts, examine_web

VALUES: Final = Values(
    wrong={},
    names=frozenset({"PATH", "CLOUDINARY_URL", "REDIS_PORT", "KEYSMITH_KEYS_FILE"}),
    known=frozenset({"KEYSMITH_KEYS", "SLACK_BOT_TOKEN", "REDIS_URL", "CLOUDINARY_API_URL"}),
    tokens={"SLACK_BOT_TOKEN": "xoxb", "SLACK_APP_TOKEN": "xapp"},
    signing_secret=True,
    keys_twice=False,
    keys_guessable=False,
    channels={"APPROVALS_CHANNEL": "C0APPROVE"},
    link_ttl=timedelta(minutes=10),
    request_ttl=timedelta(hours=8),
    ports=(3000, 3001),
)
REDIS: Final = RedisFacts(version="7.2.4")
APP: Final = AppFacts(
    commands=frozenset({COMMAND}),
    escaped=True,
    events=EVENTS,
    interactive=True,
    menus=True,
    socket_mode=False,
    addresses=(("events", "https://keys.example/slack/events"),),
)
SLACK: Final = SlackFacts(
    team_id="T1",
    team="Lumen",
    scopes=SCOPES,
    skew=0.5,
    channels=(ChannelFacts("APPROVALS_CHANNEL", channel="approvals"),),
    operators=(OperatorAtSlack("ada"),),
    app=APP,
    url="https://keys.example/slack/events",
)
REDIRECT: Final = "https://keys.example/sign-in/slack"
CLOUDINARY: Final = CloudinaryFacts(("Dev", "Prod"), permissions=True, roles=1)
WEB: Final = WebFacts(Answer.THIS, 200, "", (PortFacts("PORT", 3000),))

Facts = Values | RedisFacts | SlackFacts | CloudinaryFacts | WebFacts


def examined(facts: Facts) -> list[Finding]:
    """Examine facts of any probe."""
    match facts:
        case Values():
            return examine_settings(facts)
        case RedisFacts():
            return examine_redis(facts)
        case SlackFacts():
            return examine_slack(facts)
        case CloudinaryFacts():
            return examine_cloudinary(facts)
        case WebFacts():
            return examine_web(facts)


def channel(*, archived: bool = False, member: bool = True, shared: bool = False) -> SlackFacts:
    """Plant flaws in the approvals channel."""
    (good,) = SLACK.channels
    flawed = replace(good, archived=archived, member=member, shared=shared)
    return replace(SLACK, channels=(flawed,))


def unread(error: str) -> SlackFacts:
    """Let Slack refuse to show the channel."""
    return replace(SLACK, channels=(ChannelFacts("SECURITY_CHANNEL", error),))


def operator(operator: OperatorAtSlack) -> SlackFacts:
    """Plant an operator."""
    return replace(SLACK, operators=(operator,))


def answered(answer: Answer, status: int = 200, path: str = "") -> WebFacts:
    """Let another answer come from PUBLIC_URL."""
    return replace(WEB, answer=answer, status=status, path=path)


def variables(*names: str) -> Values:
    """Add variables to the environment."""
    return replace(VALUES, names=VALUES.names | {*names})


REFUSED: Final = Failure(Refusal.RIGHT, "not allowed")

PLANTED: Final[dict[str, tuple[Facts, str]]] = {
    "settings.missing": (replace(VALUES, wrong={"PORT": "is missing"}), "PORT is missing."),
    "settings.wrong": (replace(VALUES, wrong={"PORT": "needs a port"}), "PORT needs a port."),
    "settings.misspelt": (variables("KEYSMITH_KEY"), "Did you mean KEYSMITH_KEYS?"),
    "settings.token_kind": (
        replace(VALUES, tokens={"SLACK_APP_TOKEN": "xoxb"}),
        "SLACK_APP_TOKEN holds a bot token, and needs an app-level token.",
    ),
    "settings.signing_secret_form": (
        replace(VALUES, signing_secret=False),
        "SLACK_SIGNING_SECRET does not look like Slack's",
    ),
    "settings.signing_secret_unproven": (VALUES, "SLACK_SIGNING_SECRET can't be compared"),
    "settings.keys_twice": (replace(VALUES, keys_twice=True), "has the same key twice"),
    "settings.keys_guessable": (replace(VALUES, keys_guessable=True), "anyone can guess"),
    "settings.channel_name": (
        replace(VALUES, channels={"SECURITY_CHANNEL": "#security"}),
        "SECURITY_CHANNEL holds a channel's name",
    ),
    "settings.channel_form": (
        replace(VALUES, channels={"SECURITY_CHANNEL": "U0TOM0001"}),
        "SECURITY_CHANNEL holds no channel id",
    ),
    "settings.link_outlives": (
        replace(VALUES, link_ttl=timedelta(hours=9)),
        "LINK_TTL is longer than REQUEST_TTL",
    ),
    "settings.same_port": (replace(VALUES, ports=(80, 80)), "PORT and ADMIN_PORT are the same"),
    "settings.endpoint": (replace(VALUES, path="/slack/events"), "PUBLIC_URL ends with the path"),
    "slack.token_refused": (replace(SLACK, error="invalid_auth"), "refuses SLACK_BOT_TOKEN"),
    "slack.away": (
        replace(SLACK, error="slack.com did not answer in time", away=True),
        "Slack does not answer",
    ),
    "slack.token_of_a_person": (replace(SLACK, bot=False), "belongs to a person"),
    "slack.scopes_missing": (
        replace(SLACK, scopes=SCOPES - {"chat:write"}),
        "The bot token lacks chat:write.",
    ),
    "slack.scopes_for_check": (replace(SLACK, scopes=SCOPES - LOOKS), "can't be proven"),
    "slack.scopes_for_files": (replace(SLACK, scopes=SCOPES - FILES), "audit --export"),
    "slack.scopes_for_mentions": (replace(SLACK, scopes=SCOPES - TALKS), "mentions of Keysmith"),
    "slack.scopes_not_shown": (replace(SLACK, scopes=frozenset()), "does not name the token's"),
    "slack.other_team": (replace(SLACK, expected_team="T2"), "belongs to the workspace T1"),
    "slack.clock": (replace(SLACK, skew=-31.0), "differs from Slack's by 31 seconds"),
    "slack.app_token_refused": (replace(SLACK, socket="invalid_auth"), "refuses SLACK_APP_TOKEN"),
    "slack.channel_absent": (
        unread("channel_not_found"),
        "SECURITY_CHANNEL: this channel does not exist",
    ),
    "slack.channel_unread": (unread("missing_scope"), "does not show the channel (missing_scope)"),
    "slack.channel_archived": (channel(archived=True), "APPROVALS_CHANNEL: the channel is arch"),
    "slack.channel_without_bot": (channel(member=False), "Keysmith is not in the channel"),
    "slack.channel_shared": (channel(shared=True), "another company shares the channel"),
    "slack.operator_unknown": (
        operator(OperatorAtSlack("ada", "user_not_found")),
        "Slack has no user with the id of ada",
    ),
    "slack.operator_gone": (
        operator(OperatorAtSlack("ada", deactivated=True)),
        "the Slack account of ada is deactivated",
    ),
    "slack.operator_address": (
        operator(OperatorAtSlack("ada", same_address=False)),
        "ada has another email address at Slack",
    ),
    "slack.sign_in_off": (replace(SLACK, public=True), "anyone who has a complete link can open"),
    "slack.client_refused": (
        replace(SLACK, redirect=REDIRECT, client="bad_client_secret"),
        "refuses SLACK_CLIENT_ID with SLACK_CLIENT_SECRET (bad_client_secret)",
    ),
    "slack.redirect_missing": (
        replace(SLACK, redirect=REDIRECT, client="invalid_code"),
        f"The app has no redirect URL {REDIRECT}",
    ),
    "slack.app_uncompared": (replace(SLACK, app=None), "were not compared with the app"),
    "slack.app_unread": (replace(SLACK, app="token_expired"), "manifest (token_expired)"),
    "slack.command_missing": (
        replace(SLACK, app=replace(APP, commands=frozenset({"/keys"}))),
        "The app has no slash command /cld.",
    ),
    "slack.command_unescaped": (
        replace(SLACK, app=replace(APP, escaped=False)),
        "does not escape mentions",
    ),
    "slack.events_missing": (
        replace(SLACK, app=replace(APP, events=EVENTS - {"user_change"})),
        "The app is not subscribed to user_change.",
    ),
    "slack.messages_missing": (
        replace(SLACK, app=replace(APP, events=EVENTS - MESSAGES)),
        "not subscribed to app_mention, message.im, so messages to Keysmith get no answer",
    ),
    "slack.interactivity_off": (
        replace(SLACK, app=replace(APP, interactive=False)),
        "The app's interactivity is off",
    ),
    "slack.menus_off": (
        replace(SLACK, app=replace(APP, menus=False)),
        "the menus of forms offer nothing",
    ),
    "slack.other_address": (
        replace(SLACK, url="https://other.example/slack/events"),
        "The app delivers events to another address",
    ),
    "slack.socket_mode_differs": (
        replace(SLACK, app=replace(APP, socket_mode=True)),
        "Socket Mode is on in the app, and off here",
    ),
    "redis.private_in_public": (
        replace(REDIS, private=True, public=True),
        "REDIS_URL is missing, so a public Keysmith",
    ),
    **{
        f"redis.{trouble}": (
            replace(REDIS, trouble=trouble, what="it is away", do="Start it."),
            "Redis can't be used: it is away.",
        )
        for trouble in (Trouble.URL, Trouble.AWAY, Trouble.REFUSED)
    },
    "redis.not_read": (replace(REDIS, trouble=Trouble.NOT_READ), "does not let Keysmith read"),
    "redis.not_append_only": (replace(REDIS, append_only=False), "Redis is not append-only"),
    "redis.evicts": (replace(REDIS, policy="allkeys-lru"), "maxmemory-policy is allkeys-lru"),
    "redis.replica": (replace(REDIS, replica=True), "leads to a replica"),
    "redis.halted": (replace(REDIS, halted=True), "Keysmith is halted"),
    "redis.too_old": (replace(REDIS, version="6.0.16"), "Redis 6.0.16 is too old"),
    "redis.cluster": (replace(REDIS, cluster=True), "is a member of a cluster"),
    "redis.skewed": (replace(REDIS, skew=45.2), "differs from this machine's by 45 seconds"),
    "cloudinary.refused": (
        CloudinaryFacts(Failure(Refusal.CREDENTIALS)),
        "Cloudinary refuses CLOUDINARY_ACCOUNT_URL",
    ),
    "cloudinary.away": (
        CloudinaryFacts(Failure(Refusal.AWAY, "it could not be reached")),
        "Cloudinary does not answer: it could not be reached.",
    ),
    "cloudinary.no_account": (
        CloudinaryFacts(Failure(Refusal.NOT_THERE)),
        "Cloudinary knows no account with the id",
    ),
    "cloudinary.no_environments": (
        CloudinaryFacts(REFUSED),
        "isn't allowed to read the product environments (not allowed)",
    ),
    "cloudinary.none_there": (replace(CLOUDINARY, environments=()), "see any product environment"),
    "cloudinary.no_keys": (
        replace(CLOUDINARY, keys=(("Prod", REFUSED),)),
        "isn't allowed to read the keys of Prod (not allowed)",
    ),
    "cloudinary.no_users": (replace(CLOUDINARY, users=REFUSED), "isn't allowed to see the users"),
    "cloudinary.no_role": (replace(CLOUDINARY, roles=0), "The account key holds no role"),
    "cloudinary.no_rights": (
        replace(CLOUDINARY, closed=("Dev", "Prod")),
        "the account key has no rights, so no key is created: Dev, Prod.",
    ),
    "cloudinary.disabled": (
        replace(CLOUDINARY, disabled=(*"abcdefg",)),
        "Disabled product environments, where no key works: a, b, c, d, e, 2 more.",
    ),
    "cloudinary.downgraded": (
        replace(CLOUDINARY, permissions=False, had=True),
        "which this account had before, or may have had before Redis lost its data",
    ),
    "cloudinary.creation_unproven": (CLOUDINARY, "Only creating a key would prove"),
    "cloudinary.operator_unknown": (
        replace(CLOUDINARY, operators=(OperatorAtCloudinary("ada", 0, 0),)),
        "ada has an email address that no Cloudinary user has",
    ),
    "cloudinary.operator_unusable": (
        replace(CLOUDINARY, operators=(OperatorAtCloudinary("ada", 1, 0),)),
        "the Cloudinary user of ada is disabled",
    ),
    "web.port_taken": (
        replace(WEB, ports=(PortFacts("PORT", 3000, free=False),)),
        "Port 3000 (PORT) is used by another program",
    ),
    "web.port_refused": (
        replace(WEB, ports=(PortFacts("PORT", 80, reason="Permission denied"),)),
        "listen on port 80 (PORT): Permission denied",
    ),
    "web.other_program": (answered(Answer.OTHER, 502), "answers with status 502"),
    "web.redirected": (answered(Answer.REDIRECT, 302), "redirects browsers"),
    "web.no_address": (answered(Answer.NO_ADDRESS), "The host of PUBLIC_URL has no address"),
    "web.certificate": (answered(Answer.CERTIFICATE), "certificate at PUBLIC_URL is not valid"),
    "web.unreachable": (answered(Answer.UNREACHABLE), "can't be reached from this machine"),
    "web.path_unproven": (
        answered(Answer.OTHER, 404, "/keysmith"),
        "PUBLIC_URL has the path /keysmith",
    ),
}
"""Each rule that is not OK: the facts, and a part of its sentence."""

ELSEWHERE: Final = {"policy", "tier", "rules", "check"}
"""Probes whose rules pass on a sentence of their own; `tests/flows/test_examine.py` has them."""


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_fault_is_found(code: str) -> None:
    """By its code and its sentence, with a fix that says what to do"""
    facts, sentence = PLANTED[code]
    (found,) = (each for each in examined(facts) if each.code == code)
    assert sentence in found.text
    assert found.level is RULES[code].level
    assert found.fix.endswith(".")
    assert found.text[-1] in ".?"


def test_every_rule_is_planted() -> None:
    """A new rule fails until it is in the table"""
    faults = {code for code, rule in RULES.items() if rule.level is not Level.OK}
    assert {code for code in faults if code.partition(".")[0] not in ELSEWHERE} == PLANTED.keys()
    assert len(PLANTED) >= 40


@pytest.mark.parametrize(
    "facts", [VALUES, REDIS, SLACK, CLOUDINARY, WEB], ids=lambda it: type(it).__name__
)
def test_nothing_is_wrong_with_a_good_setup(facts: Facts) -> None:
    """No warning, and no fault: what can't be proven is only worth a look"""
    assert EXIT_CODES[worst(examined(facts))] == 0


@pytest.mark.parametrize(
    ("had", "codes"),
    [
        (False, {"cloudinary.rights"}),
        (True, {"cloudinary.downgraded"}),
        (None, set[str]()),
    ],
)
def test_without_the_api_the_rights_depend_on_whether_the_account_had_it(
    *, had: bool | None, codes: set[str]
) -> None:
    """Where Redis does not tell, nothing is claimed: its own probe says why"""
    found = {each.code for each in examined(replace(CLOUDINARY, permissions=False, had=had))}
    assert found - {"cloudinary.read", "cloudinary.creation_unproven"} == codes


@pytest.mark.parametrize(
    ("levels", "code"),
    [((), 0), (("ok", "look"), 0), (("warning", "look"), 2), (("warning", "fault", "ok"), 1)],
)
def test_the_exit_code_is_that_of_the_gravest_finding(levels: Sequence[str], code: int) -> None:
    """1 for a fault, 2 for warnings alone"""
    assert EXIT_CODES[worst(Finding("a.b", Level(each), "") for each in levels)] == code


@pytest.mark.parametrize(
    "name",
    ["CLOUDINARY_URL", "CLOUDINARY_API_KEY", "REDIS_PORT", "KEYSMITH_KEYS_FILE", "HOME", "PORT"],
)
def test_a_variable_of_another_program_is_no_misspelling(name: str) -> None:
    """Nor is the file that holds a value"""
    assert "settings.misspelt" not in {each.code for each in examined(variables(name))}


@pytest.mark.parametrize(
    "name", ["SLAK_BOT_TOKEN", "SLACK_BOT_TOKENS", "REDIS_URI", "KEYSMITHKEYS"]
)
def test_a_misspelt_variable_is_found(name: str) -> None:
    """Wherever the slip is"""
    assert "settings.misspelt" in {each.code for each in examined(variables(name))}


def test_kinds_of_tokens_are_told_by_their_beginning() -> None:
    """An unknown kind is left to Slack to judge"""
    assert [token_kind(it) for it in ("xoxb-1", "xapp-1", "xoxe.xoxp-1", "hush")] == [
        *("xoxb", "xapp", "xoxe.xoxp"),
        "",
    ]


def test_a_key_of_equal_bytes_is_guessable() -> None:
    """Zero is one of them"""
    assert [guessable(it) for it in (bytes(32), b"k" * 32, bytes(range(32)))] == [True, True, False]
