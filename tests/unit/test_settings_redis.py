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
