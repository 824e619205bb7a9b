"""The card of `/cld doctor`: what is wrong first, then how much is right."""

from collections.abc import Sequence
from typing import Final

from bot.cards.kit import Card, Line, bold, card, code, item, line
from bot.domain.checks.findings import Finding, Level, worst
from bot.domain.phrases import Text, msg, plural

MOST: Final = 20
"""Findings on a card; `python -m bot check` shows the rest."""
_HEADS: Final = {
    Level.FAULT: msg("Something is wrong. {right} of {all} findings are OK."),
    Level.WARNING: msg("There are warnings. {right} of {all} findings are OK."),
    Level.LOOK: msg(
        "No fault found. {right} of {all} findings are OK. Look at the others yourself."
    ),
    Level.OK: msg("Everything works. {right} of {all} findings are OK."),
}
_LABELS: Final = {
    Level.FAULT: msg("Fault, {probe}: {finding}"),
    Level.WARNING: msg("Warning, {probe}: {finding}"),
    Level.LOOK: msg("To check yourself, {probe}: {finding}"),
}
"""A finding itself has the words of `check` on the server, which are English."""


def examined(findings: Sequence[Finding]) -> Card:
    """Draw the findings, the gravest first."""
    levels = list(Level)
    told = [each for each in findings if each.level is not Level.OK]
    told.sort(key=lambda each: -levels.index(each.level))
    right = len(findings) - len(told)
    return card(
        line(_HEADS[worst(findings)].fill(right=Text(str(right)), all=Text(str(len(findings))))),
        *map(_finding, told[:MOST]),
        line(plural("And {count} more.", "And {count} more.", len(told) - MOST))
        if len(told) > MOST
        else None,
        line(msg("On the server, `python -m bot check` also tries the ports.")),
    )


def _finding(finding: Finding) -> Line:
    fix = f" {finding.fix}" if finding.fix else ""
    grave = finding.level in {Level.FAULT, Level.WARNING}
    label = _LABELS[finding.level]
    told = label.fill(probe=bold(finding.probe), finding=Text(f"{finding.text}{fix}"))
    return item(told, *(Text(" "), code(finding.code)) if grave else ())
