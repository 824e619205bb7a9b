"""What is said to Slack, and what is asked of it."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.cards.forms import ephemeral, result_view
from bot.cards.kit import Block, Message
from bot.domain.jobs import Reply
from bot.domain.people import Actor, Profile, Workspace
from bot.domain.requests.notifications import Posted
from bot.errors import SlackAway, SlackError

HOOKS: Final = "https://hooks.slack.com"
"""Where response URLs live; any other origin than this and the API's own is refused."""
RATE_LIMIT_RETRIES: Final = 3
"""Tries after a 429; each waits for as long as Slack says."""

USERS: Final = frozenset("UW")
"""What a user's id begins with; a direct conversation has an id of its own."""
EVENT_TYPE: Final = "keysmith"
"""Of the metadata that marks what was said; people don't see it."""
LOOKED_THROUGH: Final = 200
"""Messages; a crash is looked after within the minute."""
SLACKBOT: Final = "USLACKBOT"
"""Slack's own bot; its user object does not say that it is one."""

UNREADABLE: Final = "unreadable"
"""Stands for an error that Slack gave no word for: a page of a proxy's, a body cut short."""
AWAY: Final = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "request_timeout", "service_unavailable"}
) | {UNREADABLE}
"""Errors that say nothing about what was asked."""

_FAILURES = (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Slack:
    """The Web API as Keysmith uses it; every refusal is a `SlackError`."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        retry = AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_LIMIT_RETRIES)
        self.client = AsyncWebClient(
            token, base_url=base_url, session=session, retry_handlers=[retry]
        )
        self._session = session
        self._origins = {HOOKS, _origin(base_url)}

    async def workspace(self) -> Workspace:
        """The workspace that the token belongs to, by `auth.test`."""
        return _workspace(await _answer(self.client.auth_test()))

    async def workspace_and_scopes(self) -> tuple[Workspace, frozenset[str]]:
        """The workspace and the scopes of the token, by `auth.test` and its headers."""
        answer = await _answer(self.client.auth_test())
        scopes = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
        return _workspace(answer), frozenset(filter(None, scopes))

    async def profile(self, actor: Actor) -> Profile:
        """Read `users.info`, uncached."""
        answer = await _answer(self.client.users_info(user=actor.user_id))
        user = answer.get("user")
        if not isinstance(user, dict):
            raise SlackError("users.info_without_user")
        return read_profile(user)

    async def by_email(self, email: str) -> Profile | None:
        """The member of this workspace with this address, by `users.lookupByEmail`."""
        try:
            answer = await _answer(self.client.users_lookupByEmail(email=email))
        except SlackError as error:
            if error.code == "users_not_found":
                return None
            raise
        user = answer.get("user")
        return read_profile(user) if isinstance(user, dict) else None

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of the users in a user group, by `usergroups.users.list`."""
        answer = await _answer(self.client.usergroups_users_list(usergroup=group_id))
        return frozenset(map(str, answer.get("users") or ()))

    async def post(self, channel: str, message: Message) -> None:
        """Say something in a channel; Slack fetches no link of it."""
        await _answer(
            self.client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
        )

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Say something that can be found again by its mark; a user's id is a channel too."""
        answer = await _answer(
            self.client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"mark": mark}},
            )
        )
        return Posted(str(answer.get("channel", "")), str(answer.get("ts", "")))

    async def change(self, said: Posted, message: Message) -> None:
        """Put another text in the place of what was said."""
        await _answer(
            self.client.chat_update(
                channel=said.channel, ts=said.ts, text=message.text, blocks=list(message.blocks)
            )
        )

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Look for what was said under this mark, among the newest of the channel or thread."""
        looked, client = LOOKED_THROUGH, self.client
        if channel[:1] in USERS:
            channel = await self._direct(channel)
        if thread:
            asking = client.conversations_replies(
                channel=channel, ts=thread, limit=looked, include_all_metadata=True
            )
        else:
            asking = client.conversations_history(
                channel=channel, limit=looked, include_all_metadata=True
            )
        answer = await _answer(asking)
        for each in answer.get("messages") or []:
            payload = (each.get("metadata") or {}).get("event_payload") or {}
            if payload.get("mark") == mark:
                return Posted(channel, str(each["ts"]))
        return None

    async def _direct(self, user_id: str) -> str:
        answer = await _answer(self.client.conversations_open(users=user_id))
        return str((answer.get("channel") or {}).get("id", ""))

    async def open_view(self, trigger: str, view: Block) -> None:
        """Open a modal, within three seconds of the press that gave the trigger."""
        await _answer(self.client.views_open(trigger_id=trigger, view=view))

    async def publish(self, user_id: str, view: Block) -> None:
        """Put a view into somebody's App Home."""
        await _answer(self.client.views_publish(user_id=user_id, view=view))

    async def answer(self, reply: Reply, message: Message) -> None:
        """Answer one person: in the modal that is open, else by the response URL."""
        if reply.view_id:
            view = result_view(message)
            await _answer(self.client.views_update(view_id=reply.view_id, view=view))
        elif _origin(reply.url) not in self._origins:
            raise SlackError("foreign_response_url")
        else:
            await self._respond(reply.url, ephemeral(message) | {"replace_original": reply.replace})

    async def _respond(self, url: str, body: Block) -> None:
        try:
            answer = await AsyncWebhookClient(url, session=self._session).send_dict(body)
        except _FAILURES as error:
            raise SlackAway(type(error).__name__) from error
        if answer.status_code != HTTPStatus.OK:
            raise SlackError(f"response_url_{answer.status_code}")


async def _answer(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await one call; what Slack refuses and what does not arrive are both a `SlackError`."""
    try:
        return await call
    except SlackApiError as error:
        code = _code(error)
        raise (SlackAway if code in AWAY else SlackError)(code) from error
    except AttributeError as error:  # slack_sdk takes a plain text for a mapping
        raise SlackAway(UNREADABLE) from error
    except _FAILURES as error:
        raise SlackAway(type(error).__name__) from error


def _code(error: SlackApiError) -> str:
    """Slack's word; what stands before Slack may answer with no JSON at all."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return str(code or UNREADABLE)


def read_profile(user: dict[str, object]) -> Profile:
    """Read a user object; a flag that is absent is read as the careful answer."""
    found = user.get("profile")
    profile = found if isinstance(found, dict) else {}
    enterprise = user.get("enterprise_user")
    return Profile(
        user_id=str(user.get("id", "")),
        team_id=str(user.get("team_id", "")),
        name=str(user.get("real_name") or profile.get("real_name") or user.get("name") or ""),
        email=str(profile.get("email") or ""),
        email_confirmed=user.get("is_email_confirmed") is True,
        enterprise_id=str(enterprise["enterprise_id"]) if isinstance(enterprise, dict) else None,
        deleted=user.get("deleted") is not False,
        bot=_any(user, "is_bot", "is_app_user", "is_workflow_bot", "is_connector_bot")
        or user.get("id") == SLACKBOT,
        guest=_any(user, "is_restricted", "is_ultra_restricted"),
        stranger=_any(user, "is_stranger"),
        invited=_any(user, "is_invited_user"),
    )


def _any(user: dict[str, object], *flags: str) -> bool:
    return any(user.get(flag) for flag in flags)


def _workspace(answer: AsyncSlackResponse) -> Workspace:
    return Workspace(str(answer.get("team_id", "")), str(answer.get("team", "")))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
