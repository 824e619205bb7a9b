"""What the owner of a link reads when it was opened or ended, and in place of Collect."""

from typing import Final

from bot.cards.kit import Button, Card, card, item, line, msg
from bot.domain.link_receipts import Receipt, Settled, ShutReport
from bot.domain.passphrases import TRIES
from bot.domain.phrases import Moment, Phrase, Text, plural

NOT_ME = "not_me"
"""The verb of the button."""


def receipt(opened: Receipt) -> Card:
    """Draw the direct message."""
    key = {"key": Text(opened.name, bold=True), "environment": Text(opened.environment)}
    how = _HOW[opened.signed_in, opened.passphrase]
    return card(
        line(msg("Your link was opened. {key} in {environment} works now.", **key)),
        item(msg("Opened {at}", at=Moment(opened.at, exact=True))),
        item(_browser(opened)),
        item(how),
        line(msg("If that wasn't you, press the button. It disables the key and tells security.")),
        buttons=[Button(msg("That wasn't me"), NOT_ME, style="danger", request_id=opened.api_key)],
    )


def shut(report: ShutReport) -> Card:
    """Draw the direct message."""
    key = {"key": Text(report.name, bold=True), "environment": Text(report.environment)}
    ended = plural(
        "{count} wrong passphrase ended your link to {key} in {environment}.",
        "{count} wrong passphrases ended your link to {key} in {environment}.",
        TRIES,
        **key,
    )
    return card(
        line(ended),
        line(msg("Nothing was revealed, and the key stays disabled.")),
        line(msg("To get a new link with the same passphrase, type `/cld claim`.")),
        line(msg("If that wasn't you, another person has your link. Tell your security team.")),
    )


def nothing_left(over: Settled) -> Card:
    """Draw what takes the place of a message with Collect."""
    key = {"key": Text(over.name, bold=True), "environment": Text(over.environment)}
    at = Moment(over.at, exact=True)
    if over.opened:
        return card(line(_COLLECTED.fill(at=at, **key)))
    return card(line(_DISABLED.fill(at=at, **key)))


def _browser(opened: Receipt) -> Phrase:
    browser, system = Text(opened.browser), Text(opened.system)
    if opened.browser and opened.system:
        return msg("{browser} on {system}", browser=browser, system=system)
    if opened.browser:
        return msg("{browser}, on an unknown system", browser=browser)
    return msg("Not a browser that Keysmith knows")


_COLLECTED = msg("{key} in {environment} is collected: its link was opened {at}.")
_DISABLED = msg("{key} in {environment} can't be collected any more: it was disabled {at}.")
_HOW: Final = {
    (True, True): msg("You signed in with Slack for it, and typed its passphrase."),
    (True, False): msg("You signed in with Slack for it."),
    (False, True): msg("It asked for no sign-in: the whole link and its passphrase opened it."),
    (False, False): msg("It asked for no sign-in: the whole link was enough to open it."),
}
"""By whether the link asked for a sign-in, and for a passphrase."""
