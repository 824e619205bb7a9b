"""In place of the account's transport, in a process that holds no account key."""

from typing import Final, TypeVar

from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.cloudinary.wire import Call
from bot.domain.secret import Secret
from bot.errors import Unavailable

T = TypeVar("T")
NO_ONE: Final = AccountCredentials("", Secret(), "")


class NoAccount(Transport):
    """Sends nothing: each call fails as if Cloudinary were away."""

    async def send(self, call: Call[T]) -> T:
        """Refuse."""
        del call
        raise Unavailable("this process holds no account key", maybe_done=False)
