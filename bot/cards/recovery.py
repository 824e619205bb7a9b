"""What `keysmith recover` prints, and what security is told of it."""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.cards.counts import counted, entries
from bot.cards.invisible import shown
from bot.domain.keys import Located
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.recovery import Became, Ending, Lost, LostRequest, Survey
from bot.domain.requests.machine import Request

_BECAME: Final = {
    Became.OPENED: "its key is enabled, so it was opened",
    Became.CHANGED: "its key was changed at Cloudinary, so it may have been opened",
    Became.GONE: "its key is gone",
}
_ENDINGS: Final = {
    Ending.DONE: "its effect is there, and it is settled",
    Ending.UNKNOWN: "it may have been carried out, and it is closed; its requester asks again",
}
NAMED: Final = 20  # orphaned keys in the notice to security; the report has all of them
RECOVERED: Final = (
    "{by} has recovered Keysmith's history: {summary}. Look for orphaned keys, and check all access"
    " that people were given{since}."
)
RESTORE: Final = (
    "Nothing was changed. If there is a backup, restore the newest one first (docs/backup.md), and"
    " run `keysmith recover` again. Only then, or where there is none, `keysmith recover --apply`"
    " goes on: it gives up what is missing here.\n"
)
AT_WORK: Final = (
    "Nothing was changed. No entry is missing, and Keysmith is not halted: work that goes on now"
    " looks like this too. Only if this Redis was restored from a backup, `keysmith recover"
    " --apply` ends what is listed.\n"
)
LOOKED_AT: Final = "There is nothing left to recover. What is listed is for a person to look at.\n"
EXPLAINED: Final = (
    "A recovery has recorded the loss of entries that were seen before, and nothing of it is left"
    " to recover."
)
AGAINST: Final = "An export (`--against EXPORT`) shows what was in those that are lost."
UNREAD: Final = (
    "Entries 1 to {last} are in archives, and were not read: orphaned keys that only they name are"
    " not listed. Name the archives with --archive DIRECTORY."
)
NO_ORPHANS: Final = (
    "Orphaned keys are not listed: the log is empty, and only an export (`--against EXPORT`) tells"
    " Keysmith's keys from others. Look for the newest audit.jsonl of your backups"
    " (docs/backup.md), for a file that `keysmith audit export` wrote, or in the directory of"
    " AUDIT_ARCHIVE: an archive is an export too."
)


def report(survey: Survey) -> str:
    """Say what is missing, what `--apply` ends, and what a person has to look at."""
    return "\n".join(map(shown, _lines(survey))) + "\n"


def advice(survey: Survey) -> str:
    """Say what to do after a report: a backup first, and `--apply` only where it is needed."""
    if survey.open:
        return RESTORE
    return AT_WORK if survey.ends else LOOKED_AT


def nothing_missing(survey: Survey) -> str:
    """Say in one sentence that there is nothing to recover, and what was compared."""
    cards = ", and the cards at Slack" if survey.unknown_cards is not None else ""
    away = "" if cards else " Slack did not answer, so cards were not compared."
    lead = f"{EXPLAINED} Beside that, nothing" if survey.recovered else "Nothing"
    return (
        f"{lead} is missing: the audit log ({entries(survey.kept.seq)}) was compared with the"
        f" newest entry that was seen, and links, requests and jobs with the keys at"
        f" Cloudinary{cards}."
        f"{away} There is nothing to recover.\n"
    )


def summary(survey: Survey) -> str:
    """Count everything, in one line."""
    links = counted(
        len(survey.credentials), "link or pending credential", "links or pending credentials"
    )
    return (
        f"{entries(survey.missing)} missing from the audit log, {links} ended,"
        f" {counted(len(survey.requests), 'request')} and {counted(len(survey.jobs), 'job')}"
        f" closed, {_orphans(survey)}"
    )


def _orphans(survey: Survey) -> str:
    if not survey.kept.seq and survey.lost is None:
        return "and orphaned keys were not looked for: no export was named"
    found = f"{counted(len(survey.orphans), 'orphaned key')} found"
    unread = survey.lost.unread if survey.lost else 0
    return f"{found}, without those that only entries 1 to {unread} name" if unread else found


def notice(survey: Survey, by: str) -> str:
    """Tell security, with the orphaned keys by name: a later report no longer knows them."""
    since = " since the last entry that is left" if survey.kept.seq else ""
    told = RECOVERED.format(by=by, summary=summary(survey), since=since)
    named = "; ".join(map(_orphan, survey.orphans[:NAMED]))
    return f"{told} Orphaned, {NAMED} at most: {named}." if named else told


