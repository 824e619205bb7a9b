"""Each secret variable can stand in a file."""

from pathlib import Path
from typing import Final

import pytest

from bot.secret_files import is_secret
from bot.settings import Settings, StoreSettings, read_settings
from tests.unit.settings_made import KEY, REQUIRED, environment, refusal
from tests.variables import Variables

__all__ = ["environment"]

pytestmark = pytest.mark.usefixtures("environment")

VALUES: Final = {
    "SLACK_CONFIG_TOKEN": "xoxe.xoxp-1-made-up",
    "SLACK_BOT_TOKEN": "xoxb-filed",
    "SLACK_APP_TOKEN": "xapp-filed",
    "SLACK_SIGNING_SECRET": "signing-filed",
    "SLACK_CLIENT_SECRET": "client-filed",
    "CLOUDINARY_ACCOUNT_URL": "account://814:filed@acc",
    "REDIS_URL": "redis://filed",
    "REDIS_PASSWORD": "password-filed",
    "REDIS_SENTINEL_PASSWORD": "sentinel-filed",
    "KEYSMITH_KEYS": KEY,
    "LEAK_WEBHOOK_SECRETS": "ci=a-secret-of-sixteen",
}
HIDDEN: Final = "hush-hush-value"


def test_every_secret_is_known() -> None:
    """A secret that a later version adds has a file too, and stands in the list of this test"""
    secrets = {name.upper() for name, field in Settings.model_fields.items() if is_secret(field)}
    assert secrets == VALUES.keys()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_is_read_from_its_file(
    environment: Variables, tmp_path: Path, end: str
) -> None:
    """Without the line end that an editor adds"""
    environment["SLACK_CLIENT_ID"] = "1044.1045"
    for name, value in VALUES.items():
        (tmp_path / name).write_bytes(f"{value}{end}".encode())
        environment.pop(name, None)
        environment[f"{name}_FILE"] = str(tmp_path / name)
    settings = read_settings(Settings)
    assert settings.slack_bot_token.get_secret_value() == "xoxb-filed"
    assert settings.keys == (b"k" * 32,)
    assert settings.redis_password
    assert settings.redis_password.get_secret_value() == "password-filed"
    assert read_settings(StoreSettings).keys == (b"k" * 32,)


@pytest.mark.parametrize("name", VALUES)
def test_a_file_that_gives_no_secret_is_a_fault(
    name: str, environment: Variables, tmp_path: Path
) -> None:
    """Missing, a directory, empty, no text, too long: each by name, and nothing of its content"""
    environment.pop(name, None)
    written = {
        "empty": b"",
        "blank": b" \n",
        "binary": b"\xff\xfe" + HIDDEN.encode(),
        "long": HIDDEN.encode() * 10_000,
    }
    for kind, content in written.items():
        (tmp_path / kind).write_bytes(content)
    for place in ("missing", ".", *written):
        environment[f"{name}_FILE"] = str(tmp_path / place)
        told = refusal()
        assert f"  {name} " in told
        assert f"{name}_FILE" in told
        assert HIDDEN not in told
        assert str(tmp_path) not in told


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_and_its_file_are_a_fault(
    name: str, environment: Variables, tmp_path: Path
) -> None:
    """One of them is old, and Keysmith can't tell which"""
    (tmp_path / "secret").write_text(VALUES[name])
    environment[f"{name}_FILE"] = str(tmp_path / "secret")
    environment[name] = REQUIRED.get(name, VALUES[name])
    assert f"  {name} is set, and {name}_FILE too" in refusal()


def test_a_secret_put_where_its_path_belongs_is_not_printed(environment: Variables) -> None:
    """A common slip"""
    del environment["SLACK_BOT_TOKEN"]
    for slip in (HIDDEN, f"{HIDDEN}\n", HIDDEN * 400):
        environment["SLACK_BOT_TOKEN_FILE"] = slip
        assert HIDDEN not in refusal()
