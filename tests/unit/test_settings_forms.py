import base64
from datetime import timedelta
from typing import Final

import pytest

from bot.setting_values import is_loopback
from bot.settings import Settings, StoreSettings, read_settings
from tests.unit.settings_made import KEY, environment, refusal
from tests.variables import Variables

__all__ = ["environment"]

OLDER: Final = base64.urlsafe_b64encode(b"\xff" * 32).decode()


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SLACK_API_URL", "CLOUDINARY_API_URL"])
@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://lumen.example", "needs https"),
        ("http://localhost.lumen.example", "needs https"),
        ("http://127.0.0.1.lumen.example", "needs https"),
        ("http://localhost@lumen.example", "needs https"),
        ("lumen.example", "needs a URL"),
        ("//lumen.example", "needs a URL"),
        ("https://", "needs a URL"),
        ("ftp://lumen.example", "needs a URL"),
        ("javascript:alert(1)", "needs a URL"),
        ("", "needs a URL"),
        pytest.param("https://[lumen", "needs a URL"),
        pytest.param("https://lume\u2100.example", "needs a URL"),
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
    assert is_loopback(read_settings(Settings).public_url)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://Keys.Lumen.example", "https://keys.lumen.example"),
        ("HTTPS://keys.lumen.example/", "https://keys.lumen.example"),
        ("https://keys.lumen.example:443", "https://keys.lumen.example"),
        ("https://keys.lumen.example:443//", "https://keys.lumen.example"),
        ("https://keys.lumen.example:8443", "https://keys.lumen.example:8443"),
        ("https://keys.lumen.example/tools/keysmith/", "https://keys.lumen.example/tools/keysmith"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]"),
        ("https://xn--strae-oqa.example", "https://xn--strae-oqa.example"),
    ],
)
def test_the_public_url_is_written_as_browsers_write_an_origin(
    url: str, written: str, environment: Variables
) -> None:
    """Else each press on a page counts as another site's"""
    environment["PUBLIC_URL"] = url
    assert written == read_settings(Settings).public_url
    environment["PUBLIC_URL"] = written
    assert written == read_settings(Settings).public_url


@pytest.mark.parametrize(
    "url",
    [
        "https://ann@lume.example",
        "https://:pw@lume.example",
        "https://lume.example?",
        "https://lume.example/?x=1",
        "https://lume.example/#x",
        "https://stra\u00dfe.lume.example",
        "https://lume.example:99999",
        "https://lume.example:x",
        "https://lume.example/a b",
        "https://lume.example/a/../b",
        "https://lume.example/{id}",
        "https://lume.example/%2e",
    ],
)
def test_a_public_url_that_no_browser_would_send_back_is_refused(
    url: str, environment: Variables
) -> None:
    """At the start, by the variable's name"""
    environment["PUBLIC_URL"] = url
    told = refusal()
    assert "  PUBLIC_URL needs " in told
    assert "lume" not in told


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("3001", ("127.0.0.1", 3001)),
        ("0", ("127.0.0.1", 0)),
        ("0.0.0.0:9100", ("0.0.0.0", 9100)),
        ("[::]:9100", ("::", 9100)),
        ("metrics.internal:9100", ("metrics.internal", 9100)),
    ],
)
def test_health_and_metrics_are_on_this_machine_unless_a_host_is_given(
    text: str, address: tuple[str, int], environment: Variables
) -> None:
    """They are not on the public port"""
    assert read_settings(Settings).admin_address == ("127.0.0.1", 3001)
    environment["ADMIN_PORT"] = text
    assert address == read_settings(Settings).admin_address


@pytest.mark.parametrize("text", ["", "x", "70000", "a:b", "0.0.0.0:", "http://x:1", "::1:3001"])
def test_an_admin_port_that_is_none_is_refused(text: str, environment: Variables) -> None:
    """Before anything listens"""
    environment["ADMIN_PORT"] = text
    assert "  ADMIN_PORT needs a port, or HOST:PORT" in refusal()


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
    environment["REQUEST_TTL"] = text
    assert span == read_settings(Settings).request_ttl


@pytest.mark.parametrize(
    "text", ["59s", "0m", "8d", "169h", "10", "10 m", "1.5h", "PT10M", "", "٣h"]
)
def test_any_other_time_is_refused(text: str, environment: Variables) -> None:
    """Too short, too long, without a unit"""
    environment["REQUEST_TTL"] = text
    assert "  REQUEST_TTL needs a time such as 10m" in refusal()


def test_a_link_lives_for_a_day_at_most(environment: Variables) -> None:
    """And a minute at least"""
    for text, hours in (("1m", 1 / 60), ("24h", 24), ("1d", 24)):
        environment["LINK_TTL"] = text
        assert timedelta(hours=hours) == read_settings(Settings).link_ttl
    for text in ("59s", "25h", "2d", "10"):
        environment["LINK_TTL"] = text
        assert "  LINK_TTL needs a time such as 10m, from 1m to 24h" in refusal()


def test_keys_come_newest_first_in_either_base64(environment: Variables) -> None:
    """With spaces after the commas too"""
    environment["KEYSMITH_KEYS"] = f"{KEY}, {OLDER}"
    assert read_settings(Settings).keys == (b"k" * 32, b"\xff" * 32)
    assert read_settings(StoreSettings).keys == (b"k" * 32, b"\xff" * 32)


def test_the_audit_commands_read_no_setting_that_they_do_not_use(environment: Variables) -> None:
    """A wrong lifetime does not keep an auditor from the chain"""
    environment["LINK_TTL"] = "bogus"
    assert read_settings(StoreSettings).keys
    assert "  LINK_TTL needs a time" in refusal()


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
    assert "  KEYSMITH_KEYS needs base64 of 32 bytes each" in refusal()


@pytest.mark.parametrize(
    "url", ["814:made-up@acc", "account://814@acc", "account://814:made-up", "account://:x@acc"]
)
def test_an_account_url_has_all_its_parts(url: str, environment: Variables) -> None:
    """Key, secret, account"""
    environment["CLOUDINARY_ACCOUNT_URL"] = url
    assert "  CLOUDINARY_ACCOUNT_URL needs account://KEY:SECRET@ACCOUNT_ID" in refusal()


def test_signing_in_needs_the_id_and_the_secret_of_the_client(environment: Variables) -> None:
    """One without the other is a fault, not a link that works for its bearer"""
    environment["SLACK_CLIENT_ID"] = "1044.1045"
    assert "  SLACK_CLIENT_SECRET is missing, and SLACK_CLIENT_ID is set" in refusal()
    environment["SLACK_CLIENT_SECRET"] = "made-up"
    assert read_settings(Settings).redirect_url.endswith(".example/sign-in/slack")
    del environment["SLACK_CLIENT_ID"]
    assert "  SLACK_CLIENT_SECRET is set, and SLACK_CLIENT_ID is not" in refusal()
