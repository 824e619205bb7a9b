"""Findings about the policy as sentences, for the log, the terminal and the security channel."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.policy_lint import Finding, Trouble

MOST_FINDINGS: Final = 5
"""In one message; `python -m bot check` shows the rest."""
MOST_PLACES: Final = 5
"""Environments in one sentence."""


def sentence(finding: Finding) -> str:
    """Describe a finding and its consequence."""
    rule, names = f"Rule {finding.rule}", ", ".join(finding.names)
    match finding.trouble:
        case Trouble.NEVER_PERMITS:
            return f"{rule} never permits anything: a rule that forbids always beats it."
        case Trouble.PERMITS_NO_ONE:
            return f"{rule} permits no user whom the Cloudinary account has now."
        case Trouble.NAMES_NO_ONE:
            return f"{rule} names {names}, and no user who could be asked has that name or role."
        case Trouble.STUCK:
            there = f"only {names} could" if names else "no user could"
            return f"{rule} needs more approvers than there are {_where(finding)}: {there}."
        case Trouble.ALONE:
            alone = " and without ".join(finding.names)
            return f"{rule} {_where(finding)}: without {alone} nothing is approved."
        case _:
            assert_never(finding.trouble)


def _where(finding: Finding) -> str:
    """Name the environments; a rule about users or links concerns none."""
    if not any(finding.places):
        return "in the account"
    more = len(finding.places) - MOST_PLACES
    named = ", ".join(finding.places[:MOST_PLACES])
    return f"in {named}" + (f" and {more} more" if more > 0 else "")


def notice(findings: Sequence[Finding]) -> str:
    """Write the message for the security channel when the findings have changed."""
    if not findings:
        return "The policy deserves no look any more: every rule works for the people there are."
    more = len(findings) - MOST_FINDINGS
    rest = [f"And {more} more"] if more > 0 else []
    told = " \u00b7 ".join([*map(sentence, findings[:MOST_FINDINGS]), *rest])
    return f"The policy deserves a look. {told} \u00b7 On the server: python -m bot check"
