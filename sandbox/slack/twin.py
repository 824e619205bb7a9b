"""The twin: the whole state of one simulated Slack, which every endpoint works on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from sandbox.slack.background import Background
from sandbox.slack.config import SlackConfig
from sandbox.slack.delivery import DeliveryService
from sandbox.slack.elements import State
from sandbox.slack.faults import Faults, PostingLimit
from sandbox.slack.files import Files
from sandbox.slack.grants import ResponseUrls, Triggers
from sandbox.slack.journal import Journal
from sandbox.slack.modals import Views
from sandbox.slack.openid.grants import SignIns
from sandbox.slack.pacing import Pacing
from sandbox.slack.payload import Payload
from sandbox.slack.previews import Previewer
from sandbox.slack.quotas import Quotas
from sandbox.slack.screens import Screens
from sandbox.slack.sockets import Sockets
from sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class Twin:
    """The parts of one simulated Slack; they know each other only through this object."""

    config: SlackConfig
    workspace: Workspace
    views: Views
    triggers: Triggers
    response_urls: ResponseUrls
    journal: Journal
    faults: Faults
    posting_limit: PostingLimit
    quotas: Quotas
    pacing: Pacing
    screens: Screens
    sockets: Sockets
    delivery: DeliveryService
    previewer: Previewer
    sign_ins: SignIns
    files: Files
    background: Background
    # The options that the bot last suggested, by (user, block_id, action_id)
    suggested: dict[tuple[str, str, str], list[Payload]] = field(default_factory=dict)
    # The values that were chosen in a message's elements, by (user, channel, ts)
    filled: dict[tuple[str, str, str], State] = field(default_factory=dict)

    def reset(self) -> None:
        """Restore the seed and forget everything else."""
        self.workspace.reset()
        self.views.reset()
        self.triggers.issued.clear()
        self.response_urls.issued.clear()
        self.journal.clear()
        self.faults.planned.clear()
        self.posting_limit.last.clear()
        self.quotas.calls.clear()
        self.quotas.burst = self.config.tier_burst
        self.pacing.change(self.config.speed)
        self.delivery.duplicates.clear()
        self.delivery.reordering.clear()
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
    """Build a twin, and stop its background work at the end."""
    background = Background()
    sockets = Sockets()
    journal = Journal(config.clock)
    pacing = Pacing(config.speed)
    # Connections are not reused, since the bot may have been restarted.
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
            posting_limit=PostingLimit(config.post_interval, config.clock),
            quotas=Quotas(config.tier_burst, config.clock),
            pacing=pacing,
            screens=Screens(config.clock),
            sockets=sockets,
            delivery=DeliveryService(
                config, session, sockets, journal, background, pacing, config.bot_request_url
            ),
            previewer=Previewer(session, background, config.previewer),
            sign_ins=SignIns(config.clock),
            files=Files(config.public_url, config.clock),
            background=background,
        )
        yield twin
        await background.stop()
