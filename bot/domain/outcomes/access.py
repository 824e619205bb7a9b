"""Outcomes about who a person is and what they may do."""

from dataclasses import dataclass

from bot.domain.environments import Environment
from bot.domain.people import Actor, Mismatch, Person, TurnedAway
from bot.domain.policy import Action, Explanation, Refused


@dataclass(frozen=True)
class Introduced:
    """Who the person is; `mismatch` if they have no usable Cloudinary user.

    `requests` if all that they can do next is to request credentials.
    """

    kind = "introduced"
    person: Person
    environments: tuple[Environment, ...]
    mismatch: Mismatch | None
    page: int = 0
    requests: bool = False


@dataclass(frozen=True)
class Explained:
    """Who could run a command, who would approve it, and by which rule."""

    kind = "explained"
    command: str
    explanations: tuple[Explanation, ...]
    person: Person


@dataclass(frozen=True)
class Denied:
    """The policy refuses; `allowed` are roles that may, `requests` if the person may request.

    `command` is the name of the one that was typed, where it is known.
    """

    kind = "denied"
    action: Action
    person: Person
    refusal: Refused
    environment: Environment | None = None
    allowed: tuple[str, ...] = ()
    requests: bool = False
    command: str = ""


@dataclass(frozen=True)
class Unknown:
    """A confirmed member without one usable Cloudinary user; `requests` if they may request."""

    kind = "unknown"
    reason: Mismatch
    email: str
    requests: bool = False


@dataclass(frozen=True)
class UserLinked:
    """The Slack user is bound to this Cloudinary user from now on, or to none if it is empty."""

    kind = "user_linked"
    to: Actor
    cloudinary_id: str


AccessOutcome = Introduced | Explained | Denied | Unknown | TurnedAway | UserLinked
