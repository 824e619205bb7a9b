"""What Redis's errors mean to the person who runs it, and what to do."""

from typing import Final

from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.errors import StoreError

FORBIDDEN: Final = (
    "its user may not run a command that Keysmith needs; docs/redis.md has the ACL of its user"
)
ANSWERS: Final = {
    "READONLY": (
        "it is a replica and takes no writes; Keysmith connects anew until it finds the master"
    ),
    "UNBLOCKED": "it has just become a replica; Keysmith connects anew until it finds the master",
    "LOADING": "it is loading its data; wait until it has, or look at its log",
    "MASTERDOWN": "it is a replica that has lost its master; promote one, or start the master",
    "CLUSTERDOWN": "the cluster is down; look at CLUSTER INFO on its nodes",
    "MOVED": "another node of a cluster has Keysmith's keys; use redis+cluster://",
    "OOM": "it is full (maxmemory) and takes no writes; give it more memory",
    "NOREPLICAS": "too few replicas are connected (min-replicas-to-write); start them",
    "MISCONF": "it can't write its data to disk and takes no writes; look at its log",
    "NOPERM": FORBIDDEN,
    "WRONGPASS": "it refuses the user or the password; look at REDIS_URL and REDIS_PASSWORD",
    "NO_TOKEN": "REDIS_AUTH gives no password; look at the cloud's credentials on this machine",
    "NOAUTH": "it wants a password; set REDIS_PASSWORD",
}
"""By the first word of Redis's answer."""
TEXTS: Final = {
    "CERTIFICATE_VERIFY_FAILED": (
        "its certificate is not signed by the authority in REDIS_CA_FILE, or is for another name"
    ),
    "CERTIFICATE_REQUIRED": "it wants a client certificate; set REDIS_CERT_FILE and REDIS_KEY_FILE",
    "UNKNOWN_CA": "it does not know who signed REDIS_CERT_FILE; look at its tls-ca-cert-file",
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port; write redis:// or another port",
    "THE USER EXECUTING THE SCRIPT": FORBIDDEN,
    "ACL FAILURE IN SCRIPT": FORBIDDEN,
    "NO MASTER FOUND": (
        "no Sentinel names a master; look at the Sentinels, at the master's name in REDIS_URL, and"
        " at REDIS_SENTINEL_PASSWORD"
    ),
}
"""By what stands in a text of OpenSSL, redis-py, or Redis about a script."""
REFUSED: Final = "it refused a command; look at its log"
SLOW: Final = "it did not answer in time; look at the server and at the network"
AWAY: Final = "there is no connection to it; look at REDIS_URL and at the server"


def in_words(error: BaseException) -> str:
    """Tell what the error behind a `StoreError` means, and what to do; never a value of it."""
    cause = error
    while isinstance(cause, StoreError) and cause.__cause__:
        cause = cause.__cause__
    word = getattr(cause, "status_code", None) or str(cause).partition(" ")[0]
    if word in ANSWERS:
        return ANSWERS[word]
    found = next((told for text, told in TEXTS.items() if text in str(cause).upper()), None)
    if found:
        return found
    if isinstance(cause, RedisTimeoutError):
        return SLOW
    return REFUSED if isinstance(cause, ResponseError) else AWAY
