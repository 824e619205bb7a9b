"""slack_sdk's client, which tells of each call that Slack refuses."""

from collections.abc import Callable, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse


class WatchedClient(AsyncWebClient):
    """Slack answers most refusals with status 200, so only the client can tell."""

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        retry_handlers: Sequence[AsyncRetryHandler],
        refused: Callable[[str], None],
    ) -> None:
        handlers = list(retry_handlers)
        super().__init__(token, base_url=base_url, session=session, retry_handlers=handlers)
        self._refused = refused

    async def api_call(self, api_method: str, **given: object) -> AsyncSlackResponse:
        """Call a method, and tell its name if Slack refuses."""
        try:
            return await super().api_call(api_method, **given)  # type: ignore[arg-type]  # passed on as given
        except SlackApiError:
            self._refused(api_method)
            raise
