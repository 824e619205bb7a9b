"""The client of Socket Mode: slack_sdk's own, by the proxy that the environment names."""

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.network import proxy_for
from bot.adapters.slack.client import answered


class SocketClient(SocketModeClient):
    """Hears NO_PROXY, which slack_sdk does not, for the call and for the websocket."""

    def __init__(self, app_token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        web_client = AsyncWebClient(base_url=base_url, session=session)
        web_client.proxy = proxy_for(base_url)
        super().__init__(app_token, web_client=web_client)
        self._base_url = base_url

    async def reach(self) -> None:
        """Get the URL of the first websocket. Raises `SlackError`, which `connect` only logs."""
        self.wss_uri = await answered(self.issue_new_wss_url(), self._base_url)

    async def issue_new_wss_url(self) -> str:
        """Ask for a websocket's URL, which has a host of its own."""
        url = await super().issue_new_wss_url()
        self.proxy = proxy_for(url)
        return url
