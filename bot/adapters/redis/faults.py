"""What Redis's errors mean to the person who runs it, and what to do.

`in_words` is the only place that words such a fault: the start, `/readyz`, `check` and every other
subcommand print what it gives. It repeats no text of an error, which may hold a part of REDIS_URL.
"""

import socket
import ssl
from typing import Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.adapters.network import CERTIFICATES, chain, has_no_route
from bot.errors import StoreError

UNUSABLE: Final = "Redis can't be used: "
"""In front of the words, where they are a sentence of their own."""
FORBIDDEN: Final = (
    "its user isn't allowed to run a command that Keysmith needs; docs/redis.md has the ACL of its"
    " user"
)
NO_DATABASE: Final = (
    "it has no database of that number; correct the number behind the last / in REDIS_URL"
)
CLOSED: Final = (
    "it closes the connection at once; if it speaks TLS only, write rediss:// in REDIS_URL"
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
    "NOAUTH": "it needs a password; set REDIS_PASSWORD",
}
"""By the first word of Redis's answer."""
TEXTS: Final = {
    "CERTIFICATE_VERIFY_FAILED": (
        "its certificate is not signed by the authority in REDIS_CA_FILE, or is for another name"
    ),
    "CERTIFICATE_REQUIRED": "it needs a client certificate; set REDIS_CERT_FILE and REDIS_KEY_FILE",
    "UNKNOWN_CA": "it does not know who signed REDIS_CERT_FILE; look at its tls-ca-cert-file",
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port; write redis:// or another port",
    "THE USER EXECUTING THE SCRIPT": FORBIDDEN,
    "ACL FAILURE IN SCRIPT": FORBIDDEN,
    "DB INDEX IS OUT OF RANGE": NO_DATABASE,
    "INVALID DB INDEX": NO_DATABASE,
}
"""By what stands in a text of OpenSSL, redis-py, or Redis about a script."""
SEARCHED: Final = {
    "NO NODE OF THE CLUSTER": (
        "no node of the cluster names a master; look at the nodes in REDIS_URL, and at CLUSTER INFO"
    ),
    "NO MASTER FOUND": (
        "no Sentinel names a master; look at the Sentinels, at the master's name in REDIS_URL, and"
        " at REDIS_SENTINEL_PASSWORD"
    ),
}
"""The same where no master is found; what a server or OpenSSL has said of it counts first."""
REFUSED: Final = "it refused a command; look at its log"
SLOW: Final = "it did not answer in time; look at the server and at the network"
AWAY: Final = "there is no connection to it; look at REDIS_URL and at the server"
MET: Final[dict[type[BaseException], str]] = {
    ssl.SSLError: "TLS to it fails; look at the REDIS_..._FILE variables, and at the server's log",
    socket.gaierror: "the name of its host is not found (DNS); correct the host in REDIS_URL",
    ConnectionRefusedError: (
        "nothing listens there; correct host and port in REDIS_URL, or start the server"
    ),
    FileNotFoundError: (
        "there is no such file: the socket of a server that runs, or one of TLS; start the server,"
        " or correct the path in REDIS_URL or in the REDIS_..._FILE variables"
    ),
    PermissionError: (
        "this user isn't allowed to open its socket or a file of TLS; change the permissions, or"
        " run as the user of the bot"
    ),
    RedisTimeoutError: SLOW,
    TimeoutError: SLOW,
    InvalidResponse: "what answers is not Redis; correct host and port in REDIS_URL",
    ResponseError: REFUSED,
}
"""By kind; the first one counts, since most of them are kinds of `OSError`."""
UNREADABLE: Final = (
    "REDIS_URL can't be read; write it as redis://USER:PASSWORD@HOST:PORT, and percent-encode the"
    " user and the password"
)
CERTIFICATE: Final = "its certificate {}; look at the server's certificate, and at REDIS_CA_FILE"


def in_words(error: BaseException) -> str:
    """Tell what an error of Redis means; after a semicolon, what to do. Never a value of it."""
    cause = error
    while isinstance(cause, StoreError) and cause.__cause__:
        cause = cause.__cause__
    if isinstance(cause, StoreError):  # Keysmith's own words
        return str(cause)
    causes = list(chain(cause))
    for tells in (_answered, _searched, _met):
        if told := next(filter(None, map(tells, causes)), ""):
            return told
    return UNREADABLE if isinstance(cause, ValueError | TypeError) else AWAY


def fault_and_fix(error: BaseException) -> tuple[str, str]:
    """Split the words of an error: what happened, and a sentence that says what to do."""
    what, _, do = in_words(error).partition("; ")
    return what, f"{do[:1].upper()}{do[1:]}." if do else ""


def _answered(error: BaseException) -> str:
    """Tell what Redis, a Sentinel, or OpenSSL has said."""
    word = getattr(error, "status_code", None) or str(error).partition(" ")[0]
    if word in ANSWERS:
        return ANSWERS[word]
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in CERTIFICATES:
        return CERTIFICATE.format(CERTIFICATES[error.verify_code])
    return _told(error, TEXTS)


def _searched(error: BaseException) -> str:
    """Tell that the search for the master found none."""
    return _told(error, SEARCHED)


def _told(error: BaseException, texts: dict[str, str]) -> str:
    return next((told for text, told in texts.items() if text in str(error).upper()), "")


def _met(error: BaseException) -> str:
    """Tell what the system met on the way, or the kind of the answer."""
    if isinstance(error, OSError) and has_no_route(error):
        return "this machine has no route to it; look at the network"
    if isinstance(error, RedisConnectionError) and _closed(error):
        return CLOSED
    return next((told for kind, told in MET.items() if isinstance(error, kind)), "")


def _closed(error: Exception) -> bool:
    return "closed by server" in str(error) or isinstance(error.__context__, ConnectionResetError)
