"""The commands of /cld, and the table of their forms.

`bot.domain.grammar` reads a person's text into one of these; `render` writes the canonical text
of one, and reading that gives the same command again.
"""

import dataclasses
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain import durations
from bot.domain.policy import Action

MAX_NAME: Final = 128
"""Characters of a name. Cloudinary publishes no limit; this fits a card's line."""
MAX_PROSE: Final = 500
"""Characters of a reason, a comment or a question: a card shows all of it."""
PROSE: Final = frozenset({"reason", "comment", "question"})
"""What is written in sentences."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Menu:
    """A bare `/cld`."""


@dataclass(frozen=True)
class Help:
    """How to use Keysmith, or one noun of it."""

    topic: str | None = None


@dataclass(frozen=True)
class WhoAmI:
    """Who the asker is at Slack and at Cloudinary."""


@dataclass(frozen=True)
class Claim:
    """Collect credentials that wait for the asker."""

    id: str | None = None


@dataclass(frozen=True)
class ListEnvironments:
    """The product environments that the asker reaches."""


@dataclass(frozen=True)
class ShowEnvironment:
    """One product environment."""

    name: str


@dataclass(frozen=True)
class ListKeys:
    """The access keys that the asker may see; `stale` is in days since the last change."""

    env: str | None = None
    stale: int | None = None


@dataclass(frozen=True)
class ShowKey:
    """One access key, without its secret."""

    name: str
    env: str | None = None


@dataclass(frozen=True)
class CreateKey:
    """Make a key, to be claimed by the asker."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class EnableKey:
    """Make a key work."""

    name: str
    env: str | None = None
    reason: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class DisableKey:
    """Make a key stop working; `confirm` is its name typed again, where that is asked for."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RenameKey:
    """Give a key another name."""

    old: str
    new: str
    env: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DeleteKey:
    """Remove a key for good; `confirm` is its name typed again, where that is asked for."""

    name: str
    env: str | None = None
    confirm: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RequestKey:
    """Ask others for credentials; `for_` is a teammate who is to have them."""

    env: str
    reason: str
    key: str | None = None
    expires: timedelta | None = None
    for_: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class Renew:
    """Ask that granted access lasts longer; `id` is the request that it was granted by."""

    id: str
    reason: str
    expires: timedelta | None = None


@dataclass(frozen=True)
class Review:
    """Say of an emergency, afterwards, that one has looked at it."""

    id: str
    comment: str


@dataclass(frozen=True)
class RestoreKey:
    """Take a deletion back, while the key is still there."""

    name: str
    env: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Delegate:
    """Let a colleague decide in one's place for a time; to nobody, it ends."""

    to: str | None = None
    expires: timedelta | None = None


@dataclass(frozen=True)
class ListRequests:
    """Requests: one's own, those that wait for the asker, or all that are open."""

    which: str | None = None


@dataclass(frozen=True)
class Approve:
    """Agree to a request; `confirm` is the name of what it is about, where that is asked for."""

    id: str
    comment: str | None = None
    confirm: str | None = None


@dataclass(frozen=True)
class Deny:
    """Object to a request."""

    id: str
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """Take back one's word on a request."""

    id: str


@dataclass(frozen=True)
class Cancel:
    """Take back a request of one's own."""

    id: str


@dataclass(frozen=True)
class AskAbout:
    """Ask the requester something, in the request's thread."""

    id: str
    question: str


KeyCommand = ShowKey | CreateKey | EnableKey | DisableKey | RenameKey | DeleteKey | RestoreKey
Deciding = Approve | Deny | Withdraw | Cancel | AskAbout | Review
ReadingCommand = ListEnvironments | ShowEnvironment | ListKeys | ListRequests
Plain = (
    Menu
    | Help
    | WhoAmI
    | Claim
    | ReadingCommand
    | KeyCommand
    | RequestKey
    | Renew
    | Delegate
    | Deciding
)


@dataclass(frozen=True)
class Explain:
    """Who could run a command, who would approve, and why."""

    command: Plain


Command = Plain | Explain


@dataclass(frozen=True)
class Form:
    """How a command is typed: its words, then its arguments in order, then its options."""

    words: tuple[str, ...]
    build: type[Plain]
    action: Action
    summary: str
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    """Options that the grammar has a place for and this version does not do."""
    flags: tuple[str, ...] = ()
    """Options without a value."""

    @property
    def required(self) -> frozenset[str]:
        """Arguments that the command cannot do without."""
        return frozenset(
            field.name
            for field in dataclasses.fields(self.build)
            if field.default is dataclasses.MISSING
        )

    def limit(self, name: str) -> int:
        """How many characters an argument or option may have."""
        return MAX_PROSE if name in PROSE else MAX_NAME

    @property
    def usage(self) -> str:
        """The form as help shows it."""
        arguments = [f"<{a}>" if a in self.required else f"[{a}]" for a in self.arguments]
        options = [
            f"--{option} …" if option in self.required else f"[--{option} …]"
            for option in self.options
        ]
        flags = [f"[--{flag}]" for flag in self.flags]
        return " ".join(["/cld", *self.words, *arguments, *options, *flags])


