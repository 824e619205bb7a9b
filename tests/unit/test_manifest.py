import json
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema.validators import validator_for

from bot.domain.checks.slack_rules import COMMAND, EVENTS, SCOPES

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = ROOT / "tests" / "schemas" / "slack" / "manifest.schema.2.0.0.json"


def manifest() -> Any:
    """Read the shipped manifest."""
    return yaml.safe_load((ROOT / "slack" / "manifest.yaml").read_text(encoding="utf-8"))


def test_the_manifest_is_valid_by_slacks_schema() -> None:
    """Slack accepts it unchanged"""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator_for(schema)(schema).validate(manifest())


def test_the_manifest_asks_for_the_scopes_that_the_check_looks_for() -> None:
    """No more, and no fewer"""
    assert sorted(SCOPES) == sorted(manifest()["oauth_config"]["scopes"]["bot"])


def test_the_only_command_is_cld_and_slack_escapes_it() -> None:
    """Mentions and links arrive as ids, which the grammar parses"""
    (command,) = manifest()["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == (COMMAND, True)


def test_the_manifest_has_the_events_that_the_check_looks_for() -> None:
    """No more, and no fewer"""
    assert EVENTS == {*manifest()["settings"]["event_subscriptions"]["bot_events"]}
