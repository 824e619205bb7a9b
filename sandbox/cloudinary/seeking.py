"""Which users a list is to have."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from aiohttp import web

from sandbox.cloudinary.asking import account_of, query_choice, query_flag, query_list
from sandbox.cloudinary.records import Member
from sandbox.cloudinary.refusals import Refusal

DAY = len("2026-01-02")
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Logins:
    """A range of last logins, or all that is not in it."""

    start: datetime
    end: datetime
    outside: bool

    def take(self, member: Member) -> bool:
        """Whether the member's last login is such a one; never is outside."""
        at = datetime.fromisoformat(member.last_login) if member.last_login else None
        inside = at is not None and self.start <= at <= self.end
        return inside is not self.outside


@dataclass(frozen=True)
class Wanted:
    """Every filter of the list, all of which must agree."""

    ids: list[str]
    emails: list[str]
    prefix: str
    pending: bool | None
    place_id: str | None
    logins: Logins | None

    def takes(self, member: Member) -> bool:
        """Whether the member is one of them."""
        return (
            (not self.ids or member.id in self.ids)
            and (not self.emails or member.email.lower() in self.emails)
            and member.name.lower().startswith(self.prefix)
            and self.pending in {None, member.pending}
            and (self.place_id is None or member.reaches(self.place_id))
            and (self.logins is None or self.logins.take(member))
        )


def wanted_of(request: web.Request) -> Wanted:
    """Which users the request asks for."""
    return Wanted(
        query_list(request, "ids"),
        [email.lower() for email in query_list(request, "emails")],
        request.query.get("prefix", "").lower(),
        _pending(request),
        _place_id(request),
        _logins(request),
    )


def _pending(request: web.Request) -> bool | None:
    status = query_choice(request, "status", ("pending", "active"))
    pending = query_flag(request, "pending")
    return pending if status is None else status == "pending"


def _place_id(request: web.Request) -> str | None:
    wanted = request.query.get("sub_account_id")
    if wanted not in {None, *(place.id for place in account_of(request).contents.places)}:
        raise Refusal(404, f"Cannot find sub account with id {wanted}")
    return wanted


def _logins(request: web.Request) -> Logins | None:
    inside = query_flag(request, "last_login")
    excluded = query_choice(request, "union_type", ("include", "exclude")) == "exclude"
    start, end = _moment(request, "from", time.min), _moment(request, "to", time.max)
    if inside is None and start is None and end is None:
        return None
    return Logins(start or FIRST, end or LAST, outside=inside is False or excluded)


def _moment(request: web.Request, name: str, of_day: time) -> datetime | None:
    """A time; where a day is given, as the document has it, its first or last moment."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        if len(text) == DAY:
            return datetime.combine(date.fromisoformat(text), of_day, UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"{name} is not a date (yyyy-mm-dd)") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