def _lines(survey: Survey) -> Iterator[str]:
    yield f"Why: {survey.reason}." if survey.reason else "Keysmith is not halted."
    yield _compared(survey)
    yield from _known(survey)
    if survey.recovered and not survey.missing:
        yield EXPLAINED
    if not survey.kept.seq:
        yield (
            "Whether the account has Cloudinary's Permissions API is no longer known either, and"
            " Keysmith assumes that it has. If the account is without it, the next start stops:"
            " confirm that first, with `keysmith check --without-permissions`. Otherwise there is"
            " nothing to do."
        )
    yield f"Links and pending credentials that stay: {survey.waiting}."
    yield from _listed(
        "Links and pending credentials that end:",
        (f"{_credentials(each)}: {_BECAME[became]}" for each, became in survey.credentials),
    )
    yield from _listed("Requests that are settled or closed:", map(_closed, survey.requests))
    gone = "Requests that are lost, newest first. Where one was not over, tell who asked:"
    yield from _listed(gone, map(_lost_request, survey.lost_requests))
    jobs = (f"{job.id} ({job.action})" for job in survey.jobs)
    yield from _listed("Jobs that are closed; their people ask again:", jobs)
    orphaned = "Orphaned keys: they exist at Cloudinary, and no record here knows them:"
    yield from _listed(orphaned, map(_orphan, survey.orphans))
    if not survey.kept.seq and survey.lost is None:
        yield NO_ORPHANS
    if survey.lost and survey.lost.unread:
        yield UNREAD.format(last=survey.lost.unread)
    cards = "Requests whose card is among the newest at Slack, and which no record here knows:"
    yield from _listed(cards, survey.unknown_cards or ())
    if survey.unknown_cards is None:
        yield "Slack did not answer, so cards were not compared. Run this again later."


def _listed(heading: str, items: Iterable[str]) -> Iterator[str]:
    """Write a heading and what is under it; nothing where nothing is."""
    if found := [f"  {each}" for each in items]:
        yield heading
        yield from found


def _closed(found: tuple[Request, Ending]) -> str:
    request, ending = found
    terms = request.terms
    about = f"{terms.action} {terms.name} in {terms.environment_name}"
    return f"{request.id} ({about}, {request.state}): {_ENDINGS[ending]}"


def _compared(survey: Survey) -> str:
    """Say in one sentence what was seen, what is there, and what of it is missing."""
    seen, kept, missing = survey.seen.seq, survey.kept.seq, survey.missing
    written = f", written at {survey.kept_at.isoformat()}" if survey.kept_at else ""
    ends = f"the audit log ends at entry {kept}{written}" if kept else "the audit log is empty"
    if not seen and not missing:
        return f"{_capital(ends)}, and no entry of it was seen before: it is new, or was emptied."
    if not missing and survey.reason and survey.lost is None:
        return f"{_capital(ends)}, and none is missing by its number. {AGAINST}"
    if not missing:
        return f"{_capital(ends)}, and no entry that was seen is missing."
    verb, other = "is" if missing == 1 else "are", ""
    if missing > seen - kept:
        other = ", with others in their place" if seen <= kept else ", some with others in place"
    counts = f"{entries(missing)} {verb} missing{other}"
    return f"Entry {seen} was seen, and {ends}: {counts}. {_exported(survey.lost, missing)}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _exported(lost: Lost | None, missing: int) -> str:
    """How many of the missing entries the export has."""
    if lost is None:
        return AGAINST
    number = {0: "none", missing: "all"}.get(lost.entries, str(lost.entries))
    return f"The export has {number} of them" + (":" if lost.entries else ".")


def _known(survey: Survey) -> Iterator[str]:
    if lost := survey.lost:
        stored = lost.requests - {each.id for each in survey.lost_requests}
        yield from (f"  {kind}: {count}" for kind, count in sorted(lost.kinds.items()))
        yield from (f"  about request {each}" for each in sorted(stored))


def _lost_request(lost: LostRequest) -> str:
    """Say whom a request concerns, by Slack ids, what it is about, and how far it was."""
    last, about = lost.last, lost.last.target
    what, name, place = (about.get(each, "?") for each in ("what", "name", "environment_name"))
    owner = about.get("owner", "").rpartition(":")[2]
    asked = f"asked by {lost.requester}" if lost.requester else ""
    people = ", ".join(filter(None, (asked, f"for {owner}" if owner != lost.requester else "")))
    state = f"last entry at {last.at.isoformat()}: {last.event} {last.detail}".rstrip()
    return f"{lost.id} ({what} {name} in {place}): {people or 'asked by ?'}; {state}"


def _credentials(pending: Pending) -> str:
    return f"{pending.name} ({pending.api_key}) in {pending.environment_name}"


def _orphan(here: Located) -> str:
    state = "enabled" if here.key.enabled else "disabled"
    return f"{here.key.label} ({here.key.api_key}) in {here.environment.name}, {state}"
