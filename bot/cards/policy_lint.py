"""What deserves a look about the policy, a sentence for each finding."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.policy_lint import Finding, Trouble

TOLD: Final = 5
"""Findings in one message; the rest is on the server."""
NAMED: Final = 5
"""Environments in one sentence."""


def sentence(finding: Finding) -> str:
    """Say what it is, and what it comes to."""
    rule, names = f"Rule {finding.rule}", ", ".join(finding.names)
    match finding.trouble:
        case Trouble.NEVER_PERMITS:
            return f"{rule} never permits anything: a rule that forbids always beats it."
        case Trouble.PERMITS_NOBODY:
            return f"{rule} permits nobody whom the Cloudinary account has now."
        case Trouble.NAMES_NOBODY:
            return f"{rule} names {names}, and nobody goes by that who could be asked."
        case Trouble.STUCK:
            there = f"only {names} could" if names else "nobody could"
            return f"{rule} wants more approvers than there are {_where(finding)}: {there}."
        case Trouble.ALONE:
            return f"{rule} {_where(finding)}: without {_or(finding)} nothing is approved."
        case _:
            assert_never(finding.trouble)


def _or(finding: Finding) -> str:
    return " and without ".join(finding.names)


def _where(finding: Finding) -> str:
    more = len(finding.places) - NAMED
    named = ", ".join(finding.places[:NAMED])
    return f"in {named}" + (f" and {more} more" if more > 0 else "")


def notice(findings: Sequence[Finding]) -> str:
    """Tell the security channel, when the findings are others than before."""
    if not findings:
        return "The policy deserves no look any more: every rule works for the people there are."
    more = len(findings) - TOLD
    rest = [f"And {more} more"] if more > 0 else []
    told = " \u00b7 ".join([*map(sentence, findings[:TOLD]), *rest])
    return f"The policy deserves a look. {told} \u00b7 On the server: python -m bot check"
