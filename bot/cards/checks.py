"""The card of `/cld doctor`: what is wrong first, then how much is right."""

from collections.abc import Sequence
from typing import Final

from bot.cards.kit import Card, Line, Span, bold, card, code, item, line, words
from bot.domain.checks.findings import Finding, Level, worst

MOST: Final = 20
"""Findings on a card; `python -m bot check` shows the rest."""
_HEADS: Final = {
    Level.FAULT: "Something is wrong.",
    Level.WARNING: "Nothing is wrong, but there are warnings.",
    Level.LOOK: "Nothing is wrong.",
    Level.OK: "Nothing is wrong.",
}
_LABELS: Final = {Level.FAULT: "Fault", Level.WARNING: "Warning", Level.LOOK: "Look"}


def examined(findings: Sequence[Finding]) -> Card:
    """Draw the findings, the gravest first."""
    levels = list(Level)
    told = [each for each in findings if each.level is not Level.OK]
    told.sort(key=lambda each: -levels.index(each.level))
    right = len(findings) - len(told)
    return card(
        line(bold(_HEADS[worst(findings)]), f" {right} of {len(findings)} findings are in order."),
        *map(_finding, told[:MOST]),
        line(f"And {len(told) - MOST} more.") if len(told) > MOST else None,
        words("On the server, `python -m bot check` also tries the ports."),
    )


def _finding(finding: Finding) -> Line:
    mend = f" {finding.mend}" if finding.mend else ""
    grave = finding.level in {Level.FAULT, Level.WARNING}
    name: tuple[Span, ...] = (" ", code(finding.code)) if grave else ()
    label = bold(f"{_LABELS[finding.level]}, {finding.probe}:")
    return item(label, f" {finding.text}{mend}", *name)
