"""What the account key must reach at Cloudinary."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.checks.findings import Finding, Level, Rule

REFUSES: Final = (
    "Cloudinary refuses its Permissions API, which this account had before, or may have had before"
    " Redis lost its data. Without it, Keysmith would ignore Cloudinary's own policies."
)


class Cloudinary(Rule):
    """What the probe of Cloudinary says."""

    READ = (
        Level.OK,
        "{count} product environments; the account key may read their keys and the users.",
    )
    RIGHTS = (Level.OK, "The rights of people on keys come from {by}.")
    DOWNGRADED = (
        Level.FAULT,
        f"{REFUSES} The next start stops.",
        (
            "If the account is without the API on purpose, confirm it with `python -m bot check"
            " --without-permissions` and start again; otherwise give the account key its roles"
            " back."
        ),
    )
    CREATION_UNPROVEN = (
        Level.LOOK,
        "Only creating a key would prove that the account key may create keys.",
        "To test it, type /cld key create in a development environment once.",
    )
    REFUSED = (
        Level.FAULT,
        (
            "Cloudinary refuses CLOUDINARY_ACCOUNT_URL: the account key, its secret or"
            " the account id is wrong."
        ),
        (
            "Copy all three from Console > Settings > Account API Keys; a product environment's key"
            " does not work here."
        ),
    )
    AWAY = (
        Level.FAULT,
        "Cloudinary does not answer: {reason}.",
        "Compare CLOUDINARY_API_URL with your account's region, and look at the firewall.",
    )
    NO_ACCOUNT = (
        Level.FAULT,
        (
            "Cloudinary knows no account with the id in CLOUDINARY_ACCOUNT_URL, or it has no"
            " Provisioning API."
        ),
        "Copy the id from Console > Settings > Account API Keys, or ask Cloudinary for the API.",
    )
    NO_ENVIRONMENTS = (
        Level.FAULT,
        "The account key isn't allowed to read the product environments ({reason}).",
        "Give it a role that may, in Console > Settings > Account API Keys.",
    )
    NONE_THERE = (
        Level.WARNING,
        "The account key can't see any product environment.",
        "Give it access to the product environments that Keysmith manages.",
    )
    NO_KEYS = (
        Level.FAULT,
        "The account key isn't allowed to read the keys of {place} ({reason}).",
        "Give it a role that manages keys there.",
    )
    DISABLED = (
        Level.LOOK,
        "Disabled product environments, where no key works: {places}.",
        "Enable one with `/cld env enable <name>`, if it is not disabled on purpose.",
    )
    NO_RIGHTS = (
        Level.WARNING,
        "Product environments where the account key has no rights, so no key is created: {places}.",
        "Give it Master Admin in each of them, in the Cloudinary Console.",
    )
    NO_USERS = (
        Level.FAULT,
        (
            "The account key isn't allowed to see the users ({reason}), so Keysmith can't identify"
            " people."
        ),
        "Give it a role that sees users.",
    )
    NO_ROLE = (
        Level.WARNING,
        (
            "The account key holds no role, by the Permissions API: Cloudinary may refuse to create"
            " keys."
        ),
        "Assign it a role that manages keys in every environment that Keysmith serves.",
    )
    OPERATOR_UNKNOWN = (
        Level.FAULT,
        "OPERATORS: {login} has an email address that no Cloudinary user has.",
        "Correct the address, or invite the user to the account.",
    )
    OPERATOR_UNUSABLE = (
        Level.FAULT,
        (
            "OPERATORS: the Cloudinary user of {login} is disabled, or has not accepted the"
            " invitation."
        ),
        "Enable the user, or remove the operator.",
    )


_SHOWN: Final = 5
"""Environments that a finding names."""


class Refusal(StrEnum):
    """How Cloudinary refuses."""

    CREDENTIALS = "credentials"
    RIGHT = "right"
    NOT_THERE = "not_there"
    AWAY = "away"


@dataclass(frozen=True)
class Failure:
    """A call that failed; `reason` is Cloudinary's own sentence."""

    refusal: Refusal
    reason: str = ""


