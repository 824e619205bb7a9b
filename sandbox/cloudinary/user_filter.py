"""The filters of the list of users."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from aiohttp import web

from sandbox.cloudinary.queries import Query, query_of
from sandbox.cloudinary.records import Member
from sandbox.cloudinary.refusals import Refusal
from sandbox.cloudinary.requests import account_of

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
    query = query_of(request)
    return UserFilter(
        query.texts("ids"),
        [email.lower() for email in query.texts("emails")],
        (query.text("prefix") or "").lower(),
        _pending(query),
        _environment_id(request, query),
        _logins(query),
    )


def _pending(query: Query) -> bool | None:
    status, pending = query.choice("status", ("pending", "active")), query.flag("pending")
    return pending if status is None else status == "pending"


def _environment_id(request: web.Request, query: Query) -> str | None:
    environment_id = query.text("sub_account_id")
    if environment_id not in {
        None,
        *(environment.id for environment in account_of(request).contents.environments),
    }:
        raise Refusal(404, f"Cannot find sub account with id {environment_id}")
    return environment_id


def _logins(query: Query) -> Logins | None:
    inside = query.flag("last_login")
    excluded = query.choice("union_type", ("include", "exclude")) == "exclude"
    start, end = query.moment("from", time.min), query.moment("to", time.max)
    if inside is None and start is None and end is None:
        return None
    return Logins(start or FIRST, end or LAST, outside=inside is False or excluded)
