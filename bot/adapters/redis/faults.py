"""What Redis's errors mean to the person who runs it, and what to do."""

from typing import Final

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from bot.errors import StoreError

WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (
        ReadOnlyError,
        "it is a replica and takes no writes; Keysmith connects anew until it finds the master",
    ),
    (BusyLoadingError, "it is loading its data; wait until it has, or look at its log"),
    (MasterDownError, "it is a replica that has lost its master; promote one, or start the master"),
    (ClusterDownError, "the cluster is down; look at CLUSTER INFO on its nodes"),
    (OutOfMemoryError, "it is full (maxmemory) and takes no writes; give it more memory"),
    (
        NoPermissionError,
        "its user may not run a command that Keysmith needs; docs/redis.md has its ACL",
    ),
    (AuthenticationError, "it refuses the user or the password; look at REDIS_URL"),
    (RedisTimeoutError, "it did not answer in time; look at the server and at the network"),
)
"""The first that fits counts."""
REFUSED: Final = {
    "NOREPLICAS": "too few replicas are connected (min-replicas-to-write); start them",
    "MISCONF": "it can't write its data to disk and takes no writes; look at its log",
}
"""By the first word of an answer that redis-py has no class for."""
AWAY: Final = "it does not answer; look at REDIS_URL and at the server"


def in_words(error: StoreError) -> str:
    """Tell what the error behind a `StoreError` means, and what to do; never a value of it."""
    cause = error.__cause__ or error
    for kind, words in WORDS:
        if isinstance(cause, kind):
            return words
    if isinstance(cause, ResponseError):
        word = str(cause).partition(" ")[0]
        return REFUSED.get(word, "it refused a write; look at its log")
    return AWAY
