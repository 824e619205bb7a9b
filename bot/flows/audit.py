"""Entries of the audit log, written the same way everywhere."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Deed, Entry
from bot.domain.claims import Claim
from bot.domain.decided import MayNotDecide, NotAskable
from bot.domain.environments import Environment
from bot.domain.errands import Errand
from bot.domain.forms import action_of
from bot.domain.grammar import Incomplete, Misunderstood, Planned, Reading
from bot.domain.keys import Located
from bot.domain.outcomes import Barred, Denied, Failed, Outcome, Unknown
from bot.domain.outcomes.kinds import kind_of
from bot.domain.people import TurnedAway
from bot.domain.requests import Request
from bot.flows.ports import Clock


@dataclass(frozen=True)
class Scribe:
    """Writes entries of an errand, dated now."""

    clock: Clock

    def entry(
        self, errand: Errand, deed: Deed, target: dict[str, str] | None = None, detail: str = ""
    ) -> Entry:
        """Tell of one deed; `target` holds ids and names, never a secret."""
        return Entry(
            at=self.clock.now(),
            deed=deed,
            action=errand.action,
            actor=errand.actor,
            errand=errand.id,
            target=target or {},
            detail=detail,
        )


def action_word(reading: Reading) -> str:
    """What the record calls a reading; never what was typed."""
    if isinstance(reading, Misunderstood):
        return "misunderstood"
    if isinstance(reading, Planned):
        return reading.words
    if isinstance(reading, Incomplete):
        return str(reading.form.action)
    return str(action_of(reading))


def about_key(here: Located) -> dict[str, str]:
    """A key and its environment, as an entry's target."""
    return {"key": here.key.api_key, "name": here.key.name} | about_environment(here.environment)


def about_environment(environment: Environment) -> dict[str, str]:
    """An environment, as an entry's target."""
    return {"environment": environment.id, "environment_name": environment.name}


def about_request(request: Request) -> dict[str, str]:
    """A request, as an entry's target."""
    terms = request.terms
    return {
        "request": request.id,
        "fingerprint": terms.fingerprint,
        "what": terms.action,
        "key": terms.key,
        "name": terms.name,
        "environment": terms.environment_id,
        "environment_name": terms.environment_name,
        "owner": str(terms.owner),
    }


def deed_of(outcome: Outcome) -> tuple[Deed, str]:
    """How the record sums an outcome up: the deed, and the reason or the kind of answer."""
    match outcome:
        case Denied(refusal=refusal):
            return Deed.REFUSED, " ".join(filter(None, (refusal.why, refusal.policy)))
        case NotAskable(why=why):
            return Deed.REFUSED, why
        case MayNotDecide(why=why):
            return Deed.REFUSED, why
        case Unknown(mismatch=mismatch):
            return Deed.REFUSED, mismatch
        case TurnedAway(doubt=doubt):
            return Deed.REFUSED, doubt
        case Barred(bar=bar):
            return Deed.REFUSED, bar
        case Failed(fault=fault, error_id=error_id):
            return Deed.FAILED, f"{fault} {error_id}"
        case _:
            return Deed.ANSWERED, kind_of(outcome)


def about_claim(claim: Claim) -> dict[str, str]:
    """Pending credentials, as an entry's target."""
    return {
        "key": claim.api_key,
        "name": claim.name,
        "environment": claim.environment_id,
        "owner": str(claim.owner),
        "fingerprint": claim.fingerprint,
    }


def link_entry(
    at: datetime, deed: Deed, claim_id: str, target: dict[str, str] | None = None, detail: str = ""
) -> Entry:
    """Build an entry about a link: browsers open links, so no job stands behind it."""
    return Entry(
        at=at,
        deed=deed,
        action="link:make" if deed is Deed.LINKED else "link:open",
        errand=claim_id,
        target=target or {},
        detail=detail,
    )
