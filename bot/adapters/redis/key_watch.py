"""What a process does about its keys: it announces them, and follows the key that signs."""

import contextlib
from collections.abc import Sequence
from typing import Final

import structlog

from bot.adapters.redis.presence import Presence
from bot.adapters.redis.signing import Signing
from bot.errors import ConfigurationError, KeyMissing, StoreError

_log = structlog.get_logger("keysmith.keys")

LACKS_KEY: Final = (
    "KEYSMITH_KEYS of this process lacks the key {key_id}, which signs now. Nothing was started,"
    " and nothing was changed. Add that key to KEYSMITH_KEYS, the newest in front, and start again;"
    " `keysmith keys status` shows which process has it. If it is lost for good, see `keysmith keys"
    " rotate --lost`."
)


class KeyWatch:
    """The watch of one process."""

    def __init__(self, signing: Signing, presence: Presence) -> None:
        self._signing = signing
        self._presence = presence
        self._told = ""

    async def start(self) -> None:
        """Learn which key signs; where Redis is away, the process signs nothing until `look` did.

        Raises `ConfigurationError` where this process lacks the key that signs.
        """
        try:
            await self._signing.look()
            await self._presence.announce()
        except KeyMissing as error:
            named = self._signing.keyring.signs
            assert named  # noqa: S101  # a key that is missing has a name
            text = LACKS_KEY.format(key_id=named.key_id)
            raise ConfigurationError(text) from error
        except StoreError as error:
            self._signing.keyring.set(None)
            _log.warning("signing_key_not_known", reason=str(error))

    async def look(self) -> Sequence[Exception]:
        """Announce the keys again, and follow the key that signs."""
        try:
            await self._presence.announce()
            await self._signing.look()
        except KeyMissing as error:
            if self._told != str(error):
                _log.error("signing_key_missing", reason=str(error))
            self._told = str(error)
        except StoreError as error:
            return [error]
        return ()

    async def reason(self) -> str | None:
        """Tell why this process can't sign, for its readiness; None where it can."""
        return self._signing.keyring.fault or None

    async def leave(self) -> None:
        """Take the announcement back."""
        with contextlib.suppress(StoreError):
            await self._presence.leave()
