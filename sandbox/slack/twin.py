"""Everything that one sandbox workspace's server holds, in one place to hand around."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from sandbox.slack.background import Background
from sandbox.slack.config import SlackConfig
from sandbox.slack.courier import Courier
from sandbox.slack.elements import State
from sandbox.slack.faults import Faults, Pace
from sandbox.slack.files.store import Files
from sandbox.slack.grants import ResponseUrls, Triggers
from sandbox.slack.journal import Journal
from sandbox.slack.modals import Views
from sandbox.slack.openid.grants import SignIns
from sandbox.slack.payload import Payload
from sandbox.slack.previews import Previewer
from sandbox.slack.quotas import Quotas
from sandbox.slack.screens import Screens
from sandbox.slack.sockets import Sockets
from sandbox.slack.tempo import Tempo
from sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class Twin:
    """The parts of the sandbox; none knows another except through here."""

    config: SlackConfig
    workspace: Workspace
    views: Views
    triggers: Triggers
    response_urls: ResponseUrls
    journal: Journal
    faults: Faults
    pace: Pace
    quotas: Quotas
    tempo: Tempo
    screens: Screens
    sockets: Sockets
    courier: Courier
    previewer: Previewer
    sign_ins: SignIns
    files: Files
    background: Background
    # The options that the bot last suggested, by (user, block_id, action_id).
    suggested: dict[tuple[str, str, str], list[Payload]] = field(default_factory=dict)
    # What was chosen in a message's elements, by (user, channel, ts).
    filled: dict[tuple[str, str, str], State] = field(default_factory=dict)

    def reset(self) -> None:
        """Bring the seed back and forget everything else."""
        self.workspace.reset()
        self.views.reset()
        self.triggers.issued.clear()
        self.response_urls.issued.clear()
        self.journal.clear()
        self.faults.planned.clear()
        self.pace.last.clear()
        self.quotas.calls.clear()
        self.quotas.burst = self.config.tier_burst
        self.tempo.change(self.config.speed)
        self.courier.doubles.clear()
        self.courier.disorder.clear()
        self.previewer.visits.clear()
        self.previewer.mode = self.config.previewer
        self.sign_ins.reset()
        self.files.reset()
        self.suggested.clear()
        self.filled.clear()
        self.screens.reset()


TWIN = web.AppKey("twin", Twin)


@asynccontextmanager
async def build(workspace: Workspace, config: SlackConfig) -> AsyncIterator[Twin]:
    """Put a twin together, and take it apart in the end."""
    background = Background()
    sockets = Sockets()
    journal = Journal(config.clock)
    tempo = Tempo(config.speed)
    # A bot that was restarted must not meet a connection to the one before.
    connector = aiohttp.TCPConnector(force_close=True)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        twin = Twin(
            config=config,
            workspace=workspace,
            views=Views(),
            triggers=Triggers(config.trigger_ttl, config.clock),
            response_urls=ResponseUrls(
                config.public_url, config.response_url_ttl, config.response_url_uses, config.clock
            ),
            journal=journal,
            faults=Faults(),
            pace=Pace(config.post_interval, config.clock),
            quotas=Quotas(config.tier_burst, config.clock),
            tempo=tempo,
            screens=Screens(config.clock),
            sockets=sockets,
            courier=Courier(
                config, session, sockets, journal, background, tempo, config.bot_request_url
            ),
            previewer=Previewer(session, background, config.previewer),
            sign_ins=SignIns(config.clock),
            files=Files(config.public_url, config.clock),
            background=background,
        )
        yield twin
        await background.stop()
