"""REDIS_URL: what it can say, and how a fault in it is told without repeating it."""

from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.redis_url import SCHEMES, RedisAddress, Topology

SECRET: Final = "hushhush"
THREE: Final = (("h1", 26379), ("h2", 7000), ("h3", 26379))
READ: Final = {
    "redis://redis": RedisAddress(nodes=(("redis", 6379),)),
    "redis://redis:7000/2": RedisAddress(nodes=(("redis", 7000),), db=2),
    "redis://redis/": RedisAddress(nodes=(("redis", 6379),)),
    "rediss://[::1]:7000": RedisAddress(nodes=(("::1", 7000),), tls=True),
    "redis://:p%40ss%2Fw@redis": RedisAddress(nodes=(("redis", 6379),), password="p@ss/w"),
    "redis://bot:a:b@redis?db=3": RedisAddress(
        nodes=(("redis", 6379),), user="bot", password="a:b", db=3
    ),
    "unix:///run/redis.sock": RedisAddress(path="/run/redis.sock"),
    "unix://bot:pass@/run/redis.sock?db=1": RedisAddress(
        path="/run/redis.sock", user="bot", password="pass", db=1
    ),
    "redis+sentinel://h1,h2:7000,h3/mymaster": RedisAddress(
        Topology.SENTINEL, THREE, master="mymaster"
    ),
    "rediss+sentinel://bot:pass@h1,h2:7000,h3/my.master-1/4": RedisAddress(
        Topology.SENTINEL,
        THREE,
        master="my.master-1",
        db=4,
        tls=True,
        user="bot",
        password="pass",
    ),
    "redis+cluster://h1,h2:7000": RedisAddress(Topology.CLUSTER, (("h1", 6379), ("h2", 7000))),
    "rediss://redis?ssl_cert_reqs=none": RedisAddress(
        nodes=(("redis", 6379),), tls=True, options=(("ssl_cert_reqs", "none"),)
    ),
}
WRONG: Final = {
    f"{SECRET}:6379": "wants a scheme",
    f"http://{SECRET}": "wants a scheme",
    f"redis:/{SECRET}": "wants a scheme",
    f"redis://:{SECRET}#1@redis": "%23",
    f"redis://:{SECRET}@1@redis": "%40",
    f"redis://:{SECRET}/1@redis": "%2F",
    f"redis://:{SECRET}?1@redis": "%3F",
    f"redis://:{SECRET}[1@redis": "%5B",
    f"redis://:{SECRET}%1@redis": "%25",
    f"redis://:{SECRET} 1@redis": "encode it",
    f"redis://:{SECRET}\n@redis": "encode it",
    f"redis://:{SECRET}ä@redis": "encode it",
    f"redis://redis:{SECRET}": "HOST:PORT",
    f"redis://:{SECRET}": "HOST:PORT",
    "redis://redis:0": "port from 1",
    "redis://redis:65536": "port from 1",
    "redis://": "HOST",
    f"redis://redis/{SECRET}": "number of the database",
    f"redis://redis?{SECRET}": "option",
    f"redis://redis?{SECRET}=1": "option",
    f"redis://h1,h2/{SECRET}": "redis+sentinel",
    "redis+sentinel://h1,h2": "master's name",
    f"redis+sentinel://h1/{SECRET}/x": "master's name",
    f"redis+sentinel://h1/{SECRET} x": "encode it",
    "redis+cluster://h1/1": "only number 0",
    f"unix://{SECRET}": "path of a socket",
}


@pytest.mark.parametrize("url", READ)
def test_an_address_is_read(url: str) -> None:
    """Every form that the README names"""
    assert RedisAddress.parse(url) == READ[url]


@pytest.mark.parametrize("url", WRONG)
def test_a_fault_says_what_to_write_and_repeats_nothing(url: str) -> None:
    """Part of a password can be anywhere in a URL that is not encoded"""
    with pytest.raises(ValueError, match=WRONG[url].replace("+", r"\+")) as told:
        RedisAddress.parse(url)
    assert SECRET not in str(told.value)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(sorted(SCHEMES)))
def test_any_password_survives_once_it_is_encoded(password: str, scheme: str) -> None:
    """In every scheme"""
    place = "/run/redis.sock" if scheme == "unix" else "h1/mymaster"
    place = place if "sentinel" in scheme or scheme == "unix" else "h1"
    address = RedisAddress.parse(f"{scheme}://bot:{quote(password, safe='')}@{place}")
    assert (address.user, address.password) == ("bot", password)
    assert password not in repr(address) or len(password) < 9


@given(st.text(min_size=1), st.sampled_from(sorted(SCHEMES)))
def test_a_password_that_is_not_encoded_is_read_or_refused(password: str, scheme: str) -> None:
    """Never with another error, whose text could contain it"""
    found = _read_or_told(f"{scheme}://:{SECRET}{password}@h1/mymaster")
    if isinstance(found, str):
        assert SECRET not in found
    else:
        assert found.password.startswith(SECRET)


def _read_or_told(url: str) -> RedisAddress | str:
    try:
        return RedisAddress.parse(url)
    except ValueError as told:
        return str(told)
