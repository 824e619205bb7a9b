"""The settings of Redis beside its URL."""

from pathlib import Path

import pytest

from bot.settings import Settings, read_settings
from tests.unit.settings_made import environment, refusal
from tests.variables import Variables

__all__ = ["environment"]


def test_a_fault_of_the_url_is_among_the_others(environment: Variables) -> None:
    """With the character to encode, and without the password"""
    environment["REDIS_URL"] = "redis://:hush#hush@redis"
    environment["PORT"] = "none"
    told = refusal()
    assert "  REDIS_URL has a # in it: in a password, write it as %23" in told
    assert "  PORT " in told
    assert "hush" not in told


@pytest.mark.parametrize("name", ["REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE"])
def test_certificates_are_files_and_need_tls(
    name: str, environment: Variables, tmp_path: Path
) -> None:
    """A file that is ignored would be a false comfort"""
    environment["REDIS_URL"] = "rediss://redis"
    environment[name] = str(tmp_path / "missing")
    assert f"  {name} names no file that can be read" in refusal()
    (tmp_path / "file").touch()
    environment[name] = str(tmp_path / "file")
    assert getattr(read_settings(Settings), name.lower()) == tmp_path / "file"
    environment["REDIS_URL"] = "redis://redis"
    assert f"  {name} needs a REDIS_URL with TLS" in refusal()


@pytest.mark.parametrize(("name", "value"), [("REDIS_PASSWORD", "x"), ("REDIS_AUTH", "entraid")])
def test_there_is_one_password(name: str, value: str, environment: Variables) -> None:
    """And none without a server of one's own"""
    environment[name] = value
    assert f"  {name} is set, and REDIS_URL is not" in refusal()
    environment["REDIS_URL"] = "redis://:pass@redis"
    assert f"  {name} is set, and REDIS_URL has a password too" in refusal()


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("entraid", True),
        ("elasticache:my-cache", True),
        ("elasticache-serverless:my-cache", True),
        ("elasticache", False),
        ("elasticache:", False),
        ("entraid:x", False),
        ("iam", False),
        ("", False),
    ],
)
def test_who_gives_the_password(value: str, environment: Variables, *, valid: bool) -> None:
    """Entra ID, or AWS for a named cache"""
    environment["REDIS_URL"] = "rediss://redis"
    environment["REDIS_AUTH"] = value
    if valid:
        assert read_settings(Settings).redis_auth == value
    else:
        assert "  REDIS_AUTH " in refusal()


@pytest.mark.parametrize("value", ["-1", "11", "two", "1.5"])
def test_a_number_of_replicas_that_can_not_be_is_refused(
    value: str, environment: Variables
) -> None:
    """None is the default"""
    assert read_settings(Settings).redis_replicas == 0
    environment["REDIS_REPLICAS"] = value
    assert "  REDIS_REPLICAS " in refusal()


def test_the_logins_beside_the_url_reach_the_address(
    environment: Variables, tmp_path: Path
) -> None:
    """The server's password from a file, and that of the Sentinels; neither stands in the URL"""
    (tmp_path / "password").write_text("of-the-server\n")
    environment["REDIS_URL"] = "redis+sentinel://keysmith@one,two/mymaster"
    assert (address := read_settings(Settings).redis)
    assert (address.password, address.sentinel_password) == ("", "")

    environment["REDIS_PASSWORD_FILE"] = str(tmp_path / "password")
    environment["REDIS_SENTINEL_PASSWORD"] = "of-the-sentinels"

    assert (address := read_settings(Settings).redis)
    assert (address.user, address.password) == ("keysmith", "of-the-server")
    assert address.sentinel_password == "of-the-sentinels"


def test_a_password_of_the_url_is_kept(environment: Variables) -> None:
    """Without another one"""
    environment["REDIS_URL"] = "redis://:in-the-url@redis"
    assert (address := read_settings(Settings).redis)
    assert address.password == "in-the-url"


def test_who_gives_the_password_reaches_the_address(environment: Variables) -> None:
    """With the user and the host that its tokens are for"""
    environment["REDIS_URL"] = "rediss://keysmith@cache.example"
    assert (address := read_settings(Settings).redis)
    assert address.auth == ""

    environment["REDIS_AUTH"] = "elasticache:my-cache"

    assert (address := read_settings(Settings).redis)
    assert (address.auth, address.user) == ("elasticache:my-cache", "keysmith")
