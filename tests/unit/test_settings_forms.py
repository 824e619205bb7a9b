import base64
from datetime import timedelta
from typing import Final

import pytest

from bot.settings import Settings, StoreSettings, read_settings
from tests.unit.settings_made import KEY, environment, refusal
from tests.variables import Variables

__all__ = ["environment"]

OLDER: Final = base64.urlsafe_b64encode(b"\xff" * 32).decode()


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SLACK_API_URL", "CLOUDINARY_API_URL"])
@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://lumen.example", "wants https"),
        ("http://localhost.lumen.example", "wants https"),
        ("http://127.0.0.1.lumen.example", "wants https"),
        ("http://localhost@lumen.example", "wants https"),
        ("lumen.example", "wants a URL"),
        ("//lumen.example", "wants a URL"),
        ("https://", "wants a URL"),
        ("ftp://lumen.example", "wants a URL"),
        ("javascript:alert(1)", "wants a URL"),
        ("", "wants a URL"),
        pytest.param("https://[lumen", "wants a URL"),
        pytest.param("https://lume\u2100.example", "wants a URL"),
    ],
)
def test_a_url_that_is_not_safe_is_refused(
    name: str, url: str, fault: str, environment: Variables
) -> None:
    """It carries secrets; the message does not repeat the value"""
    environment[name] = url
    told = refusal()
    assert f"  {name} {fault}" in told
    assert "lume" not in told


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_plain_http_is_for_this_machine(host: str, environment: Variables) -> None:
    """For all URLs, or for none"""
    for name in ("PUBLIC_URL", "SLACK_API_URL", "CLOUDINARY_API_URL"):
        environment[name] = f"http://{host}/"
    assert read_settings(Settings).public_url == f"http://{host}"


@pytest.mark.parametrize("name", ["SLACK_API_URL", "CLOUDINARY_API_URL"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:4000/api/", "https://localhost/api/"])
def test_a_public_bot_refuses_a_sandbox(name: str, url: str, environment: Variables) -> None:
    """In a sandbox, anyone can be anyone"""
    environment[name] = url
    told = refusal()
    assert f"  PUBLIC_URL is public, but {name} is on this machine" in told


def test_socket_mode_needs_no_signing_secret(environment: Variables) -> None:
    """Its messages have no signature; one of the two is required"""
    del environment["SLACK_SIGNING_SECRET"]
    assert "  SLACK_SIGNING_SECRET is missing (or SLACK_APP_TOKEN" in refusal()
    environment["SLACK_APP_TOKEN"] = "xapp-made-up"
    assert read_settings(Settings).slack_signing_secret is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("60s", timedelta(minutes=1)),
        ("10m", timedelta(minutes=10)),
        ("8h", timedelta(hours=8)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_time_has_a_number_and_a_unit(text: str, span: timedelta, environment: Variables) -> None:
    """The limits themselves are allowed"""
    environment["LINK_TTL"] = text
    assert span == read_settings(Settings).link_ttl


@pytest.mark.parametrize(
    "text", ["59s", "0m", "8d", "169h", "10", "10 m", "1.5h", "PT10M", "", "٣h"]
)
def test_any_other_time_is_refused(text: str, environment: Variables) -> None:
    """Too short, too long, without a unit"""
    environment["LINK_TTL"] = text
    assert "  LINK_TTL wants a time such as 10m" in refusal()


def test_keys_come_newest_first_in_either_base64(environment: Variables) -> None:
    """With spaces after the commas too"""
    environment["KEYSMITH_KEYS"] = f"{KEY}, {OLDER}"
    assert read_settings(Settings).keys == (b"k" * 32, b"\xff" * 32)
    assert read_settings(StoreSettings).keys == (b"k" * 32, b"\xff" * 32)


def test_the_audit_commands_read_no_setting_that_they_do_not_use(environment: Variables) -> None:
    """A wrong lifetime does not keep an auditor from the chain"""
    environment["LINK_TTL"] = "bogus"
    assert read_settings(StoreSettings).keys
    assert "  LINK_TTL wants a time" in refusal()


@pytest.mark.parametrize(
    "keys",
    [
        *("", ",", f"{KEY},", KEY[:-4], KEY + KEY, KEY.replace("=", ""), "k" * 44),
        pytest.param("k\u00e9y"),
    ],
)
def test_a_key_of_another_length_is_refused(keys: str, environment: Variables) -> None:
    """32 bytes each; an empty entry is no key"""
    environment["KEYSMITH_KEYS"] = keys
    assert "  KEYSMITH_KEYS wants base64 of 32 bytes each" in refusal()


@pytest.mark.parametrize(
    "url", ["814:made-up@acc", "account://814@acc", "account://814:made-up", "account://:x@acc"]
)
def test_an_account_url_has_all_its_parts(url: str, environment: Variables) -> None:
    """Key, secret, account"""
    environment["CLOUDINARY_ACCOUNT_URL"] = url
    assert "  CLOUDINARY_ACCOUNT_URL wants account://KEY:SECRET@ACCOUNT_ID" in refusal()
