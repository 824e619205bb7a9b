from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.settings import Settings, read_settings
from tests.unit.settings_made import KEY, REQUIRED, environment, refusal
from tests.variables import Variables

__all__ = ["environment"]

pytestmark = pytest.mark.usefixtures("environment")

SECRET: Final = "hush-hush-value"


def test_what_is_required_is_enough() -> None:
    """The rest has defaults, and they are the documented ones"""
    settings = read_settings(Settings)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.cloudinary_api_url == "https://api.cloudinary.com"
    assert (settings.port, settings.redis_url) == (3000, None)
    spans = (settings.link_ttl, settings.request_ttl, settings.rotation_grace)
    assert spans == (timedelta(minutes=10), timedelta(hours=8), timedelta(hours=24))


def test_the_error_names_every_missing_setting(environment: Variables) -> None:
    """An administrator does not start the bot six times to learn six names"""
    for name in REQUIRED:
        del environment[name]
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
    "KEEP": "29d",
    "KEYSMITH_KEYS": f"{SECRET}",
    "LEAK_WATCH": f"{SECRET}",
    "LEAK_WEBHOOK_SECRETS": f"{SECRET}",
    "LOG_LEVEL": f"{SECRET}",
}


def test_the_error_names_every_wrong_setting(environment: Variables) -> None:
    """By name, never by value"""
    for name, value in WRONG.items():
        environment[name] = value
    told = refusal()
    assert list(WRONG) == [name for name in WRONG if f"  {name} " in told]
    assert SECRET not in told


@pytest.mark.parametrize("value", ["29d", "719h", "36501d", "30", "d", "-30d", "", "for ever"])
def test_what_is_kept_is_kept_for_a_month_at_least(value: str, environment: Variables) -> None:
    """And for a span that can be reckoned with; 400 days unless it is set"""
    assert timedelta(days=400) == read_settings(Settings).keep
    for days in ("30d", "720h", "36500d"):
        environment["KEEP"] = days
        assert read_settings(Settings).keep >= timedelta(days=30)
    environment["KEEP"] = value
    assert "  KEEP needs a number of days such as 400d, from 30d to 36500d" in refusal()


@pytest.mark.parametrize(("value", "found"), [("", None), (" ", None), ("/a", Path("/a"))])
def test_an_empty_directory_for_archives_is_none(
    value: str, found: Path | None, environment: Variables
) -> None:
    """It would be the directory in which the worker runs"""
    environment["AUDIT_ARCHIVE"] = value
    assert found == read_settings(Settings).audit_archive


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"])
@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_secret_is_refused(name: str, empty: str, environment: Variables) -> None:
    """An empty signing secret would accept every sender"""
    environment[name] = empty
    assert f"  {name} is empty" in refusal()


def test_no_secret_prints(environment: Variables) -> None:
    """Neither by repr nor by str"""
    environment["SLACK_APP_TOKEN"] = SECRET
    environment["SLACK_BOT_TOKEN"] = SECRET
    environment["SLACK_SIGNING_SECRET"] = SECRET
    environment["CLOUDINARY_ACCOUNT_URL"] = f"account://814:{SECRET}@acc"
    environment["REDIS_URL"] = f"redis://:{SECRET}@redis"
    settings = read_settings(Settings)
    printed = f"{settings} {settings!r} {settings.model_dump()}"
    assert SECRET not in printed
    assert KEY not in printed
    assert (b"k" * 32).hex() not in printed


def test_settings_do_not_change() -> None:
    """The bot reads them once"""
    with pytest.raises(ValueError, match="frozen"):
        read_settings(Settings).port = 1  # type: ignore[misc]  # mypy says so too


def test_security_notices_have_a_channel(environment: Variables) -> None:
    """Or in the approvers' channel, if it has none"""
    assert read_settings(Settings).told_of_danger == "C0APPROVE"
    environment["SECURITY_CHANNEL"] = "C0SECURE1"
    assert read_settings(Settings).told_of_danger == "C0SECURE1"
