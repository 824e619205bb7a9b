"""Slack's Web API: people, messages, modals and App Home."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters.network import fault_on_the_way, proxy_for
from bot.adapters.slack.limits import RateLimitHandler
from bot.adapters.slack.profiles import read_profile
from bot.adapters.slack.token import TokenState, WatchedClient
from bot.cards.forms import ephemeral
from bot.cards.kit import Block, Message
from bot.domain.jobs import Reply
from bot.domain.people import Actor, Profile, Workspace
from bot.domain.requests.notifications import Posted
from bot.errors import SlackAway, SlackError

HOOKS: Final = "https://hooks.slack.com"
"""The origin of response URLs; only this one and the API's own are called."""
BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
"""Statuses of a response URL that a later try may not get."""
LONGEST_RETRY_AFTER: Final = 3600.0
"""Seconds that an answer waits at most because Slack asks for it."""
RATE_LIMIT_RETRIES: Final = 3
"""Repetitions after a 429, each after the pause that Slack asks for."""

USERS: Final = frozenset("UW")
"""First letters of user ids; a direct conversation has an id of its own."""
EVENT_TYPE: Final = "keysmith"
"""Type of the metadata with a message's mark; people don't see it."""
SEARCHED: Final = 200
"""Newest messages that a search reads; it follows a crash within a minute."""
LISTED: Final = 200
"""Users in a page of `users.list`; Slack recommends no more."""

UNREADABLE: Final = "unreadable"
"""Code of an answer without an error code: a proxy's page, or a body cut short."""
AWAY: Final = frozenset(
    {
        *("ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout"),
        *("service_unavailable", "team_added_to_org", UNREADABLE),
    }
)
"""Error codes that mean no answer; any other one is a refusal."""

T = TypeVar("T")

