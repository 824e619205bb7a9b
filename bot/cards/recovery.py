"""What `keysmith recover` prints, and what security is told of it."""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.cards.invisible import shown
from bot.domain.keys import Located
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.recovery import Became, Ending, Lost, Survey
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
    "{by} has recovered Keysmith's history: {summary}. Check the orphaned keys, and the access that"
    " people were given since the last entry that is left."
)


def report(survey: Survey) -> str:
    """Say what is missing, what `--apply` ends, and what a person has to look at."""
    return "\n".join(map(shown, _lines(survey))) + "\n"


def nothing_missing(survey: Survey) -> str:
    """Say in one sentence that there is nothing to recover, and what was compared."""
    cards = ", and the cards at Slack" if survey.unknown_cards is not None else ""
    away = "" if cards else " Slack did not answer, so cards were not compared."
    return (
        f"Nothing is missing: the audit log ({survey.kept.seq} entries) was compared with the"
        f" newest entry that was seen, and links, requests and jobs with the keys at"
        f" Cloudinary{cards}."
        f"{away} There is nothing to recover.\n"
    )


def summary(survey: Survey) -> str:
    """Count everything, in one line."""
    return (
        f"{survey.seen.seq - survey.kept.seq} entries of the audit log are missing,"
        f" {len(survey.credentials)} links or pending credentials ended,"
        f" {len(survey.requests)} requests and {len(survey.jobs)} jobs closed,"
        f" {len(survey.orphans)} orphaned keys found"
    )


def notice(survey: Survey, by: str) -> str:
    """Tell security, with the orphaned keys by name: a later report no longer knows them."""
    told = RECOVERED.format(by=by, summary=summary(survey))
    named = "; ".join(map(_orphan, survey.orphans[:NAMED]))
    return f"{told} Orphaned, {NAMED} at most: {named}." if named else told


def _lines(survey: Survey) -> Iterator[str]:
    yield f"Why: {survey.reason}."
    last = f", written at {survey.kept_at.isoformat()}" if survey.kept_at else ""
    yield f"The audit log ends at entry {survey.kept.seq}{last}; entry {survey.seen.seq} was seen."
    yield from _missing(survey)
    if not survey.kept.seq:
        yield (
            "Whether the account has Cloudinary's Permissions API is lost too: a start stops where"
            " Cloudinary refuses it, until `check --without-permissions` confirms that."
        )
    yield f"Links and pending credentials that stay: {survey.waiting}."
    yield from _listed(
        "Links and pending credentials that end:",
        (f"{_credentials(each)}: {_BECAME[became]}" for each, became in survey.credentials),
    )
    yield from _listed("Requests that are settled or closed:", map(_closed, survey.requests))
    jobs = (f"{job.id} ({job.action})" for job in survey.jobs)
    yield from _listed("Jobs that are closed; their people ask again:", jobs)
    orphaned = "Orphaned keys: they exist at Cloudinary, and no record here knows them:"
    yield from _listed(orphaned, map(_orphan, survey.orphans))
    cards = "Requests whose card is at Slack, and which no record here knows:"
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


def _missing(survey: Survey) -> Iterator[str]:
    count = survey.seen.seq - survey.kept.seq
    if survey.lost is None and count > 0:
        yield f"Missing: {count} entries. `--against EXPORT` shows what they were."
    if survey.lost is not None:
        yield from _lost(survey.lost)


def _lost(lost: Lost) -> Iterator[str]:
    yield f"Missing, by the export: {lost.entries} entries."
    yield from (f"  {kind}: {count}" for kind, count in sorted(lost.kinds.items()))
    yield from (f"  request {each}" for each in sorted(lost.requests))


def _credentials(pending: Pending) -> str:
    return f"{pending.name} ({pending.api_key}) in {pending.environment_name}"


def _orphan(here: Located) -> str:
    state = "enabled" if here.key.enabled else "disabled"
    return f"{here.key.label} ({here.key.api_key}) in {here.environment.name}, {state}"
