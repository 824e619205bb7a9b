"""The login of Redis, as the settings hand it on."""

from pathlib import Path

from bot.settings import Settings, read_settings
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment"]


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
