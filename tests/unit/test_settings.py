import base64
from datetime import timedelta
from typing import Final

import pytest

from bot.errors import ConfigurationError
from bot.settings import Settings, StoreSettings, read_settings

KEY: Final = base64.b64encode(b"k" * 32).decode()
OLDER: Final = base64.urlsafe_b64encode(b"\xff" * 32).decode()

REQUIRED: Final = {
    "SLACK_BOT_TOKEN": "xoxb-made-up",
    "SLACK_SIGNING_SECRET": "made-up-signing",
    "APPROVALS_CHANNEL": "C0APPROVE",
    "CLOUDINARY_ACCOUNT_URL": "account://814:made-up@acc",
    "PUBLIC_URL": "https://keysmith.lumen.example",
    "KEYSMITH_KEYS": KEY,
}

SECRET: Final = "hush-hush-value"
QUOTED: Final = pytest.mark.xfail(strict=True, reason="the library's own message gets through")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing is set but what a bot needs."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal() -> str:
    """Why the settings are refused."""
    with pytest.raises(ConfigurationError) as refused:
        read_settings(Settings)
    return str(refused.value)


def test_what_is_required_is_enough() -> None:
    """The rest has defaults, and they are the documented ones"""
    settings = read_settings(Settings)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.cloudinary_api_url == "https://api.cloudinary.com"
    assert (settings.port, settings.redis_url) == (3000, None)
    spans = (settings.link_ttl, settings.request_ttl, settings.rotation_grace)
    assert spans == (timedelta(minutes=10), timedelta(hours=8), timedelta(hours=24))


def test_every_missing_name_is_told_at_once(environment: pytest.MonkeyPatch) -> None:
    """Nobody starts the bot six times to learn of six names"""
    for name in REQUIRED:
        environment.delenv(name)
    told = refusal()
    assert [] == [name for name in REQUIRED if f"  {name} is missing" not in told]


WRONG: Final = {
    "SLACK_BOT_TOKEN": " ",
    "SLACK_SIGNING_SECRET": "",
    "SLACK_APP_TOKEN": "",
    "SLACK_API_URL": f"ftp://{SECRET}",
    "APPROVALS_CHANNEL": "",
    "CLOUDINARY_ACCOUNT_URL": f"account://814@{SECRET}",
    "CLOUDINARY_API_URL": f"http://{SECRET}",
    "REDIS_URL": "",
    "PUBLIC_URL": f"{SECRET}",
    "PORT": f"{SECRET}",
    "LINK_TTL": f"{SECRET}",
    "REQUEST_TTL": "10",
    "ROTATION_GRACE": "-1h",
    "KEYSMITH_KEYS": f"{SECRET}",
    "LOG_LEVEL": f"{SECRET}",
}


def test_everything_that_is_wrong_is_told_at_once(environment: pytest.MonkeyPatch) -> None:
    """Each by its name, none by its value"""
    for name, value in WRONG.items():
        environment.setenv(name, value)
    told = refusal()
    assert list(WRONG) == [name for name in WRONG if f"  {name} " in told]
    assert SECRET not in told


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"])
@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_secret_is_refused(name: str, empty: str, environment: pytest.MonkeyPatch) -> None:
    """An empty signing secret would let anybody in"""
    environment.setenv(name, empty)
    assert f"  {name} is empty" in refusal()


def test_no_secret_prints(environment: pytest.MonkeyPatch) -> None:
    """Neither by repr nor by str"""
    environment.setenv("SLACK_APP_TOKEN", SECRET)
    environment.setenv("SLACK_BOT_TOKEN", SECRET)
    environment.setenv("SLACK_SIGNING_SECRET", SECRET)
    environment.setenv("CLOUDINARY_ACCOUNT_URL", f"account://814:{SECRET}@acc")
    environment.setenv("REDIS_URL", f"redis://:{SECRET}@redis")
    settings = read_settings(Settings)
    printed = f"{settings} {settings!r} {settings.model_dump()}"
    assert SECRET not in printed
    assert KEY not in printed
    assert (b"k" * 32).hex() not in printed


