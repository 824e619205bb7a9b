"""What security reads of many visits to one-time links that opened nothing."""

from typing import Final

from bot.cards.kit import Card, Moment, Phrase, bold, card, item, line, msg
from bot.domain.link_visits import Figures, Visit

_SAID: Final = msg("{count} visits to one-time links opened nothing since {time}.")
_KINDS: Final[dict[Visit, Phrase]] = {
    Visit.UNKNOWN: msg("Links that don't exist: {count}"),
    Visit.SPENT: msg("Links that were used already: {count}"),
    Visit.EXPIRED: msg("Links that expired or were replaced: {count}"),
    Visit.WRONG_PROOF: msg("Links that still wait, without their key: {count}"),
    Visit.FOREIGN: msg("Links that still wait, by people they aren't for: {count}"),
    Visit.LIMITED: msg("Turned away above the limit: {count}"),
}
_LIVE: Final = msg(
    "A visit to a link that still waits counts for more than any other: someone knows where the"
    " link is, such as from a log, but can't open it."
)
_LIVE_NEXT: Final = msg(
    "Ask those who wait for credentials to collect them now. `/cld claim` gives them a new link,"
    " and ends the old one."
)
_NOISE: Final = msg("A link can't be guessed, so this looks like a scanner.")
_NOTHING: Final = msg("Nothing was revealed, and no link was used up.")
_WHERE: Final = msg(
    "Keysmith stores no addresses. The access log of your proxy has them, at `POST /s/`."
)


def many_visits(figures: Figures) -> Card:
    """Draw the message; it names no link and no address."""
    said = _SAID.fill(count=bold(str(figures.total)), time=Moment(figures.since, exact=True))
    kinds = [
        item(phrase.fill(count=bold(str(figures.of(visit)))))
        for visit, phrase in _KINDS.items()
        if figures.of(visit)
    ]
    live = (line(_LIVE), line(_LIVE_NEXT)) if figures.live else (line(_NOISE),)
    return card(line(said), *kinds, *live, line(_NOTHING), line(_WHERE))
