"""Outcomes about who the asker is and what they may do."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.environments import Environment
from bot.domain.people import Mismatch, Person, TurnedAway
from bot.domain.policy import Action, Explanation, Refused


@dataclass(frozen=True)
class Introduced:
    """Who the asker is; `mismatch` where Cloudinary does not know them."""

    kind: ClassVar[str] = "introduced"
    person: Person
    environments: tuple[Environment, ...]
    mismatch: Mismatch | None


@dataclass(frozen=True)
class Explained:
    """Who may, who would approve, and by which policy."""

    kind: ClassVar[str] = "explained"
    command: str
    explanations: tuple[Explanation, ...]
    person: Person


@dataclass(frozen=True)
class Denied:
    """The policy says no."""

    kind: ClassVar[str] = "denied"
    action: Action
    person: Person
    refusal: Refused
    environment: Environment | None = None


@dataclass(frozen=True)
class Unknown:
    """A confirmed member without one usable Cloudinary user."""

    kind: ClassVar[str] = "unknown"
    mismatch: Mismatch
    email: str


AccessOutcome = Introduced | Explained | Denied | Unknown | TurnedAway
