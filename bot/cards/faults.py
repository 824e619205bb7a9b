"""Cards and sentences about failures of Keysmith or of a service that it calls."""

from datetime import timedelta
from typing import Final

from bot.cards.kit import Card, card, code, line
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.phrases import Lasting, Phrase, msg

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)

_CONSOLE: Final = msg(
    "To disable a key now, use Cloudinary's Console: Settings, API Keys.",
)
_UNREAD: Final = (
    msg("Keysmith can't read your requests and keys now."),
    msg("Commands may fail too. Open this tab again in a minute. {console}", console=_CONSOLE),
)
_SENTENCES: Final = {
    Fault.CLOUDINARY: (
        msg("Cloudinary does not respond."),
        msg("Keysmith stops trying. Check with `/cld key show`, then try again."),
    ),
    Fault.CLOUDINARY_BUSY: (
        msg("Cloudinary limits how often Keysmith may call it. Nothing changed."),
        msg("Try again in {wait}."),
    ),
    Fault.CLOUDINARY_REFUSED: (
        msg("Cloudinary refused this. Nothing changed."),
        msg("If you expected it to work, ask an Admin to check the rights of Keysmith's key."),
    ),
    Fault.CLOUDINARY_UNCERTAIN: (
        msg("Cloudinary gave no clear answer, so the change may or may not have happened."),
        msg("Check with `/cld key list`, then try again. A new key that exists is disabled."),
    ),
    Fault.SLACK: (
        msg("Slack did not tell Keysmith who you are. Nothing changed."),
        msg("Try again in a minute."),
    ),
    Fault.SLACK_BUSY: (
        msg("Slack limits how often Keysmith may call it. Nothing changed."),
        msg("Try again in {wait}."),
    ),
    Fault.SLACK_TOKEN: (
        msg("Slack refuses Keysmith's token. Nothing changed."),
        msg(
            "Waiting does not help. Ask an administrator of Keysmith to install its app in the"
            " workspace again and to set the new token. Then run the command again. {console}",
            console=_CONSOLE,
        ),
    ),
    Fault.STORE: (
        msg("Keysmith's database does not respond, so your command was not accepted."),
        msg(
            "Should it have arrived after all, its answer follows. Try again in a minute, and check"
            " with `/cld key show` before you repeat a change. {console}",
            console=_CONSOLE,
        ),
    ),
    Fault.HALTED: (
        msg("Keysmith has stopped: its database went back to an earlier state. Nothing changed."),
        msg(
            "Ask the operator of Keysmith to restore the newest backup, if there is one, and to"
            " run `keysmith recover`. Then run the command again. {console}",
            console=_CONSOLE,
        ),
    ),
    Fault.STORE_UNCERTAIN: (
        msg("Keysmith has your command on one server only, so a failure now could lose it."),
        msg(
            "Usually it goes on. Before you repeat it, check with `/cld requests` or"
            " `/cld key show`."
        ),
    ),
    Fault.WORKER: (
        msg("No worker of Keysmith responds, so nothing changed. Try again in a minute."),
        msg("Ask the operator of Keysmith whether a worker runs."),
    ),
    Fault.NOT_OPENED: (
        msg("Keysmith couldn't enable the key, which stays disabled. Try again in a minute."),
        msg("Check with `/cld key show` before you try again."),
    ),
    Fault.UNREAD: (
        msg(
            "Another version of Keysmith stored this, or it needs a key that this process lacks."
            " It stays as it is."
        ),
        msg(
            "Ask the operator of Keysmith to run the same version, with the same KEYSMITH_KEYS, in"
            " every process. Then try again. {console}",
            console=_CONSOLE,
        ),
    ),
    Fault.INTERNAL: (
        msg("Something went wrong inside Keysmith."),
        msg("Check with `/cld key show` before you repeat the command."),
    ),
}


def failed(outcome: Failed) -> Card:
    """Tell what happened, what to do next, and the error id for the log."""
    happened, next_ = _SENTENCES[outcome.fault]
    return card(
        line(happened),
        line(msg("Its answer: {answer}", answer=code(outcome.detail))) if outcome.detail else None,
        line(next_.fill(wait=Lasting(_rounded(outcome.seconds)))),
        line(msg("If this continues, give your admin this id: {id}", id=code(outcome.error_id))),
    )


def _rounded(seconds: int) -> timedelta:
    """Round a wait up: to a minute at least, to hours from two of them on."""
    wait = timedelta(seconds=seconds)
    unit = HOUR if wait >= 2 * HOUR else MINUTE
    return max(-(-wait // unit), 1) * unit


def halted() -> Card:
    """Tell that Keysmith has stopped, in place of a page that it can't read now."""
    return card(*map(line, _SENTENCES[Fault.HALTED]))


def unread() -> Card:
    """Tell that what App Home shows can't be read now."""
    return card(*map(line, _UNREAD))


def happened(outcome: Failed) -> Phrase:
    """Tell only what happened, for the web page, which has its own text around it."""
    return _SENTENCES[outcome.fault][0]
