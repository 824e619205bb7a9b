"""The configuration of a simulated workspace."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack import manifest
from sandbox.slack.grid import Grid
from sandbox.slack.manifest import Manifest
from sandbox.slack.previews import Mode


def _ours() -> Manifest:
    return manifest.read(manifest.OURS)


@dataclass(frozen=True)
class SlackConfig:
    """Tokens, addresses, the app's manifest, and Slack's own deadlines; times are seconds.

    The deadlines are those of docs.slack.dev (interactivity, Events API, rate limits); only tests
    should shorten them. `speed` divides the waits between Slack's own attempts; `tier_burst` is how
    many calls a minute are allowed beyond a method's tier (None: any number). Sign in with Slack
    may redirect people to the `redirect_urls` and to addresses below them. With a `grid`, the
    workspace belongs to an organisation (Enterprise Grid).
    """

    public_url: str
    manifest: Manifest = field(default_factory=_ours)
    bot_request_url: str = ""
    signing_secret: str = "5ad0c0de5ad0c0de5ad0c0de5ad0c0de"
    bot_token: str = "xoxb-sandbox-keysmith"
    app_token: str = "xapp-sandbox-keysmith"
    config_token: str = "xoxe.xoxp-sandbox-keysmith"
    client_id: str = "1044400000000.1044400000001"
    client_secret: str = "c0dec0dec0dec0dec0dec0dec0dec0de"
    redirect_urls: tuple[str, ...] = ()
    socket_mode: bool = False
    grid: Grid | None = None
    previewer: Mode = Mode.SLACK
    speed: float = 1.0
    ack_timeout: float = 3.0
    trigger_ttl: float = 3.0
    response_url_ttl: float = 1800.0
    response_url_uses: int = 5
    post_interval: float = 1.0
    tier_burst: int | None = 20
    event_retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    clock: Callable[[], float] = time.time

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the bot's token."""
        return self.manifest.scopes

    @property
    def command(self) -> str:
        """The command that people type by default."""
        return self.manifest.commands[0].name if self.manifest.commands else ""
