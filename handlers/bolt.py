"""Bolt: one listener for each kind of delivery, behind the gate."""

import logging
import re
from typing import Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.forms import FormFlows
from handlers.actions import Actions
from handlers.answers import Answers
from handlers.commands import Commands
from handlers.directory import UserEvents
from handlers.form_changes import FormChanges
from handlers.home import AppHome
from handlers.leak_watch import LeakWatch
from handlers.messages import Messages
from handlers.options import Options
from handlers.ports import Kept
from handlers.shortcuts import Shortcuts
from handlers.submit import Submitter
from handlers.views import Views

USER_EVENTS: Final = ("user_change", "team_join")
ANY: Final = re.compile(".*", re.DOTALL)


def register(
    app: AsyncApp,
    submitter: Submitter,
    answers: Answers,
    home: AppHome,
    stores: Kept,
    user_events: UserEvents,
    forms: FormFlows,
    watch: LeakWatch,
) -> None:
    """Listen to everything that Slack delivers, so that each delivery gets an answer."""
    app.command(ANY)(Commands(submitter, answers).cld)
    slack, clock, background = answers.ways.slack, answers.clock, answers.background
    language = answers.ways.language
    changes = FormChanges(submitter, slack, forms.previewer, clock, background, language)
    app.action(ANY)(Actions(submitter, answers, changes).press)
    views = Views(submitter, answers, forms.precheck, stores.passphrases)
    app.view_submission(ANY)(views.submit)
    app.view_closed(ANY)(views.close)
    shortcuts = Shortcuts(submitter, answers, stores.requests, watch)
    app.shortcut(ANY)(shortcuts.take)
    app.options(ANY)(Options(submitter, forms.choices, language).suggest)
    app.event("app_home_opened")(home.opened)
    messages = Messages(submitter, answers, watch)
    app.event("message")(messages.direct)
    app.event("app_mention")(messages.mentioned)
    for event in USER_EVENTS:
        app.event(event)(user_events.changed)


def open_bolt(client: AsyncWebClient, token: str, team_id: str) -> AsyncApp:
    """Use Bolt only to call listeners: the gate verifies, and a listener only stores and acks."""
    known = AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=token)

    async def authorize() -> AuthorizeResult:
        return known

    logger = logging.getLogger("keysmith.bolt")
    logger.setLevel(logging.ERROR)  # Bolt warns about the options below, which are intended
    return AsyncApp(
        name="bolt",  # also of its logger; else Bolt reads every module's source to find a name
        logger=logger,
        client=client,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
