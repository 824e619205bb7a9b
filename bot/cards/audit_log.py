"""Pages of the audit log, and what is said of its export."""

from collections.abc import Iterator
from typing import Final, assert_never

from bot.cards.audit_words import sentences
from bot.cards.key_lists import spaced
from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Moment,
    Phrase,
    Text,
    card,
    code,
    context,
    item,
    line,
    msg,
    plural,
)
from bot.cards.paging import NAMED
from bot.cards.report_words import reported, weekly_card
from bot.domain.commands.grammar import write
from bot.domain.keys import BY_API_KEY
from bot.domain.log_search import Logged
from bot.domain.outcomes.oversight import (
    AuditExported,
    AuditNotExported,
    AuditShown,
    ExportStop,
    KeysReported,
    NoWeeklyReport,
    OversightOutcome,
    WeeklyReportEnded,
    WeeklyReportSet,
)
from bot.domain.phrases import Lasting, Listed
from bot.domain.policy import Action

AUDIT: Final = Action.AUDIT
_STOPS: Final = {
    ExportStop.FILTERED: (
        msg("An export has every entry, so that it can be verified. Nothing was sent."),
        msg("Export all of it: `/cld audit --export`"),
    ),
    ExportStop.NOT_ALL: (
        msg("An export has every entry, and some are about things that you can't see."),
        msg("Nothing was sent. Ask an admin who has access to all environments, users and groups."),
    ),
    ExportStop.NO_SCOPE: (
        msg("Slack doesn't let Keysmith send files: its app lacks the scope `files:write`."),
        msg("Nothing was sent. On the server, `python -m bot audit export` writes the same file."),
    ),
    ExportStop.TOO_LARGE: (
        msg("The audit log is larger than the files that Slack takes. Nothing was sent."),
        msg("On the server, `python -m bot audit export` writes the same file."),
    ),
}


def oversight_card(outcome: OversightOutcome) -> Card:
    """Draw what those see who look after the whole account."""
    match outcome:
        case AuditShown():
            return _shown(outcome)
        case AuditExported():
            return _exported(outcome)
        case KeysReported():
            return reported(outcome)
        case WeeklyReportSet() | WeeklyReportEnded() | NoWeeklyReport():
            return weekly_card(outcome)
        case AuditNotExported(reason):
            what, then = _STOPS[reason]
            return card(line(what), line(then))
        case _:
            assert_never(outcome)


def _shown(outcome: AuditShown) -> Card:
    text, buttons = write(outcome.command), list[Button]()
    if not outcome.newest:
        buttons.append(Button(msg("Newest"), text, 0))
    if outcome.older:
        older = msg("Older") if outcome.entries else msg("Search further back")
        buttons.append(Button(older, text, outcome.older))
    return card(
        line(*spaced(_head(outcome))),
        *map(_entry, outcome.entries),
        *map(line, _beside(outcome)),
        context(msg("That you read this is in the audit log too.")),
        buttons=buttons,
    )


def _head(outcome: AuditShown) -> Iterator[Phrase]:
    """Say which entries these are."""
    command = outcome.command
    yield msg("Audit log, newest first.")
    if command.who:
        yield msg("By or for {person}.", person=Mention(command.who.removeprefix("@")))
    if command.key:
        yield msg("About the key {key}.", key=code(command.key))
    if command.since:
        yield msg("From the last {time}.", time=Lasting(command.since))
    if not outcome.entries:
        yield msg("No entries match.")


def _entry(logged: Logged) -> Line:
    number = msg("Entry {number}.", number=Text(str(logged.seq)))
    unproven = () if logged.proven else (msg("Not proven."),)
    return item(*spaced((*sentences(logged.entry), number, *unproven)))


def _beside(outcome: AuditShown) -> Iterator[Phrase]:
    if outcome.older and not outcome.entries and outcome.reached:
        yield msg("Searched back to {time}.", time=Moment(outcome.reached, exact=True))
    if outcome.hidden:
        yield plural(
            "{count} entry is left out: it is about something that you can't see.",
            "{count} entries are left out: they are about things that you can't see.",
            outcome.hidden,
        )
    if outcome.unread:
        yield plural(
            "{count} entry is left out: this version can't read it.",
            "{count} entries are left out: this version can't read them.",
            outcome.unread,
        )
    if not all(each.proven for each in outcome.entries):
        yield msg("To find out why entries aren't proven, run `python -m bot audit verify`.")
    yield from _renamed(outcome)
    if outcome.archived:
        yield _archived(outcome.archived, outcome.archives)


def _renamed(outcome: AuditShown) -> Iterator[Phrase]:
    """Tell how to find what a key did under other names: an entry has the name of its time."""
    sought = outcome.command.key or ""
    keys = {it.entry.target.get("key", "") for it in outcome.entries if it.entry.action != AUDIT}
    if sought and sought not in keys and not sought.startswith(BY_API_KEY):
        texts = tuple(code(f"/cld audit --key {it}") for it in sorted(keys - {""}))
        if texts:
            commands = Listed(texts[:NAMED], "or")
            yield msg("To include other names that the key had: {commands}", commands=commands)


def _archived(last: int, archives: tuple[str, ...]) -> Phrase:
    upto = Text(str(last))
    if not archives:
        return msg("Entries up to {last} are in archives, not here.", last=upto)
    files = Listed(tuple(map(code, archives)))
    return msg("Entries up to {last} are in archives: {files}.", last=upto, files=files)


def _exported(outcome: AuditExported) -> Card:
    first, last = Text(str(outcome.first)), Text(str(outcome.last))
    proven = msg("To prove it, run `python -m bot audit verify --file <file>`.")
    unproven = msg(
        "It has no signed checkpoint, since the log isn't proven. Run `python -m bot audit verify`."
    )
    return card(
        line(
            msg("The audit log is in your direct message: entries {first} to {last}.").fill(
                first=first, last=last
            )
        ),
        line(code(outcome.file)),
        line(proven if outcome.proven else unproven),
        line(_archived(outcome.first - 1, outcome.archives)) if outcome.first > 1 else None,
        context(msg("That you have it is in the audit log too.")),
    )
