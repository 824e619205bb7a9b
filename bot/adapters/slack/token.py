"""Whether Slack still takes the bot token: what the last call that proves it said."""

from collections.abc import Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.checks.slack_rules import Slack
from bot.errors import TOKEN_REFUSED


class TokenState:
    """The token, as the newest answer of Slack shows it; `refused` is Slack's code, or empty."""

    def __init__(self) -> None:
        self.refused = ""

    async def look(self) -> str | None:
        """Tell why no call to Slack works; None where none was refused."""
        if not self.refused:
            return None
        return f"refuses SLACK_BOT_TOKEN ({self.refused}). {Slack.TOKEN_REFUSED.remedy}"


class WatchedClient(AsyncWebClient):
    """Slack's client, which notes what each answer says about the token.

    `refused` hears the method of each call that Slack refuses, mostly with status 200.
    """

    state: TokenState
    refused: Callable[[str], None] = staticmethod(lambda _: None)

    async def api_call(self, api_method: str, **options: object) -> AsyncSlackResponse:
        """Call a method."""
        try:
            answer = await super().api_call(api_method, **options)  # type: ignore[arg-type]  # handed on as they are
        except SlackApiError as error:
            self.refused(api_method)
            data = getattr(error.response, "data", None)
            code = data.get("error") if isinstance(data, dict) else None
            if code in TOKEN_REFUSED:
                self.state.refused = str(code)
            raise
        self.state.refused = ""
        return answer
