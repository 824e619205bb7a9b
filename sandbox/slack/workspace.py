"""The workspace: its people, channels, user groups and messages."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.company import (
    BOT_ID,
    BOT_USER_ID,
    CHANNELS,
    PEOPLE,
    TEAM_ID,
    USER_GROUPS,
    Channel,
    Person,
    UserGroup,
)
from sandbox.slack.payload import Payload

_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Reaction:
    """An emoji reaction to a message, with its users in order."""

    name: str
    users: tuple[str, ...] = ()

    def as_json(self) -> Payload:
        """The entry in a message's `reactions`."""
        return {"name": self.name, "users": list(self.users), "count": len(self.users)}


@dataclass(frozen=True)
class Message:
    """A message in a channel; `audience` is the only person who sees an ephemeral one.

    `author` is the name and the icon that an app's message shows instead of the app's own;
    `response_url` is of the interaction that it answers.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[Payload, ...] = ()
    thread_ts: str | None = None
    audience: str | None = None
    edited_ts: str | None = None
    metadata: Payload | None = None
    from_app: bool = False
    author: Payload = field(default_factory=dict)
    files: tuple[Payload, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    response_url: str = ""

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.audience is not None

    def as_json(self) -> Payload:
        """The message object that the Web API and interaction payloads carry."""
        body: Payload = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.from_app:
            body |= {"bot_id": BOT_ID, "team": TEAM_ID, **self.author}
        if self.blocks:
            body["blocks"] = list(self.blocks)
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.metadata:
            body["metadata"] = self.metadata
        if self.files:
            body["files"] = list(self.files)
        if self.reactions:
            body["reactions"] = [reaction.as_json() for reaction in self.reactions]
        return body


def is_direct(channel: Channel) -> bool:
    """Whether it is a person's direct conversation with the bot."""
    return channel.id.startswith("D")


@dataclass
class Workspace:
    """The state of one workspace, in memory."""

    seed_people: tuple[Person, ...] = PEOPLE
    seed_channels: tuple[Channel, ...] = CHANNELS
    seed_groups: tuple[UserGroup, ...] = USER_GROUPS
    people: dict[str, Person] = field(init=False)
    channels: dict[str, Channel] = field(init=False)
    groups: dict[str, UserGroup] = field(init=False)
    messages: dict[tuple[str, str], Message] = field(init=False)
    away: set[str] = field(init=False)
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Restore the seed and forget all changes."""
        self.people = {person.id: person for person in self.seed_people}
        direct = (self._direct(person) for person in self.seed_people if not person.is_bot)
        self.channels = {channel.id: channel for channel in (*self.seed_channels, *direct)}
        self.groups = {group.id: group for group in self.seed_groups}
        self.messages = {}
        self.away = set()

    @staticmethod
    def _direct(person: Person) -> Channel:
        return Channel(f"D{person.id[1:]}", "", "", (person.id, BOT_USER_ID), is_private=True)

    def direct_channel(self, user: str) -> Channel | None:
        """A person's direct conversation with the bot; None for an unknown person."""
        return self.channels.get(f"D{user[1:]}") if user in self.people else None

    def next_ts(self, now: float) -> str:
        """Give a new message's `ts`: Unix seconds with six decimals, always unique."""
        self._last_ts = max(int(now * _MICROSECONDS), self._last_ts + 1)
        seconds, rest = divmod(self._last_ts, _MICROSECONDS)
        return f"{seconds}.{rest:06d}"

    def keep(self, message: Message) -> None:
        """Add a message, or replace the one with its `ts`."""
        self.messages[message.channel, message.ts] = message

    def visible(self, user: str, channel: str) -> list[Message]:
        """The messages in a channel that a member sees, oldest first."""
        seen = (m for m in self.messages.values() if m.channel == channel)
        return sorted((m for m in seen if m.audience in {None, user}), key=lambda m: m.ts)

    def find(self, user: str, channel: str, ts: str) -> Message | None:
        """The message, if it exists and this person can see it."""
        message = self.messages.get((channel, ts))
        member = channel in self.channels and user in self.channels[channel].members
        return message if member and message and message.audience in {None, user} else None

    def has_replies(self, channel: str, ts: str) -> bool:
        """Whether the message has replies in its thread."""
        return any(m.channel == channel and m.thread_ts == ts for m in self.messages.values())

    def forget_ephemerals(self, user: str) -> None:
        """Delete a person's ephemeral messages, as reloading the client does."""
        gone = [key for key, m in self.messages.items() if m.audience == user]
        for key in gone:
            del self.messages[key]

    def change_person(self, user: str, flags: Payload) -> Person:
        """Change a person's flags."""
        self.people[user] = replace(self.people[user], **flags)
        return self.people[user]

    def members(self, channel: str) -> Iterable[str]:
        """The ids of the channel's members."""
        return self.channels[channel].members
