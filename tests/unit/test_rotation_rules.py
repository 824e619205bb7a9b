"""`@rotate_every` and `@window`: what the rules of `key:rotate` say of an environment."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.cli.policy import explain
from bot.domain.environments import Environment
from bot.domain.rotation_rules import NO_RULES, RotationRules
from bot.errors import ConfigurationError

DEV: Final = Environment("e-dev", "Shop dev", "shop-dev")
PROD: Final = Environment("e-prod", "Shop", "shop")
NAMED: Final = Environment("e-bank", "Bank", "bank")
RULES: Final = """
@id("rotates")
@rotate_every("90d")
permit (principal in Role::"key_roles", action == Action::"key:rotate", resource);
@id("rotates-in-production")
@approvals("1")
@approvers("key_roles")
@rotate_every("180d")
@window("Mon-Fri 09:00-17:00 Europe/Berlin")
permit (
  principal in Role::"key_roles", action == Action::"key:rotate", resource in Tier::"production"
);
@id("bank")
@rotate_every("30d")
permit (
  principal in Role::"admin", action == Action::"key:rotate", resource == Environment::"e-bank"
);
"""


def policy(tmp_path: Path, rules: str = RULES) -> CedarPolicy:
    """Load a policy of these rules."""
    file = tmp_path / "rules.cedar"
    file.write_text(rules)
    return CedarPolicy.load(file)


def test_the_strictest_of_the_rules_that_match_an_environment_holds(tmp_path: Path) -> None:
    """The shortest time, and every window"""
    rules = policy(tmp_path)
    assert rules.rotation_rules(DEV) == RotationRules(timedelta(days=90))
    production = rules.rotation_rules(PROD)
    assert production.every == timedelta(days=90)
    assert [it.written for it in production.windows] == ["Mon-Fri 09:00-17:00 Europe/Berlin"]
    assert rules.rotation_rules(NAMED).every == timedelta(days=30)


def test_the_shipped_policy_obliges_to_nothing() -> None:
    """Keys without a schedule are never overdue there"""
    assert CedarPolicy.load(SHIPPED).rotation_rules(PROD) == NO_RULES


def test_windows_that_never_meet_are_looked_at_again_a_day_later(tmp_path: Path) -> None:
    """Nothing is rotated outside of any of them"""
    other = RULES.replace("rotates-in", "more-in").replace("Mon-Fri", "Sat").split("@id")[2]
    both = policy(tmp_path, f"{RULES}@id{other}").rotation_rules(PROD)
    monday = datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert both.opening(monday) == monday + timedelta(days=1)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('"90d"', '"soon"', "@rotate_every needs a time of a day or more"),
        ('"90d"', '"12h"', "@rotate_every needs a time of a day or more"),
        ('"90d"', '""', "@rotate_every needs a time of a day or more"),
        ("Mon-Fri 09", "Mo-Fr 09", "@window knows no day"),
        ("Europe/Berlin", "Europe/Atlantis", "@window knows no time zone"),
        ('"Mon-Fri 09:00-17:00 Europe/Berlin"', '""', "@window needs days, hours and a zone"),
        ("key:rotate", "key:enable", '@window need a rule about Action::"key:rotate"'),
    ],
)
def test_a_malformed_annotation_stops_the_start(
    tmp_path: Path, right: str, wrong: str, fault: str
) -> None:
    """It names the fault: ignored, keys would be rotated at any time, or never"""
    with pytest.raises(ConfigurationError, match=fault):
        policy(tmp_path, RULES.replace(right, wrong))


def test_it_is_explained_with_the_rotation_of_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the tiers where it holds, and with no other command"""
    policy(tmp_path)
    assert explain(tmp_path / "rules.cedar", "admin", ["key", "rotate", "ci-bot"]) == 0
    told = capsys.readouterr().out
    assert told.count("Keys are to be rotated every 90 days.") == 3
    window = "Keysmith rotates by itself only within Mon-Fri 09:00-17:00 Europe/Berlin."
    assert told.count(window) == 1
    explain(tmp_path / "rules.cedar", "admin", ["key", "enable", "ci-bot"])
    assert "rotated" not in capsys.readouterr().out
