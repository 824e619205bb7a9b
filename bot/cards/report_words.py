"""A report on keys: its numbers in a table, and what needs a look."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, assert_never

from bot.cards.kit import (
    Card,
    Mention,
    Phrase,
    Table,
    Text,
    bold,
    card,
    context,
    item,
    line,
    msg,
    plural,
)
from bot.cards.orphans import MANY
from bot.cards.own_rights import closed_in
from bot.domain.environments import Tier
from bot.domain.outcomes.oversight import (
    FilesLeft,
    KeysReported,
    NoWeeklyReport,
    WeeklyReportEnded,
    WeeklyReportSet,
)
from bot.domain.phrases import Span
from bot.domain.report_schedules import ReportEnd
from bot.domain.reports import Age, Concern, Figures

AGES: Final = {
    Age.MONTH: msg("Up to 30 days"),
    Age.QUARTER: msg("31 to 90 days"),
    Age.HALF: msg("91 to 180 days"),
    Age.YEAR: msg("181 to 365 days"),
    Age.OLDER: msg("Over a year"),
    Age.UNKNOWN: msg("Unknown"),
}
TIERS: Final = {
    Tier.DEVELOPMENT: msg("Development"),
    Tier.STAGING: msg("Staging"),
    Tier.PRODUCTION: msg("Production"),
}
CONCERNS: Final = {
    Concern.EXPIRING: msg("Expires within 14 days"),
    Concern.EXPIRED: msg("Enabled after its end"),
    Concern.UNCLAIMED: msg("Never collected"),
    Concern.ORPHANED: msg("No owner, or one who left"),
    Concern.OVERDUE: msg("Rotations overdue"),
}
_LEFT: Final = {
    FilesLeft.NO_SCOPE: msg(
        "There are no files: Slack doesn't let Keysmith send any. Its app lacks `files:write`."
    ),
    FilesLeft.NO_PICTURE: msg(
        "The CSV file is in your direct message. Keysmith draws no picture: its extra `report` is"
        " not installed."
    ),
}
_SENT: Final = msg("The picture and a CSV file of all keys are in your direct message.")


def reported(outcome: KeysReported) -> Card:
    """Draw a report for the person who asked."""
    drawn = numbers(outcome.figures, owners=True)
    told = line(_LEFT[outcome.left] if outcome.left else _SENT)
    lines = (*drawn.lines, told, *filter(None, [closed_in(outcome.closed)]))
    adopts = [line(MANY)] if dict(outcome.figures.concerns).get(Concern.ORPHANED) else []
    weekly = context(msg("To post the numbers here each week: `/cld report --weekly`"))
    return replace(drawn, lines=(*lines, *adopts, weekly))


def numbers(found: Figures, *, owners: bool) -> Card:
    """Draw the numbers; `owners` names people, as only some readers may see."""
    keys = plural("{count} key", "{count} keys", found.keys)
    places = plural("{count} environment", "{count} environments", found.environments)
    rows = tuple(_rows(found, owners=owners))
    table = Table(
        (msg("What"), msg("Keys")),
        tuple((what, Text(str(count))) for what, count in rows),
        tuple(
            item(msg("{what}: {count}", what=what, count=Text(str(count)))) for what, count in rows
        ),
    )
    head = line(msg("{keys} in {environments}.", keys=keys, environments=places))
    return replace(card(head), table=table)


def _rows(found: Figures, *, owners: bool) -> Iterator[tuple[Span, int]]:
    yield msg("Enabled"), found.enabled
    yield msg("Disabled"), found.keys - found.enabled
    yield from ((CONCERNS[concern], count) for concern, count in found.concerns)
    yield from ((_about(msg("Age"), AGES[age]), count) for age, count in found.ages)
    yield from ((_about(msg("Tier"), TIERS[tier]), count) for tier, count in found.tiers)
    if owners:
        for user_id, count in found.owners:
            owner = Mention(user_id) if user_id else msg("others")
            yield _about(msg("Owner"), owner), count
    else:
        yield msg("With an owner"), found.owned
    yield msg("Without an owner"), found.unowned
    for name, count in found.roles or ():
        yield _about(msg("Role"), Text(name) if name else msg("others")), count


def _about(kind: Phrase, value: Span) -> Phrase:
    return msg("{kind}: {value}", kind=kind, value=value)


def weekly(found: Figures, name: str) -> Card:
    """Draw the numbers for a channel: they name no key and no owner."""
    drawn = numbers(found, owners=False)
    whose = line(msg("Weekly report on the keys that {name} can see.", name=bold(name)))
    stop = context(msg("To end it, type `/cld report --stop` here."))
    return replace(drawn, lines=(whose, *drawn.lines, stop))


def weekly_card(outcome: WeeklyReportSet | WeeklyReportEnded | NoWeeklyReport) -> Card:
    """Say what becomes of the weekly report of a channel."""
    match outcome:
        case WeeklyReportSet():
            return card(
                line(msg("This channel gets a report each week.")),
                line(msg("The first one comes within a minute. Everyone there sees the numbers.")),
                line(msg("If none comes, invite Keysmith to the channel and run this again.")),
                line(msg("It ends with your right to see it. To end it: `/cld report --stop`")),
            )
        case WeeklyReportEnded():
            return card(line(msg("This channel gets no more weekly reports.")))
        case NoWeeklyReport(True):
            return card(
                line(msg("This channel gets no weekly report. Nothing changed.")),
                line(msg("To begin one: `/cld report --weekly`")),
            )
        case NoWeeklyReport():
            return card(
                line(msg("A weekly report is for a channel. Nothing changed.")),
                line(msg("Run `/cld report --weekly` in the channel that is to get it.")),
            )
        case _:
            assert_never(outcome)


_ENDS: Final = {
    ReportEnd.NO_RIGHT: msg("The weekly report on keys has ended: its person can't see it now."),
    ReportEnd.UNREACHABLE: msg("The weekly report on keys has ended: Keysmith can't post here."),
}
_YOUR_ENDS: Final = {
    ReportEnd.NO_RIGHT: msg("Your weekly report in {channel} has ended: you can't see it now."),
    ReportEnd.UNREACHABLE: msg(
        "Your weekly report in {channel} has ended: Keysmith can't post there."
    ),
}
_AGAIN: Final = msg("An admin can begin a new one: `/cld report --weekly`")


def ended_in(reason: ReportEnd) -> Card:
    """Tell a channel that its report has ended."""
    return card(line(_ENDS[reason]), line(_AGAIN))


def ended_of(channel: str, reason: ReportEnd) -> Card:
    """Tell the person who began it."""
    return card(line(_YOUR_ENDS[reason].fill(channel=Mention(channel))), line(_AGAIN))