_FAILURES = (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Slack:
    """The Web API. Every method raises `SlackError`: `SlackAway` where Slack does not answer."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        retry = RateLimitHandler(max_retry_count=RATE_LIMIT_RETRIES)
        self.client = WatchedClient(
            token, base_url=base_url, session=session, retry_handlers=[retry]
        )
        self.client.proxy = proxy_for(base_url)  # slack_sdk itself does not hear NO_PROXY
        self.token = self.client.state = TokenState()
        # An answer is tried again by its own queue: no call of it sleeps in a Retry-After.
        self._at_once = WatchedClient(token, base_url=base_url, session=session)
        self._at_once.proxy, self._at_once.state = self.client.proxy, self.token
        self._session, self._conversations = session, dict[str, str]()
        self._base_url = base_url
        self._origins = {HOOKS, _origin(base_url)}

    def watch(self, refused: Callable[[str], None]) -> None:
        """Tell the method of each call that Slack refuses."""
        self.client.refused = self._at_once.refused = refused

    async def ask(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Await a call of the client that no method here makes."""
        return await self._answer(call)

    async def workspace(self) -> Workspace:
        """The workspace of the token, by `auth.test`."""
        return (await self.workspace_and_scopes())[0]

    async def workspace_and_scopes(self) -> tuple[Workspace, frozenset[str]]:
        """The workspace and the scopes of the token, by `auth.test` and its headers."""
        answer = await self._answer(self.client.auth_test())
        scopes = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
        enterprise = str(answer.get("enterprise_id") or "") or None
        names = str(answer.get("team_id", "")), str(answer.get("team", ""))
        workspace = Workspace(*names, enterprise)
        return workspace, frozenset(filter(None, scopes))

    async def profile(self, actor: Actor) -> Profile:
        """Read `users.info`, uncached."""
        answer = await self._answer(self.client.users_info(user=actor.user_id, include_locale=True))
        user = answer.get("user")
        if not isinstance(user, dict):
            raise SlackError("users.info_without_user")
        return read_profile(user)

    async def by_email(self, email: str) -> Profile | None:
        """The member of this workspace with this address, by `users.lookupByEmail`."""
        try:
            answer = await self._answer(self.client.users_lookupByEmail(email=email))
        except SlackError as error:
            if error.code == "users_not_found":
                return None
            raise
        user = answer.get("user")
        return read_profile(user) if isinstance(user, dict) else None

    async def everyone(self) -> list[Profile]:
        """Read every page of `users.list`."""
        found: list[Profile] = []
        cursor = ""
        while True:
            listing = self.client.users_list(limit=LISTED, cursor=cursor, include_locale=True)
            answer = await self._answer(listing)
            found += [read_profile(user) for user in answer.get("members") or ()]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found

    async def members(self, group_id: str) -> frozenset[str]:
        """Ids of the users in a user group, by `usergroups.users.list`."""
        answer = await self._answer(self.client.usergroups_users_list(usergroup=group_id))
        return frozenset(map(str, answer.get("users") or ()))

    async def post(self, channel: str, message: Message) -> None:
        """Post a message that is never looked for again."""
        await self.send(channel, message, mark="")

    async def send(
        self, channel: str, message: Message, *, mark: str, thread: str | None = None
    ) -> Posted:
        """Post a message with a hidden mark and no link previews; `channel` may be a user's id."""
        return await self._post(self.client, channel, message, mark=mark, thread=thread)

    async def _post(
        self,
        client: WatchedClient,
        channel: str,
        message: Message,
        *,
        mark: str,
        thread: str | None = None,
    ) -> Posted:
        answer = await self._answer(
            client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"mark": mark}}
                if mark
                else None,
            )
        )
        return Posted(str(answer.get("channel", "")), str(answer.get("ts", "")))

    async def change(self, posted: Posted, message: Message) -> None:
        """Replace the text of a posted message."""
        channel, blocks = posted.channel, list(message.blocks)
        update = self.client.chat_update
        await self._answer(update(channel=channel, ts=posted.ts, text=message.text, blocks=blocks))

    async def find(self, channel: str, mark: str, thread: str | None = None) -> Posted | None:
        """Find the message with this mark among the newest of the channel or thread."""
        found = await self._marked(channel, thread)
        return next((there for each, there in found if each == mark), None)

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Find the messages with this mark, or with one that begins with it and a colon."""
        found = await self._marked(channel, thread)
        return [there for each, there in found if f"{each}:".startswith(f"{mark}:")]

    async def _marked(self, channel: str, thread: str | None = None) -> list[tuple[str, Posted]]:
        """List the newest messages of a channel or thread that have a mark, with it."""
        if channel[:1] in USERS:
            channel = await self.conversation(channel)
        read: Callable[..., Awaitable[AsyncSlackResponse]] = self.client.conversations_history
        if thread:
            read = partial(self.client.conversations_replies, ts=thread)
        answer = await self._answer(
            read(channel=channel, limit=SEARCHED, include_all_metadata=True)
        )
        found = [(it, it.get("metadata") or {}) for it in answer.get("messages") or []]
        marks = [(it, (about.get("event_payload") or {}).get("mark")) for it, about in found]
        return [(str(mark), Posted(channel, str(it["ts"]))) for it, mark in marks if mark]

    async def conversation(self, user_id: str) -> str:
        """The direct conversation with a person, which Slack never replaces: one call for each."""
        if not self._conversations.get(user_id):
            opened = await self._answer(self.client.conversations_open(users=user_id))
            self._conversations[user_id] = str((opened.get("channel") or {}).get("id", ""))
        return self._conversations[user_id]

    async def marks(self, channel: str) -> list[str]:
        """List the marks of the newest messages of a channel."""
        return [mark for mark, _ in await self._marked(channel)]

    async def open_view(self, trigger: str, view: Block) -> None:
        """Open a modal; a trigger is valid for three seconds after the press that it comes from."""
        await self._answer(self._at_once.views_open(trigger_id=trigger, view=view))

    async def update_view(self, view_id: str, view: Block, hash_: str = "") -> None:
        """Replace what an open modal shows; one that the person closed is `not_found`.

        One that was replaced since it had that hash is `hash_conflict`.
        """
        update = self._at_once.views_update
        await self._answer(update(view_id=view_id, view=view, hash=hash_ or None))

    async def publish(self, user_id: str, view: Block) -> None:
        """Publish a person's App Home."""
        await self._answer(self.client.views_publish(user_id=user_id, view=view))

    async def respond(self, reply: Reply, message: Message) -> None:
        """Answer one person by the response URL."""
        if _origin(reply.url) not in self._origins:
            raise SlackError("foreign_response_url")
        body = ephemeral(message) | {"replace_original": reply.replace}
        client = AsyncWebhookClient(reply.url, session=self._session)
        client.proxy = proxy_for(reply.url)
        try:
            answer = await client.send_dict(body)
        except _FAILURES as error:
            raise SlackAway(type(error).__name__, fault_on_the_way(error, reply.url)) from error
        if answer.status_code in BUSY or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _away(f"response_url_{answer.status_code}", answer.headers)
        if answer.status_code != HTTPStatus.OK:
            raise SlackError(f"response_url_{answer.status_code}")

    async def direct(self, user_id: str, message: Message, *, mark: str, again: bool) -> None:
        """Send a person a direct message; `again` looks first whether it is there already."""
        opened = await self._answer(self._at_once.conversations_open(users=user_id))
        channel = str((opened.get("channel") or {}).get("id", ""))
        if not again or await self.find(channel, mark) is None:
            await self._post(self._at_once, channel, message, mark=mark)

    async def post_ephemeral(self, reply: Reply, user_id: str, message: Message) -> None:
        """Show a person a message in a channel; Slack drops it if the person is away."""
        await self._answer(
            self._at_once.chat_postEphemeral(
                channel=reply.channel,
                thread_ts=reply.thread or None,
                user=user_id,
                text=message.text,
                blocks=list(message.blocks),
            )
        )

    async def _answer(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        return await answered(call, self._base_url)


async def answered(call: Awaitable[T], url: str) -> T:
    """Await one call to this URL, and turn each of its failures into a `SlackError`."""
    try:
        return await call
    except SlackApiError as error:
        # What is in front of Slack may answer without JSON.
        data = getattr(error.response, "data", None)
        code = str((data.get("error") if isinstance(data, dict) else None) or UNREADABLE)
        if code in AWAY:
            reason = _unreadable(error) if code == UNREADABLE else ""
            raise _away(code, getattr(error.response, "headers", None), reason) from error
        raise SlackError(code) from error
    except AttributeError as error:  # slack_sdk takes a plain text for a mapping
        raise SlackAway(UNREADABLE, "Slack's address answers, but not as Slack") from error
    except _FAILURES as error:
        raise SlackAway(type(error).__name__, fault_on_the_way(error, url)) from error


def _unreadable(error: SlackApiError) -> str:
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", "?")
    return f"Slack's address answers with status {status}, and not as Slack does"


def _away(code: str, headers: Mapping[str, object] | None, reason: str = "") -> SlackAway:
    """Build the error of a busy Slack, with the time that it asks for."""
    error = SlackAway(code, reason)
    found = {name.lower(): str(value) for name, value in (headers or {}).items()}
    with contextlib.suppress(ValueError):
        seconds = float(found.get("retry-after", "0"))
        error.retry_after = min(max(0.0, seconds), LONGEST_RETRY_AFTER)
    return error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
