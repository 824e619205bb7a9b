"""Which keys a running rotation keeps disabled, whatever else would enable them."""

from bot.domain.keys import LastChange, overtaken
from bot.domain.requests.machine import Request


def keeps_off(running: Request | None, api_key: str, last: LastChange | None) -> bool:
    """Whether a running rotation of the key has disabled it, or is about to.

    What a person disabled since is theirs: they may enable it again, and the rotation keeps both.
    """
    if running is None or running.rotation is None or running.terms.key != api_key:
        return False
    stops = running.rotates and running.rotation.stops
    return stops and not overtaken(last, running.asked_at)