@dataclass(frozen=True)
class OperatorAtCloudinary:
    """How many Cloudinary users an operator's address has, and how many of them are usable."""

    login: str
    users: int
    usable: int


@dataclass(frozen=True)
class CloudinaryFacts:
    """What the account key reads; `roles` is None where they can't be read.

    `had` is whether the account had the Permissions API, and None where Redis does not tell.
    """

    environments: Failure | tuple[str, ...] = ()
    keys: tuple[tuple[str, Failure], ...] = ()
    users: Failure | None = None
    permissions: Failure | bool = False
    had: bool | None = False
    roles: int | None = None
    operators: tuple[OperatorAtCloudinary, ...] = ()
    disabled: tuple[str, ...] = ()
    """Names of environments that are disabled."""
    closed: tuple[str, ...] = ()
    """Names of environments in which the account key holds no right to keys."""


def examine_cloudinary(facts: CloudinaryFacts) -> list[Finding]:
    """Say what the account key may not do."""
    if isinstance(facts.environments, Failure):
        return [_environments(facts.environments)]
    found = [*_reading(facts), *_operators(facts)]
    if not found:
        found = [Cloudinary.READ.found(count=len(facts.environments))]
    if facts.closed and facts.roles != 0:  # without any role, one finding says it for all
        found.append(Cloudinary.NO_RIGHTS.found(places=_named(facts.closed)))
    if facts.disabled:
        found.append(Cloudinary.DISABLED.found(places=_named(facts.disabled)))
    if isinstance(facts.permissions, Failure):
        return [*found, Cloudinary.AWAY.found(reason=facts.permissions.reason)]
    unproven = Cloudinary.NO_ROLE if facts.roles == 0 else Cloudinary.CREATION_UNPROVEN
    return [*found, *_rights(facts), unproven.found()]


def _named(places: tuple[str, ...]) -> str:
    """Name some of many environments."""
    more = len(places) - _SHOWN
    return ", ".join((*places[:_SHOWN], *((f"{more} more",) if more > 0 else ())))


def _rights(facts: CloudinaryFacts) -> Iterator[Finding]:
    if facts.permissions:
        yield Cloudinary.RIGHTS.found(by="Cloudinary's own policies")
    elif facts.had:
        yield Cloudinary.DOWNGRADED.found()
    elif facts.had is False:
        yield Cloudinary.RIGHTS.found(by="the fixed roles; the account has no policies")


def _environments(failure: Failure) -> Finding:
    rules = {
        Refusal.CREDENTIALS: Cloudinary.REFUSED,
        Refusal.RIGHT: Cloudinary.NO_ENVIRONMENTS,
        Refusal.NOT_THERE: Cloudinary.NO_ACCOUNT,
        Refusal.AWAY: Cloudinary.AWAY,
    }
    return rules[failure.refusal].found(reason=failure.reason)


def _reading(facts: CloudinaryFacts) -> Iterator[Finding]:
    if not facts.environments:
        yield Cloudinary.NONE_THERE.found()
    for place, failure in facts.keys:
        away = failure.refusal is Refusal.AWAY
        rule = Cloudinary.AWAY if away else Cloudinary.NO_KEYS
        yield rule.found(place=place, reason=failure.reason)
    if facts.users:
        away = facts.users.refusal is Refusal.AWAY
        rule = Cloudinary.AWAY if away else Cloudinary.NO_USERS
        yield rule.found(reason=facts.users.reason)


def _operators(facts: CloudinaryFacts) -> Iterator[Finding]:
    for operator in facts.operators:
        if not operator.users:
            yield Cloudinary.OPERATOR_UNKNOWN.found(login=operator.login)
        elif not operator.usable:
            yield Cloudinary.OPERATOR_UNUSABLE.found(login=operator.login)
