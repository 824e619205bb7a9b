"""The rules of every probe, by their codes."""

from typing import Final

from bot.domain.checks.cloudinary import Cloudinary
from bot.domain.checks.findings import Level, Rule
from bot.domain.checks.redis import Redis
from bot.domain.checks.settings import Settings
from bot.domain.checks.slack_rules import Slack
from bot.domain.checks.web import Web


class Policy(Rule):
    """What the probe of POLICY_FILE says."""

    VALID = (Level.OK, "{file} is valid.")
    INVALID = (Level.FAULT, "{reason}", "Correct the file; docs/policy.md explains the rules.")


class Tier(Rule):
    """Each environment's tier."""

    IS = (Level.LOOK, "{sentence}")


class Rules(Rule):
    """How the policy fits the people of the account."""

    WORK = (Level.OK, "Each can work for the people there are.")
    FINDING = (Level.LOOK, "{sentence}")
    NOT_LOOKED_AT = (
        Level.WARNING,
        "Whether the rules work for the people there are could not be looked at: {reason}.",
        "Fix the other faults first, and check again.",
    )


class Check(Rule):
    """What went wrong in `check` itself."""

    NOT_EXAMINED = (
        Level.WARNING,
        "{probe} was not examined: it needs {names}.",
        "Correct that first, and check again.",
    )
    BY_WORKERS = (
        Level.OK,
        "{probe} is not examined here: a worker has {names}, and this process does not need it.",
        "",
    )
    BROKE_OFF = (
        Level.FAULT,
        "The look at {probe} broke off ({error}).",
        "Check again; if it stays, report it with the log.",
    )


RULES: Final[dict[str, Rule]] = {
    rule.code: rule
    for kind in (Settings, Policy, Slack, Redis, Cloudinary, Web, Tier, Rules, Check)
    for rule in kind
}
"""Every rule by its code."""
