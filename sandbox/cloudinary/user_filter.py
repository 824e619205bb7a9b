"""The filters of the list of users."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from aiohttp import web

from sandbox.cloudinary.records import Member
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import account_of, query_choice, query_flag, query_list

DAY = len("2026-01-02")
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Logins:
    """A range of last logins, or with `outside` everything that is not in it."""

    start: datetime
    end: datetime
    outside: bool

    def matches(self, member: Member) -> bool:
        """Whether the last login matches; a user who never logged in is outside every range."""
        at = datetime.fromisoformat(member.last_login) if member.last_login else None
        inside = at is not None and self.start <= at <= self.end
        return inside is not self.outside


@dataclass(frozen=True)
class UserFilter:
    """The filters of the list; a user must match all of them."""

    ids: list[str]
    emails: list[str]
    prefix: str
    pending: bool | None
    environment_id: str | None
    logins: Logins | None

    def matches(self, member: Member) -> bool:
        """Whether the user matches every filter."""
        return (
            (not self.ids or member.id in self.ids)
            and (not self.emails or member.email.lower() in self.emails)
            and member.name.lower().startswith(self.prefix)
            and self.pending in {None, member.pending}
            and (self.environment_id is None or member.reaches(self.environment_id))
            and (self.logins is None or self.logins.matches(member))
        )


def user_filter_of(request: web.Request) -> UserFilter:
    """Read the filters of a request."""
    return UserFilter(
        query_list(request, "ids"),
        [email.lower() for email in query_list(request, "emails")],
        request.query.get("prefix", "").lower(),
        _pending(request),
        _environment_id(request),
        _logins(request),
    )


def _pending(request: web.Request) -> bool | None:
    status = query_choice(request, "status", ("pending", "active"))
    pending = query_flag(request, "pending")
    return pending if status is None else status == "pending"


def _environment_id(request: web.Request) -> str | None:
    environment_id = request.query.get("sub_account_id")
    if environment_id not in {
        None,
        *(environment.id for environment in account_of(request).contents.environments),
    }:
        raise Refusal(404, f"Cannot find sub account with id {environment_id}")
    return environment_id


def _logins(request: web.Request) -> Logins | None:
    inside = query_flag(request, "last_login")
    excluded = query_choice(request, "union_type", ("include", "exclude")) == "exclude"
    start, end = _moment(request, "from", time.min), _moment(request, "to", time.max)
    if inside is None and start is None and end is None:
        return None
    return Logins(start or FIRST, end or LAST, outside=inside is False or excluded)


def _moment(request: web.Request, name: str, of_day: time) -> datetime | None:
    """Read a time; for a day, as in the document, `of_day` says which moment of it."""
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
