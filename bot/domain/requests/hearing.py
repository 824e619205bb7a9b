"""Who hears of a request, and when: at most five people at a time, and by day.

A request chooses people once, and tells each of them once: at once, or when their night ends.
Who may decide is read again each time.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.policy import Approval, Reach
from bot.domain.requests.hours import Listener, wakes_at
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Hearing

MOST: Final = 5
"""People who hear of a new request, and as many more of its escalation."""
MOST_IN_HOUR: Final = 5
"""Requests of one requester that people hear of within an hour; the channel shows the others."""


def is_flood(request: Request, others: Iterable[Request]) -> bool:
    """Whether the requester asked so often in the hour before that only the channel shows it."""
    ages = [
        request.asked_at - it.asked_at for it in others if it.id != request.id and not it.waived
    ]
    return sum(timedelta() <= age < timedelta(hours=1) for age in ages) >= MOST_IN_HOUR


def choose(request: Request, listeners: Collection[Listener], now: datetime) -> Request:
    """Choose at most five people who have not been chosen.

    Those whom the quorum needs come first, then those who are awake, each with their delegate; of
    equals, the request's id decides, so that not always the same people hear.
    """
    heard = request.heard
    if request.approval.reach is Reach.CHANNEL:
        return request
    found = [each for each in listeners if each.user_id not in heard.chosen]
    found.sort(key=lambda each: (wakes_at(each, now) > now, _spread(request, each)))
    ordered = (*_needed(request.approval, found), *found)
    users = dict.fromkeys(user for each in ordered for user in (each.user_id, each.delegate))
    new = [user for user in users if user and user not in heard.chosen]
    chosen = (*heard.chosen, *new[:MOST])
    return replace(request, heard=replace(heard, chosen=chosen))


def _needed(approval: Approval, listeners: Sequence[Listener]) -> Iterable[Listener]:
    for part in approval.parts:
        yield from [each for each in listeners if each.held.intersection(part.of_which)][:1]


def _spread(request: Request, listener: Listener) -> bytes:
    return hashlib.sha256(f"{request.id}:{listener.user_id}".encode()).digest()


def tell(
    request: Request, listeners: Collection[Listener], now: datetime
) -> tuple[Hearing, tuple[str, ...]]:
    """Tell those of the chosen who are to hear now; returns what is stored then, and who hears.

    A person whose night ends after the request expires hears at once where too few others hear in
    time: a request that can't be approved any more is worse.
    """
    heard, present = request.heard, {each.user_id: each for each in listeners}
    voted = _voted(request)
    waiting = [
        (present[user], wakes_at(present[user], now))
        for user in heard.chosen
        if user in present and user not in {*heard.told, *voted}
    ]
    in_time = [each for each in waiting if each[1] < request.expires_at]
    able = [vote.holds for vote in request.approving]
    able += [present[user].held for user in heard.told if user in present and user not in voted]
    if not request.approval.enough([*able, *(each.held for each, _ in in_time)]):
        in_time = [(each, at if at < request.expires_at else now) for each, at in waiting]
    told = tuple(each.user_id for each, at in in_time if at <= now)
    next_at = min((at for _, at in in_time if at > now), default=None)
    return Hearing(heard.chosen, (*heard.told, *told), next_at), told


def remind(request: Request, listeners: Iterable[Listener], now: datetime) -> tuple[str, ...]:
    """Return who is reminded: those who were told, have not voted, and are awake."""
    due = {*request.heard.told} - _voted(request)
    return tuple(it.user_id for it in listeners if it.user_id in due and wakes_at(it, now) <= now)


def _voted(request: Request) -> frozenset[str]:
    """Who voted, and for whom: neither has to hear any more."""
    votes = request.current_votes
    principals = {vote.principal.user_id for vote in votes if vote.principal}
    return frozenset(principals | {vote.by.user_id for vote in votes})