def test_settings_do_not_change() -> None:
    """They are read once"""
    with pytest.raises(ValueError, match="frozen"):
        read_settings(Settings).port = 1


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
        pytest.param("https://[lumen", "wants a URL", marks=QUOTED),
        pytest.param("https://lume\u2100.example", "wants a URL", marks=QUOTED),
    ],
)
def test_a_url_that_is_not_safe_is_refused(
    name: str, url: str, fault: str, environment: pytest.MonkeyPatch
) -> None:
    """Secrets travel there; the value itself is not repeated"""
    environment.setenv(name, url)
    told = refusal()
    assert f"  {name} {fault}" in told
    assert "lume" not in told


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_plain_http_is_for_this_machine(host: str, environment: pytest.MonkeyPatch) -> None:
    """All of it, or nothing"""
    for name in ("PUBLIC_URL", "SLACK_API_URL", "CLOUDINARY_API_URL"):
        environment.setenv(name, f"http://{host}/")
    assert read_settings(Settings).public_url == f"http://{host}"


@pytest.mark.parametrize("name", ["SLACK_API_URL", "CLOUDINARY_API_URL"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:4000/api/", "https://localhost/api/"])
def test_a_public_bot_takes_no_make_believe_service(
    name: str, url: str, environment: pytest.MonkeyPatch
) -> None:
    """A sandbox would let anybody be anybody"""
    environment.setenv(name, url)
    told = refusal()
    assert f"  PUBLIC_URL is public, but {name} is on this machine" in told


def test_socket_mode_needs_no_signing_secret(environment: pytest.MonkeyPatch) -> None:
    """Nothing is signed there; without either nobody could be let in"""
    environment.delenv("SLACK_SIGNING_SECRET")
    assert "  SLACK_SIGNING_SECRET is missing (or SLACK_APP_TOKEN" in refusal()
    environment.setenv("SLACK_APP_TOKEN", "xapp-made-up")
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
def test_a_time_has_a_number_and_a_unit(
    text: str, span: timedelta, environment: pytest.MonkeyPatch
) -> None:
    """The limits themselves are allowed"""
    environment.setenv("LINK_TTL", text)
    assert span == read_settings(Settings).link_ttl


@pytest.mark.parametrize(
    "text", ["59s", "0m", "8d", "169h", "10", "10 m", "1.5h", "PT10M", "", "٣h"]
)
def test_any_other_time_is_refused(text: str, environment: pytest.MonkeyPatch) -> None:
    """Too short, too long, without a unit"""
    environment.setenv("LINK_TTL", text)
    assert "  LINK_TTL wants a time such as 10m" in refusal()


def test_keys_come_newest_first_in_either_base64(environment: pytest.MonkeyPatch) -> None:
    """With spaces after the commas too"""
    environment.setenv("KEYSMITH_KEYS", f"{KEY}, {OLDER}")
    assert read_settings(Settings).keys == (b"k" * 32, b"\xff" * 32)
    assert read_settings(StoreSettings).keys == (b"k" * 32, b"\xff" * 32)


@pytest.mark.parametrize(
    "keys",
    [
        *("", ",", f"{KEY},", KEY[:-4], KEY + KEY, KEY.replace("=", ""), "k" * 44),
        pytest.param("k\u00e9y", marks=QUOTED),
    ],
)
def test_a_key_of_another_length_is_refused(keys: str, environment: pytest.MonkeyPatch) -> None:
    """32 bytes each, and nothing between the commas is no key"""
    environment.setenv("KEYSMITH_KEYS", keys)
    assert "  KEYSMITH_KEYS wants base64 of 32 bytes each" in refusal()


@pytest.mark.parametrize(
    "url", ["814:made-up@acc", "account://814@acc", "account://814:made-up", "account://:x@acc"]
)
def test_an_account_url_has_all_its_parts(url: str, environment: pytest.MonkeyPatch) -> None:
    """Key, secret, account"""
    environment.setenv("CLOUDINARY_ACCOUNT_URL", url)
    assert "  CLOUDINARY_ACCOUNT_URL wants account://KEY:SECRET@ACCOUNT_ID" in refusal()


def test_security_hears_in_its_own_channel(environment: pytest.MonkeyPatch) -> None:
    """Or in the approvers', where it has none"""
    assert read_settings(Settings).told_of_danger == "C0APPROVE"
    environment.setenv("SECURITY_CHANNEL", "C0SECURE1")
    assert read_settings(Settings).told_of_danger == "C0SECURE1"
