"""Schedules of rotation on cards: what becomes of one, and what a key's owner hears of it."""

from datetime import timedelta
from typing import Final, assert_never

from bot.cards.key_refusals import about
from bot.cards.kit import (
    Button,
    Card,
    Mention,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    line,
    msg,
)
from bot.domain import durations
from bot.domain.commands.grammar import write
from bot.domain.commands.rotations import Cadence, RotateKey
from bot.domain.outcomes.rotations import NotScheduled, NotScheduledReason, RotationScheduled
from bot.domain.phrases import Lasting
from bot.domain.rotation_schedules import RotationNews, Standstill

_UNCHANGED: Final = {
    NotScheduledReason.NONE: msg("{key} in {environment} has no schedule of rotation."),
    NotScheduledReason.BEGUN: msg("The rotation of {key} in {environment} has begun already."),
    NotScheduledReason.STANDS: msg(
        "The schedule of {key} in {environment} stands still. Set it again with `--every`."
    ),
    NotScheduledReason.PUT_OFF: msg(
        "The rotation of {key} in {environment} was put off twice already."
    ),
    NotScheduledReason.OPTIONS: msg(
        "{key} in {environment}: `--every` goes with `--grace` alone. Leave the other options out."
    ),
    NotScheduledReason.POLICY: msg(
        "{key} in {environment}: by the policy it is rotated every {time} or more often."
    ),
}
_STANDS: Final = {
    Standstill.LEFT: msg("The person who set the schedule has left."),
    Standstill.NO_RIGHT: msg("The person who set the schedule can't rotate it any more."),
    Standstill.NOT_ASKABLE: msg("No one there can approve it."),
    Standstill.DISABLED: msg("The key is disabled."),
    Standstill.DELETION: msg("The key is to be deleted."),
    Standstill.UNCLAIMED: msg("The key was never collected."),
    Standstill.ROLES: msg("Its roles can't be read, so a new key can't get the same ones."),
    Standstill.REFUSED: msg("Keysmith refused it."),
    Standstill.ENDED: msg("The rotation ended, and the old key is still in use."),
}


def scheduled(outcome: RotationScheduled | NotScheduled) -> Card:
    """Say what becomes of a schedule."""
    here = outcome.located
    match outcome:
        case NotScheduled(reason=reason, most=most):
            said = _UNCHANGED[reason]
            said = said.fill(time=Lasting(most)) if most else said
            return card(about(said, here), line(msg("Nothing changed.")))
        case RotationScheduled(schedule=schedule, begins=begins):
            if schedule is None:
                ended = msg("{key} in {environment} is rotated by command alone from now on.")
                return card(about(ended, here))
            said = msg("{key} in {environment} is rotated every {time}.")
            if outcome.put_off:
                said = msg("The rotation of {key} in {environment} is put off.")
            next_ = Moment(begins or schedule.next_at, exact=True)
            asked = msg("Each rotation is approved by others before it begins.")
            before = msg("Its owner hears of it 7 days and a day before.")
            return card(
                about(said.fill(time=Lasting(schedule.every)), here),
                line(msg("Next rotation: {date}.", date=next_)),
                line(asked) if outcome.asks else None,
                line(before) if not schedule.told else None,
                buttons=[_end(here.key.api_key)] if not outcome.put_off else [],
            )
        case _:
            assert_never(outcome)


def rotation_news(news: RotationNews) -> Card:
    """Tell an owner, or the security channel, of a rotation that comes or does not begin."""
    key, place = bold(news.name or news.api_key), Text(news.environment)
    again = code(f"/cld key rotate {news.api_key} --every {news.every}")
    if news.ended_by:
        return card(
            line(_ended(news).fill(key=key, environment=place)),
            line(msg("To set it as it was: {command}", command=again)),
        )
    if news.stands:
        said = msg("{key} in {environment} was due to be rotated, and is not.")
        return card(
            line(said.fill(key=key, environment=place)),
            line(_STANDS[news.stands]),
            line(msg("The key works as before. The schedule stands still.")),
            line(msg("To go on: {command}", command=again)),
            buttons=[_now(news.api_key)] if news.to and news.may else [],
        )
    at = Moment(news.at, exact=True)
    if not news.every:
        demanded = msg("By the policy, {key} in {environment} is to be rotated by {date}.")
        return card(
            line(demanded.fill(key=key, environment=place, date=at)),
            line(msg("Rotate it, or let Keysmith do it by a schedule.")),
            buttons=[_now(news.api_key)],
        )
    comes = msg("Keysmith begins to rotate {key} in {environment} {date}.")
    buttons = [_now(news.api_key)] if news.may else []
    if news.later:
        later = write(RotateKey(news.api_key, every=Cadence.LATER))
        buttons.append(Button(msg("Later"), later))
    buttons += [_end(news.api_key)] if news.may else []
    return card(
        line(comes.fill(key=key, environment=place, date=at)),
        line(msg("You get the new key to collect. The old one works until you have deployed it.")),
        buttons=buttons,
    )


def _ended(news: RotationNews) -> Phrase:
    """Say that another person ended the schedule, or made it longer."""
    person, before = Mention(news.ended_by), Lasting(durations.read(news.every) or timedelta())
    if not news.now:
        return msg(
            "{person} ended the rotation schedule of {key} in {environment}. It was rotated every"
            " {time}.",
            person=person,
            time=before,
        )
    return msg(
        "{person} changed the rotation schedule of {key} in {environment}. It is rotated every"
        " {new}, not every {time} any more.",
        person=person,
        time=before,
        new=Lasting(durations.read(news.now) or timedelta()),
    )


def _now(api_key: str) -> Button:
    return Button(msg("Rotate now"), write(RotateKey(api_key)), style="primary")


def _end(api_key: str) -> Button:
    return Button(msg("End schedule"), write(RotateKey(api_key, every=Cadence.OFF)))
