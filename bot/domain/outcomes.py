"""What came of a command: one union, and a card for each of its members."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.claims import Claim
from bot.domain.commands import Command
from bot.domain.decided import (
    Delegated,
    MayNotDecide,
    NoSuchRequest,
    NotAskable,
    Passed,
    Renewed,
    Requested,
    RequestShown,
    RequestsListed,
    TooLate,
    Voided,
    Voted,
    WordWanted,
)
from bot.domain.environments import Environment
from bot.domain.grammar import Incomplete, Misunderstood, Planned
from bot.domain.keys import Bar, Located
from bot.domain.people import Mismatch, Person, TurnedAway
from bot.domain.policy import Action, Explanation, Refused


class Change(StrEnum):
    """What can be done to a key, as its past participle."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    RENAMED = "renamed"


@dataclass(frozen=True)
class MenuOffered:
    """A bare `/cld`: what this person may try, as the texts of commands."""

    person: Person
    texts: tuple[str, ...]


@dataclass(frozen=True)
class HelpGiven:
    """How to use Keysmith, or one noun of it."""

    topic: str | None


@dataclass(frozen=True)
class Introduced:
    """Who the asker is; `mismatch` where Cloudinary does not know them."""

    person: Person
    environments: tuple[Environment, ...]
    mismatch: Mismatch | None


@dataclass(frozen=True)
class EnvironmentsListed:
    """The environments that the asker reaches, each with its number of keys."""

    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class EnvironmentShown:
    """One environment and its keys."""

    environment: Environment
    keys: tuple[Located, ...]


@dataclass(frozen=True)
class KeysListed:
    """One page of the keys; `pages` counts from 1, `page` from 0."""

    keys: tuple[Located, ...]
    page: int
    pages: int
    total: int
    command: Command


@dataclass(frozen=True)
class LastChange:
    """What Keysmith itself did to a key last."""

    change: str
    by: str
    at: datetime
    errand: str


@dataclass(frozen=True)
class KeyShown:
    """One key; `webhooks` when notifications are signed with its secret."""

    located: Located
    webhooks: bool
    last: LastChange | None


@dataclass(frozen=True)
class KeyChanged:
    """Done at Cloudinary and on the record; `before` is the former name of a renamed key."""

    located: Located
    change: Change
    before: str = ""
    told_security: bool = False


@dataclass(frozen=True)
class NothingToChange:
    """The key is that way already, so nothing was done."""

    located: Located
    change: Change
    last: LastChange | None


@dataclass(frozen=True)
class LinkReady:
    """The credentials wait behind a one-time link; the key is disabled until it is opened."""

    claim: Claim
    expires_at: datetime
    url: str = field(repr=False)


@dataclass(frozen=True)
class MadeToClaim:
    """The key is there, disabled; its owner was told how to collect its credentials."""

    claim: Claim


@dataclass(frozen=True)
class NothingToClaim:
    """No credentials wait for the asker."""


@dataclass(frozen=True)
class NotOffered:
    """The button or form is too old, or was made for somebody else."""


@dataclass(frozen=True)
class WhichClaim:
    """Several wait."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class SecretWithheld:
    """Cloudinary does not show the key's secret again, so no link can be made."""

    claim: Claim


@dataclass(frozen=True)
class Explained:
    """Who may, who would approve, and by which policy."""

    command: str
    explanations: tuple[Explanation, ...]
    person: Person


@dataclass(frozen=True)
class NoSuchKey:
    """Nothing goes by that name where the asker may look."""

    word: str
    nearest: str | None
    searched: tuple[Environment, ...]


@dataclass(frozen=True)
class WhichKey:
    """Several keys go by that name; one command for each."""

    word: str
    choices: tuple[tuple[Located, Command], ...]


@dataclass(frozen=True)
class NoSuchEnvironment:
    """Nothing goes by that name where the asker may look."""

    word: str
    nearest: str | None
    known: tuple[Environment, ...]


@dataclass(frozen=True)
class WhichEnvironment:
    """The command needs one environment and several match; one command for each."""

    choices: tuple[tuple[Environment, Command], ...]


@dataclass(frozen=True)
class NameTaken:
    """A key of that name is there already."""

    located: Located


@dataclass(frozen=True)
class Barred:
    """Keysmith leaves this key alone; `retry` is the command that a typed confirmation makes."""

    located: Located
    bar: Bar
    retry: str | None


@dataclass(frozen=True)
class Denied:
    """The policy says no."""

    action: Action
    person: Person
    refusal: Refused
    environment: Environment | None = None


@dataclass(frozen=True)
class Several:
    """One answer for each environment, each decided on its own."""

    outcomes: tuple["Outcome", ...]


@dataclass(frozen=True)
class Unknown:
    """A confirmed member without one usable Cloudinary user."""

    mismatch: Mismatch
    email: str


class Fault(StrEnum):
    """Which outside thing failed."""

    CLOUDINARY = "cloudinary"
    CLOUDINARY_BUSY = "cloudinary_busy"
    CLOUDINARY_REFUSED = "cloudinary_refused"
    CLOUDINARY_DOUBTFUL = "cloudinary_doubtful"
    SLACK = "slack"
    SLACK_BUSY = "slack_busy"
    STORE = "store"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Failed:
    """It did not work; `error_id` is in the log too. `detail` is Cloudinary's own word."""

    fault: Fault
    error_id: str
    detail: str = ""


Outcome = (
    MenuOffered
    | HelpGiven
    | Introduced
    | EnvironmentsListed
    | EnvironmentShown
    | KeysListed
    | KeyShown
    | KeyChanged
    | NothingToChange
    | LinkReady
    | MadeToClaim
    | NothingToClaim
    | NotOffered
    | WhichClaim
    | SecretWithheld
    | Explained
    | NoSuchKey
    | WhichKey
    | NoSuchEnvironment
    | WhichEnvironment
    | NameTaken
    | Barred
    | Denied
    | Requested
    | Several
    | Renewed
    | NotAskable
    | Voted
    | TooLate
    | MayNotDecide
    | WordWanted
    | Voided
    | Passed
    | NoSuchRequest
    | RequestsListed
    | RequestShown
    | Delegated
    | Unknown
    | TurnedAway
    | Incomplete
    | Misunderstood
    | Planned
    | Failed
)
