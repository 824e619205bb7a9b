"""`requests list|show|approve|deny`: an operator decides at the server while Slack is away."""

import argparse
import os
import sys
from typing import Final

import aiohttp

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.logs import configure
from bot.adapters.slack.offline import PATIENCE, SlackOffline
from bot.app import open_redis, stores_of
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.cards.shell import waiting
from bot.cli import QUIET, Subparsers
from bot.cli.login import login_name
from bot.domain.commands.requests import Approve, Deny, ListRequests
from bot.domain.operators import Operator, operator_of
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.requests import RequestShown, RequestsListed, WhichRequest
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Workspace
from bot.errors import ConfigurationError
from bot.flows.correlation import new_id
from bot.flows.requests.lookup import OperatorCommand, named
from bot.flows.shell import ShellAuditLog, ShellIntake
from bot.outside import Outside, open_cloudinary
from bot.ports_of import flows_of
from bot.settings import Settings, read_settings

NO_OPERATOR: Final = (
    "Only an operator can use this command, and your login on this server, {login}, is not one."
    " Nothing changed. To become one, add {login}=SLACK_USER_ID:EMAIL to the variable OPERATORS"
    " (your Slack user id, and your email address at Cloudinary), and run this again."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    requests = subparsers.add_parser(
        "requests", help="decide on requests on this server, for example while Slack is away"
    )
    requests.set_defaults(run=run)
    verbs = requests.add_subparsers(dest="verb", required=True, metavar="list|show|approve|deny")
    verbs.add_parser("list", help="list the open requests")
    show = verbs.add_parser("show", help="show one request")
    approve = verbs.add_parser("approve", help="approve a request")
    deny = verbs.add_parser("deny", help="deny a request")
    for each in (show, approve, deny):
        each.add_argument("id", help="the request's id, as `requests list` shows it")
    approve.add_argument("--comment", help="why you approve; some rules require it")
    approve.add_argument(
        "--confirm", help="the key's name, typed again; rules of high risk require it"
    )
    deny.add_argument("--reason", required=True, help="why you deny it")
    unsure = "It is not known whether your decision counts. Check with `keysmith requests show ID`."
    for each in (approve, deny):
        each.set_defaults(unsure=unsure)


async def run(arguments: argparse.Namespace) -> int:
    """Run one of the verbs."""
    configure(QUIET)
    return await operate(read_settings(Settings), _command(arguments))


def _command(arguments: argparse.Namespace) -> OperatorCommand:
    match arguments.verb:
        case "approve":
            return Approve(arguments.id, arguments.comment, arguments.confirm)
        case "deny":
            return Deny(arguments.id, arguments.reason)
        case "show":
            return ListRequests(arguments.id)
        case _:
            return ListRequests()


async def operate(settings: Settings, command: OperatorCommand) -> int:
    """Run one command; the exit code is 0 if a request is shown or a vote counts.

    Raises `ConfigurationError` if the login belongs to no operator.
    """
    login = login_name(os.getuid(), os.environ.get("SUDO_USER"))
    operator = operator_of(login, settings.operators)
    if operator is None:
        raise ConfigurationError(NO_OPERATOR.format(login=login))
    outcome = await _outcome(settings, operator, command)
    card = waiting(outcome) if isinstance(outcome, RequestsListed) else card_of(outcome)
    sys.stdout.write(f"{plain(card)}\n")
    return 0 if isinstance(outcome, Voted | RequestShown | RequestsListed) else 1


async def _outcome(settings: Settings, operator: Operator, command: OperatorCommand) -> Outcome:
    async with (
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        open_redis(settings) as redis,
    ):
        stores, cloudinary = stores_of(settings, redis), open_cloudinary(settings, session)
        await stores.ledger.signing.look()
        meant = await named(stores.requests, command)
        if isinstance(meant, WhichRequest):
            return meant
        command, request = meant
        decided = None if isinstance(command, ListRequests) else command.id
        slack = SlackOffline(
            settings.slack_bot_token.get_secret_value(),
            settings.slack_api_url,
            session,
            operator=(operator.user_id, operator.email),
            known={request.terms.requester.user_id: request.asker.email} if request else {},
        )
        policy = CedarPolicy.load(settings.policy_file)
        team = await slack.workspace()  # without an id while Slack is away
        like = request.terms.requester if request else Actor(team.id, "")
        team = team if team.id else Workspace(like.team_id, "")
        permissions = decided is not None and await cloudinary.has_permissions_api()
        if decided is not None and not permissions:
            await stores.permissions.prove_absent()
        outside = Outside(settings, session, slack, cloudinary, policy, team, permissions)
        audit_log = ShellAuditLog(outside.clock, operator.login)
        dispatcher = flows_of(outside, stores, audit_log).dispatcher
        intake = ShellIntake(dispatcher, stores.jobs, stores.requests, audit_log, operator, new_id)
        return await intake.accept(command, like)
