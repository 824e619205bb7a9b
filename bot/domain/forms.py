"""How each command of /cld is typed: one table."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from bot.domain.commands import (
    Approve,
    AskAbout,
    Cancel,
    Claim,
    Command,
    CreateKey,
    Delegate,
    DeleteKey,
    Deny,
    DisableKey,
    EnableKey,
    Explain,
    Help,
    ListEnvironments,
    ListKeys,
    ListRequests,
    Plain,
    RenameKey,
    Renew,
    RequestKey,
    RestoreKey,
    Review,
    ShowEnvironment,
    ShowKey,
    WhoAmI,
    Withdraw,
)
from bot.domain.policy import Action

MAX_NAME: Final = 128
"""Characters of a name. Cloudinary publishes no limit; this fits a card's line."""
MAX_PROSE: Final = 500
"""Characters of a reason, a comment or a question: a card shows all of it."""
PROSE: Final = frozenset({"reason", "comment", "question"})
"""What is written in sentences."""


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
        ("name", "new"),
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
