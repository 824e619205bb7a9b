"""What a sandbox workspace is started with."""

import time
from collections.abc import Callable
from dataclasses import dataclass

DEFAULT_SCOPES = frozenset(
    {
        "channels:history",
        "chat:write",
        "commands",
        "groups:history",
        "im:history",
        "im:write",
        "users:read",
        "users:read.email",
    }
)


@dataclass(frozen=True)
class SlackConfig:
    """Tokens, addresses and Slack's own deadlines; times are seconds.

    The deadlines are those of docs.slack.dev (interactivity, Events API, rate limits); tests
    shorten them, nobody else should.
    """

    public_url: str
    bot_request_url: str = ""
    signing_secret: str = "5ad0c0de5ad0c0de5ad0c0de5ad0c0de"
    bot_token: str = "xoxb-sandbox-keysmith"
    app_token: str = "xapp-sandbox-keysmith"
    command: str = "/cld"
    scopes: frozenset[str] = DEFAULT_SCOPES
    socket_mode: bool = False
    paranoid_unfurl: bool = False
    ack_timeout: float = 3.0
    trigger_ttl: float = 3.0
    response_url_ttl: float = 1800.0
    response_url_uses: int = 5
    post_interval: float = 1.0
    event_retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    clock: Callable[[], float] = time.time
