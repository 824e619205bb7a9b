"""The key that a page wraps the key of its link with, while its person signs in at Slack.

The page stores what it wrapped; the wrapping key is in its memory alone, and sealed in a cookie
that only this server reads. So a browser's disk has no key of a link, and no server has one either.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.secret import Secret
from bot.domain.sign_in import WRAPPED_FOR, Wrapping
from bot.flows.ports import Clock
from bot.flows.round_trips import SECRET_BYTES, Carried, Sealer, opened_list, sealed_list

_KIND: Final = "wrapping"
_KEPT: Final = 3
"""Values of a wrapping that a browser keeps."""


@dataclass(frozen=True)
class Wrappings:
    """Gives wrapping keys, and reads what a browser kept of them."""

    sealer: Sealer
    clock: Clock

    def give(self, link_id: str, kept: str) -> tuple[Secret, Carried]:
        """Give a key for a link, and what the browser carries. May raise `StoreError`.

        Tabs of one browser share a cookie, so a sign-in in the next tab gets the key that is there.
        """
        key = self.read(link_id, kept) or Secret(secrets.token_urlsafe(SECRET_BYTES))
        until = (self.clock.now() + WRAPPED_FOR).isoformat()
        sealed = sealed_list(self.sealer, _KIND, link_id, key.show(), until)
        return key, Carried(link_id, sealed)

    def read(self, link_id: str, kept: str) -> Secret | None:
        """Give the key that a browser carries for this link, if it still holds."""
        found = opened_list(self.sealer, _KIND, kept, _KEPT)
        if found is None:
            return None
        wrapping = Wrapping(found[0], Secret(found[1]), datetime.fromisoformat(found[2]))
        return wrapping.key_for(link_id, self.clock.now())
