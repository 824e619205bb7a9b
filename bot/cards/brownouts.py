"""How the brown-out of a key is told: on its card, in its messages, and by which buttons."""

from typing import Final

from bot.cards.kit import Line, Mention, Moment, Phrase, Text, bold, code, item, line, msg
from bot.domain.brownouts import Brownout, Ending, Report
from bot.domain.commands.grammar import read, render
from bot.domain.commands.keys import BrownoutKey, EnableKey
from bot.domain.commands.text import escape
from bot.domain.phrases import Lasting
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Notification, Topic

TOPICS: Final = frozenset(
    {
        Topic.BROWNOUT,
        Topic.BROWNOUT_BEGUN,
        Topic.BROWNOUT_LATE,
        Topic.BROWNOUT_OVER,
        Topic.BROWNOUT_REPORT,
    }
)
SHOWN: Final = 3
"""Answers on a card; Details have all."""
WORKS: Final = frozenset({Ending.ENABLED, Ending.MEANWHILE})
"""Endings after which the key works."""
_ENDINGS: Final = {
    Ending.ENABLED: msg("The key was disabled for a time. Enabled again {when}."),
    Ending.MEANWHILE: msg("The key was disabled for a time. A person enabled it {when}."),
    Ending.STOPPED: msg("A person disabled or deleted the key meanwhile. It stays disabled."),
    Ending.ACCESS: msg("The access to the key ended meanwhile. It stays disabled."),
    Ending.CHANGED: msg(
        "The key was changed in Cloudinary's Console meanwhile. Keysmith leaves it disabled. To"
        " enable it: {enable}"
    ),
    Ending.SIGNER: msg(
        "Enabling the key would now change which key signs webhook notifications. Keysmith leaves"
        " it disabled. To enable it: {enable}"
    ),
    Ending.ROOT: msg("The key is the root key now. Keysmith leaves it disabled."),
    Ending.UNKNOWN: msg(
        "Keysmith can't tell what happened to the key meanwhile, and leaves it as it is. To enable"
        " it: {enable}"
    ),
    Ending.GONE: msg("The key no longer exists."),
    Ending.FAILED: msg("The key was not disabled."),
}
_QUESTION: Final = msg("Did anything break?")
_DARK: Final = msg("The key is disabled until {enables}. Then Keysmith enables it again.")
_LATE: Final = msg(
    "The key is still disabled: enabling it again fails. Keysmith keeps trying. To enable it:"
    " {enable}"
)
_ASKED: Final = msg(
    "{who} asks to disable your key for {time}, to find out what uses it. Keysmith enables it"
    " again by itself."
)
_BROKE: Final = msg("{who}: it broke something.")
_FINE: Final = msg("{who}: nothing broke.")
_SAID: Final = msg("{text} “{comment}”")


def result(request: Request) -> Phrase | None:
    """Say where a brown-out is; None where there is none, or it has not begun."""
    brownout = request.brownout
    if brownout is None or not brownout.begun:
        return None
    if brownout.ending is not None:
        return _ended(request, brownout)
    return _filled(_LATE if brownout.late else _DARK, request, brownout)


def state(request: Request) -> Phrase | None:
    """Name where it is, in a list or after a colon."""
    return msg("disabled for a time") if request.enable_at else None


def lasting(request: Request) -> Lasting | None:
    """Give how long the key is to be disabled."""
    command = read(escape(request.terms.command))
    return Lasting(command.for_) if isinstance(command, BrownoutKey) else None


def reported(request: Request) -> Line | None:
    """Write in a line what people said last: whether it broke something."""
    said = [_said(each) for each in (request.brownout or Brownout()).reports[-SHOWN:]]
    between = [Text(" ")] * len(said)
    spans = [span for pair in zip(between, said, strict=True) for span in pair][1:]
    return line(*spans) if spans else None


def reports(request: Request) -> list[Line]:
    """Write it all, an item for each person."""
    return [item(_said(each)) for each in (request.brownout or Brownout()).reports]


def said(notification: Notification, request: Request) -> Phrase:
    """Say what a notification tells."""
    brownout, time = request.brownout or Brownout(), lasting(request) or Text("")
    match notification.topic:
        case Topic.BROWNOUT:
            return _ASKED.fill(who=Mention(notification.by), time=time)
        case Topic.BROWNOUT_REPORT:
            own = [it for it in brownout.reports if it.by.user_id == notification.by]
            broke = bool(own) and own[-1].broke
            return (_BROKE if broke else _FINE).fill(who=Mention(notification.by))
        case Topic.BROWNOUT_OVER if brownout.ending not in WORKS:
            return result(request) or _ENDINGS[Ending.FAILED]
        case Topic.BROWNOUT_LATE:
            return _filled(_LATE, request, brownout)
        case _:
            told = result(request) or _filled(_DARK, request, brownout)
            return msg("{told} {question}", told=told, question=_QUESTION)


def presses(request: Request) -> list[tuple[Phrase, str]]:
    """List the labels and verbs of the buttons, for as long as an answer helps."""
    brownout = request.brownout
    if brownout is None or not brownout.begun or brownout.ending is Ending.FAILED:
        return []
    now = [(msg("Enable now"), "cancel")] if brownout.enable_at else []
    fine = [] if brownout.enable_at else [(msg("Nothing broke"), "fine")]
    return [*now, (msg("It broke something"), "broke"), *fine]


def _said(report: Report) -> Phrase:
    what = (_BROKE if report.broke else _FINE).fill(who=bold(report.name))
    return _SAID.fill(text=what, comment=Text(report.comment)) if report.comment else what


def _ended(request: Request, brownout: Brownout) -> Phrase:
    return _filled(_ENDINGS[brownout.ending or Ending.UNKNOWN], request, brownout)


def _filled(text: Phrase, request: Request, brownout: Brownout) -> Phrase:
    terms, at, ended = request.terms, brownout.enable_at, brownout.ended_at
    enable = render(EnableKey(terms.key, terms.cloud_name))
    return text.fill(
        enable=code(f"/cld {enable}"),
        enables=Moment(at, exact=True) if at else Text(""),
        when=Moment(ended) if ended else Text(""),
    )
