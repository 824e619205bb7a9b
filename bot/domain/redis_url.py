"""REDIS_URL: which servers, how to find the master among them, and as which user.

    redis://USER:PASSWORD@HOST:PORT/DB           one server; rediss:// with TLS
    unix://USER:PASSWORD@/PATH?db=DB             one server on this machine
    redis+sentinel://HOST,HOST,HOST/MASTER/DB    the master that Sentinels name
    redis+cluster://HOST,HOST,HOST               the master of Keysmith's slot in a cluster

`rediss+sentinel://` and `rediss+cluster://` are the same with TLS. A fault names what is wrong and
repeats nothing of the value: a password that is not encoded can be anywhere in it.
"""

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl, unquote

Node = tuple[str, int]
"""Host and port."""


class Topology(Enum):
    """How the master is found."""

    SINGLE = "one server"
    SENTINEL = "Sentinel"
    CLUSTER = "cluster"


SCHEMES: Final = {
    "redis": (Topology.SINGLE, False),
    "rediss": (Topology.SINGLE, True),
    "unix": (Topology.SINGLE, False),
    "redis+sentinel": (Topology.SENTINEL, False),
    "rediss+sentinel": (Topology.SENTINEL, True),
    "redis+cluster": (Topology.CLUSTER, False),
    "rediss+cluster": (Topology.CLUSTER, True),
}
PORTS: Final = {Topology.SENTINEL: 26379}
PORT: Final = 6379
MAX_PORT: Final = 65535
OPTIONS: Final = frozenset(
    {
        *("db", "username", "password"),
        *("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"),
    }
)
"""What may stand behind `?`; the last five are redis-py's."""
YES: Final = frozenset({"1", "true", "yes"})
_NODE: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MASTER: Final = re.compile(r"/(?P<master>[A-Za-z0-9._-]+)(?:/(?P<db>[0-9]*))?")


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis is; the password and the options never print."""

    topology: Topology = Topology.SINGLE
    nodes: tuple[Node, ...] = ()
    path: str = ""
    master: str = ""
    db: int = 0
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sentinel_password: str = field(default="", repr=False)
    auth: str = ""

    @property
    def tls_options(self) -> dict[str, str | bool]:
        """The options of TLS as redis-py takes them; none without TLS."""
        found: dict[str, str | bool] = dict(self.options) if self.tls else {}
        if "ssl_check_hostname" in found:
            found["ssl_check_hostname"] = str(found["ssl_check_hostname"]).lower() in YES
        return found

    @classmethod
    def parse(cls, url: str) -> "RedisAddress":
        """Parse a URL; a `ValueError` tells what to write instead and repeats nothing of it."""
        scheme, found, rest = url.partition("://")
        if not found or scheme not in SCHEMES:
            raise ValueError(f"wants a scheme, one of {', '.join(f'{it}://' for it in SCHEMES)}")
        _refuse_unencoded(rest)
        topology, tls = SCHEMES[scheme]
        login, _, place = rest.rpartition("@") if not rest.startswith("/") else ("", "", rest)
        place, _, query = place.partition("?")
        options = _options(query)
        user, _, password = login.partition(":")
        address = cls(
            topology=topology,
            tls=tls,
            user=options.pop("username", unquote(user)),
            password=options.pop("password", unquote(password)),
            db=_number(options.pop("db", "")),
            options=tuple(options.items()),
        )
        return _placed(address, scheme, place)


def _refuse_unencoded(rest: str) -> None:
    """Find a character that has a meaning in a URL where a password contains it as it is."""
    if any(not (char.isascii() and char.isprintable()) or char == " " for char in rest):
        raise ValueError("has a space, a control character or one that is not ASCII: encode it")
    if "#" in rest:
        raise ValueError("has a # in it: in a password, write it as %23")
    if _BAD_ESCAPE.search(rest):
        raise ValueError("has a % without two hex digits behind it: in a password, write it as %25")
    login = rest.rpartition("@")[0] if not rest.startswith("/") else ""
    if "@" in login:
        raise ValueError("has more than one @: in a user, a password or an option, write it as %40")
    for char, code in (("/", "%2F"), ("?", "%3F"), ("[", "%5B"), ("]", "%5D")):
        if char in login:
            raise ValueError(f"has a {char} before its @: in a user or a password, write {code}")


def _options(query: str) -> dict[str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    if not found.keys() <= OPTIONS or bool(query) != bool(found):
        raise ValueError(
            f"has an option behind ? that is none of {', '.join(sorted(OPTIONS))}; in a password,"
            " write ? as %3F"
        )
    return found


def _number(text: str) -> int:
    if text and not re.fullmatch(r"[0-9]{1,5}", text):
        raise ValueError("wants the number of the database behind the last /, such as /0")
    return int(text or 0)


def _placed(address: RedisAddress, scheme: str, place: str) -> RedisAddress:
    """Read what stands behind user and password."""
    if scheme == "unix":
        if not place.startswith("/"):
            raise ValueError("wants the path of a socket, such as unix:///run/redis/redis.sock")
        return replace(address, path=unquote(place))
    hosts, slash, path = place.partition("/")
    nodes = tuple(_node(each, PORTS.get(address.topology, PORT)) for each in hosts.split(","))
    match address.topology:
        case Topology.SINGLE:
            if len(nodes) > 1:
                raise ValueError("names several hosts: write redis+sentinel:// or redis+cluster://")
            return replace(address, nodes=nodes, db=_number(path) or address.db)
        case Topology.CLUSTER:
            if _number(path) or address.db:
                raise ValueError("names a database, and a cluster has only number 0")
            return replace(address, nodes=nodes)
        case Topology.SENTINEL:
            named = _MASTER.fullmatch(slash + path)
            if not named:
                raise ValueError("wants the master's name behind the hosts, such as /mymaster")
            db = _number(named["db"] or "") or address.db
            return replace(address, nodes=nodes, master=named["master"], db=db)


def _node(text: str, port: int) -> Node:
    found = _NODE.fullmatch(text)
    if not found:
        raise ValueError(
            "wants HOST or HOST:PORT behind the scheme; in a password, write : as %3A, / as %2F and"
            " @ as %40"
        )
    number = int(found["port"] or port)
    if not 0 < number <= MAX_PORT:
        raise ValueError("wants a port from 1 to 65535")
    return found["host"].strip("[]"), number
