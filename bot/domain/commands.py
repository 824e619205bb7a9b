"""The commands of /cld: what a person's text means.

`bot.domain.forms` says how each is typed, `bot.domain.grammar` reads a text into one of these, and
`bot.domain.writing` writes the canonical text of one, which reads back to the same command.
"""

from dataclasses import dataclass
from datetime import timedelta


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

    name: str
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