FORMS: Final = (
    Form(("help",), Help, Action.HELP, "How to use Keysmith", ("topic",)),
    Form(("whoami",), WhoAmI, Action.WHOAMI, "Who you are at Slack and at Cloudinary"),
    Form(("claim",), Claim, Action.CLAIM, "Collect credentials that wait for you", ("id",)),
    Form(("env", "list"), ListEnvironments, Action.ENV_LIST, "Your product environments"),
    Form(("env", "show"), ShowEnvironment, Action.ENV_SHOW, "One environment", ("name",)),
    Form(
        ("key", "list"),
        ListKeys,
        Action.KEY_LIST,
        "The access keys that you may see",
        (),
        ("env", "stale"),
    ),
    Form(("key", "show"), ShowKey, Action.KEY_SHOW, "One key", ("name",), ("env",)),
    Form(
        ("key", "create"),
        CreateKey,
        Action.KEY_CREATE,
        "Make a key; you collect it by a one-time link",
        ("name",),
        ("env", "reason"),
        ("role", "owner", "expires"),
        ("emergency",),
    ),
    Form(
        ("key", "enable"),
        EnableKey,
        Action.KEY_ENABLE,
        "Make a key work",
        ("name",),
        ("env", "reason"),
        flags=("emergency",),
    ),
    Form(
        ("key", "disable"),
        DisableKey,
        Action.KEY_DISABLE,
        "Make a key stop working",
        ("name",),
        ("env", "confirm", "reason"),
    ),
    Form(
        ("key", "rename"),
        RenameKey,
        Action.KEY_RENAME,
        "Give a key another name",
        ("old", "new"),
        ("env", "reason"),
    ),
    Form(
        ("key", "delete"),
        DeleteKey,
        Action.KEY_DELETE,
        "Remove a key for good",
        ("name",),
        ("env", "confirm", "reason"),
    ),
    Form(
        ("key", "restore"),
        RestoreKey,
        Action.KEY_ENABLE,
        "Take a deletion back, until the date on its card",
        ("name",),
        ("env", "reason"),
    ),
    Form(
        ("request",),
        RequestKey,
        Action.KEY_REQUEST,
        "Ask for credentials; others approve, you collect them by a one-time link",
        ("env", "key"),
        ("reason", "expires", "for"),
        flags=("emergency",),
    ),
    Form(
        ("renew",),
        Renew,
        Action.KEY_REQUEST,
        "Ask that access which was granted to you lasts longer",
        ("id",),
        ("reason", "expires"),
    ),
    Form(
        ("delegate",),
        Delegate,
        Action.DECIDE,
        "Let a colleague decide in your place for a time; without a name, it ends",
        ("to",),
        ("expires",),
    ),
    Form(
        ("review",),
        Review,
        Action.DECIDE,
        "Say that you have looked at an emergency",
        ("id",),
        ("comment",),
    ),
    Form(
        ("requests",),
        ListRequests,
        Action.REQUESTS,
        "Requests: mine, pending (those that wait for you) or all",
        ("which",),
    ),
    Form(
        ("approve",),
        Approve,
        Action.DECIDE,
        "Agree to a request",
        ("id",),
        ("comment", "confirm"),
    ),
    Form(("deny",), Deny, Action.DECIDE, "Object to a request", ("id",), ("reason",)),
    Form(("withdraw",), Withdraw, Action.DECIDE, "Take back your word on a request", ("id",)),
    Form(("cancel",), Cancel, Action.REQUESTS, "Take back a request of your own", ("id",)),
    Form(
        ("ask",),
        AskAbout,
        Action.DECIDE,
        "Ask the requester something, in the thread",
        ("id",),
        ("question",),
    ),
)

PLANNED: Final = (
    "doctor",
    "link",
    "audit",
    "env create",
    "env rename",
    "env disable",
    "env enable",
    "env tier",
    "key roles",
    "key rotate",
    "key owner",
    "key webhook",
    "user list",
    "user show",
    "user add",
    "user role",
    "user disable",
    "user remove",
    "group list",
    "group show",
    "group add",
    "group remove",
)
"""What the grammar has a place for and this version does not do: it is refused by name."""


def form_of(command: Plain) -> Form | None:
    """The form that a command was typed in; None for a bare `/cld`."""
    return next((form for form in FORMS if form.build is type(command)), None)


def action_of(command: Command) -> Action:
    """What the policy is asked about this command."""
    if isinstance(command, Explain):
        return Action.EXPLAIN
    form = form_of(command)
    return form.action if form else Action.HELP


def render(command: Command) -> str:
    """Write the canonical text, without `/cld`; the grammar reads it back to the same command."""
    if isinstance(command, Explain):
        return f"explain {render(command.command)}".rstrip()
    form = form_of(command)
    if form is None:
        return ""
    given = {
        field.name.rstrip("_"): value
        for field in dataclasses.fields(command)
        if (value := getattr(command, field.name)) not in (None, "", False)
    }
    arguments = [quote(given[name]) for name in form.arguments if name in given]
    options = [f"--{name} {_written(name, given[name])}" for name in form.options if name in given]
    flags = [f"--{name}" for name in form.flags if name in given]
    return " ".join([*form.words, *arguments, *options, *flags])


def _written(option: str, value: str | int | timedelta) -> str:
    if isinstance(value, timedelta):
        return durations.write(value)
    return f"{value}d" if option == "stale" else quote(str(value))


def quote(word: str) -> str:
    """Write one word so that the grammar reads it as one; a plain one stands as it is."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
