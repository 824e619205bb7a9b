"""Cards and sentences about failures of Keysmith or of a service that it calls."""

from typing import Final

from bot.cards.kit import Card, card, code, line, words
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environments import TierOvertaken
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.outcomes.keys import KeyProtected, NameRefused, NameTaken, NoSuchKey
from bot.domain.outcomes.requests import NoSuchRequest, NotAskable
from bot.domain.people import TurnedAway
from bot.domain.recovery import LOST

TWO_HOURS: Final = 120
"""In minutes."""

_SENTENCES = {
    Fault.CLOUDINARY: (
        "Cloudinary does not answer.",
        "Nothing more will be tried. Look with `/cld key show` what stands, then try again.",
    ),
    Fault.CLOUDINARY_BUSY: (
        "Cloudinary says that there were too many calls.",
        "Nothing was changed. Try again in {wait}.",
    ),
    Fault.CLOUDINARY_REFUSED: (
        "Cloudinary refused.",
        (
            "Nothing was changed. If it should be possible, an Admin should look at the rights"
            " of the account key that Keysmith holds."
        ),
    ),
    Fault.CLOUDINARY_UNCERTAIN: (
        "Cloudinary gave no clear answer, so it is not certain whether the change was made.",
        "Look with `/cld key list`, then try again. A new key that was created is disabled.",
    ),
    Fault.SLACK: (
        "Slack did not say who you are, so nothing was done.",
        "Try again in a minute.",
    ),
    Fault.SLACK_BUSY: (
        "Slack says that Keysmith asks too much at the moment, so nothing was done.",
        "Try again in {wait}.",
    ),
    Fault.SLACK_TOKEN: (
        "Slack refuses Keysmith's token, so nothing was done.",
        (
            "Waiting does not help. An administrator of Keysmith has to install its app in the"
            " workspace again and set the new token. Then ask again. To disable a key now, use"
            " Cloudinary's Console: Settings, API Keys."
        ),
    ),
    Fault.STORE: (
        "Keysmith's own store does not answer, so it cannot keep what you ask for.",
        (
            "If it was kept after all, the answer follows. Try again in a minute, and look with"
            " `/cld key show` before you repeat a change. To disable a key now, use Cloudinary's"
            " Console: Settings, API Keys."
        ),
    ),
    Fault.HALTED: (
        "Keysmith has stopped: its memory went back to an earlier state. Nothing was done.",
        (
            "Ask the operator of Keysmith, who restores the newest backup, if there is one, and"
            " runs `keysmith recover`; then ask again. To disable a key now, use Cloudinary's"
            " Console: Settings, API Keys."
        ),
    ),
    Fault.STORE_UNCERTAIN: (
        "Keysmith has stored this in one place only, so it is not certain to be kept.",
        (
            "It goes on unless that server fails now. Look with `/cld requests` or `/cld key show`"
            " whether it was done before you repeat it."
        ),
    ),
    Fault.INTERNAL: (
        "Something in Keysmith broke.",
        "Look with `/cld key show` what stands before you repeat it.",
    ),
}

_REASONS = {
    LOST: (
        "Keysmith's memory went back to an earlier state, so it is not known whether it was done."
        " Look at the key first"
    ),
    KeyProtected.kind: "Keysmith does not change this key as things are now",
    Denied.kind: "the policy no longer permits it",
    Failed.kind: "an error stopped it",
    NameRefused.kind: "its name could be mistaken for another one by now",
    NameTaken.kind: "a key of that name exists already",
    NoSuchKey.kind: "the key is gone",
    NoSuchRequest.kind: "its target is gone",
    NotAskable.kind: "the time that it was approved for is over, or its target changed since",
    TierOvertaken.kind: "the tier was fixed anew after this was asked for",
    TurnedAway.kind: "the requester may no longer use Keysmith",
}


def failed(outcome: Failed) -> Card:
    """Tell what happened, what to do next, and the error id for the log."""
    happened, then = _SENTENCES[outcome.fault]
    return card(
        words(happened),
        line("It said: ", code(outcome.detail)) if outcome.detail else None,
        words(then.replace("{wait}", _wait(outcome.seconds))),
        line("If it stays like this, tell your admin this id: ", code(outcome.error_id)),
    )


def _wait(seconds: int) -> str:
    """Write how long to wait, rounded up: a minute at least, hours from two of them on."""
    minutes = -(-seconds // 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < TWO_HOURS else f"{-(-minutes // 60)} hours"


def halted() -> Card:
    """Tell that Keysmith has stopped, in place of a page that it can't read now."""
    return card(*map(words, _SENTENCES[Fault.HALTED]))


def happened(outcome: Failed) -> str:
    """Tell only what happened, for the web page, which has its own text around it."""
    return _SENTENCES[outcome.fault][0]


def request_failed(kind: str) -> str:
    """Explain why an approved request failed, where its outcome has a known kind."""
    reason = f": {_REASONS[kind]}" if kind in _REASONS else ""
    return f"It did not work{reason}. Nothing more is tried. Ask again."
