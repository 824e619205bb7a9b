"""Every file that lists the variables lists those of `bot/settings.py`, new ones included."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.setting_values import KEY_BYTES
from bot.settings import Settings, read_settings
from tests.rooms.chart import CHART, EXAMPLE
from tests.variables import variables

ROOT: Final = Path(__file__).parents[2]
FIELDS: Final = {name.upper(): field for name, field in Settings.model_fields.items()}
REQUIRED: Final = {name for name, field in FIELDS.items() if field.is_required()}
ENV_EXAMPLE: Final = (ROOT / ".env.example").read_text()
ONE_OF: Final = {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
"""One of the two is required, so neither is."""
GIVEN_BY_HEROKU: Final = {"PORT", "REDIS_URL"}
NOT_ON_HEROKU: Final = {"ADMIN_PORT", "AUDIT_ARCHIVE"}
"""Each process has a machine of its own there, so the default port is free; no disk lasts."""
SET_BY_THE_CHART: Final = {"PORT", "ADMIN_PORT"}


def is_secret(annotation: Any) -> bool:
    """Whether a field's type has a secret somewhere."""
    return annotation is SecretStr or any(is_secret(each) for each in get_args(annotation))


SECRETS: Final = {name for name, field in FIELDS.items() if is_secret(field.annotation)}


def entries() -> dict[str, tuple[str, str, str]]:
    """Read .env.example: for each variable the comment above it, `#` or nothing, and its value."""
    found = re.findall(r"^# (.+)\n(#?)([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
    return {name: (comment, off, value) for comment, off, name, value in found}


def default_text(field: FieldInfo) -> str:
    """Write a default as a person would in the environment; paths and empty ones show nothing."""
    default = field.default
    if default in {None, PydanticUndefined, ()} or isinstance(default, Path):
        return ""
    if hasattr(default, "total_seconds"):
        minutes = int(default.total_seconds() // 60)
        if default.days > 1:
            return f"{default.days}d"
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
    return {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default)


def test_the_secrets_are_found() -> None:
    """The search through the types works: these hold secrets."""
    assert {"SLACK_BOT_TOKEN", "REDIS_URL", "KEYSMITH_KEYS"} <= SECRETS
    assert "PUBLIC_URL" not in SECRETS


def test_env_example_has_every_variable_once_and_says_where_to_find_it() -> None:
    """Each variable has a line above it that is no other variable."""
    named = re.findall(r"^#?([A-Z_]+)=", ENV_EXAMPLE, re.MULTILINE)
    assert sorted(named) == sorted(FIELDS)
    assert entries().keys() == FIELDS.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_env_example_shows_what_is_required_and_the_defaults(name: str) -> None:
    """A required variable waits for a value; any other is commented out with its default."""
    comment, off, value = entries()[name]
    assert len(comment) > 10
    assert off == ("" if name in REQUIRED else "#")
    assert value == default_text(FIELDS[name])


def test_env_example_is_read_alike_by_a_shell_systemd_and_docker() -> None:
    """Its lines are comments, blank, or NAME=VALUE without quotes and spaces."""
    for line in ENV_EXAMPLE.splitlines():
        assert re.fullmatch(r"#.*|[A-Z_]+=[^\s\"'$\\]*|", line), line


def test_env_example_filled_in_is_a_configuration() -> None:
    """With a value for each required variable, Socket Mode, and every default as it is shown."""
    filled = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "APPROVALS_CHANNEL": "C0",
        "CLOUDINARY_ACCOUNT_URL": "account://k:s@a",
        "PUBLIC_URL": "http://localhost:3000",
        "KEYSMITH_KEYS": b64encode(bytes(range(KEY_BYTES))).decode(),
        "SLACK_APP_TOKEN": "xapp-1",
    }
    shown = {name: value for name, (_, _, value) in entries().items() if value}
    with variables() as environment:
        for name in FIELDS:
            environment.pop(name, None)
        assert {name for name in FIELDS if name in REQUIRED} <= filled.keys()
        environment.update(filled)
        least = read_settings(Settings)
        environment.update(shown)
        assert read_settings(Settings) == least


def test_app_json_asks_for_every_variable_and_marks_the_required() -> None:
    """Beside those that the platform gives."""
    env = json.loads((ROOT / "app.json").read_text())["env"]
    assert env.keys() == FIELDS.keys() - GIVEN_BY_HEROKU - NOT_ON_HEROKU
    for name, entry in env.items():
        assert entry.get("required", True) is (name in REQUIRED), name
        assert len(entry["description"]) > 10, name
        assert entry.get("value", "") == default_text(FIELDS[name]), name
        assert entry.keys() <= {"description", "required", "value"}, name


def test_app_json_runs_the_processes_of_the_procfile_with_a_redis() -> None:
    """`as` names the add-on's variable: REDIS gives REDIS_URL."""
    app = json.loads((ROOT / "app.json").read_text())
    procfile = (ROOT / "Procfile").read_text()
    assert app["formation"].keys() == set(re.findall(r"^(\w+):", procfile, re.MULTILINE))
    (addon,) = app["addons"]
    assert (addon["as"], addon["options"]) == ("REDIS", {"maxmemory_policy": "noeviction"})
    assert len(app["name"]) <= 30
    assert len(app["description"]) <= 140


def test_the_charts_values_refuse_every_secret_and_demand_what_is_required() -> None:
    """A secret in the values would be readable in the release; it belongs to the Secret."""
    env = json.loads((CHART / "values.schema.json").read_text())["properties"]["env"]
    refused = set(env["propertyNames"]["not"]["enum"])
    assert refused == SECRETS | SET_BY_THE_CHART
    assert set(env["required"]) == REQUIRED - SECRETS
    assert yaml.safe_load(EXAMPLE.read_text())["env"].keys() <= FIELDS.keys() - refused


def test_the_installation_page_names_every_secret_for_kubernetes() -> None:
    """The sentence about secret.env lists all of them."""
    text = (ROOT / "docs/install.md").read_text()
    (sentence,) = re.findall(r"^`secret\.env` has (.*?)\. ", text, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([A-Z_]+)`", sentence)) == SECRETS
