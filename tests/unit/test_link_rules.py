"""`@link_ttl`: how long the rules let a link live, by environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.environments import Environment
from bot.errors import ConfigurationError

DEV = Environment("e1", "Shop dev", "shop-dev")
STAGING = Environment("e2", "Shop staging", "shop-stag")
PROD = Environment("e3", "Shop", "shop")
CREATE = 'permit (principal, action == Action::"key:create", resource'
RULES = f"""
@id("claim") @link_ttl("8m")
permit (principal in Role::"members", action == Action::"claim", resource == Workspace::"slack");
@id("production") @link_ttl("2m")
{CREATE} in Tier::"production");
@id("request") @approvals("1") @approvers("admins") @link_ttl("4m")
permit (principal, action == Action::"key:request", resource)
when {{ resource in [Tier::"production", Tier::"staging"] }};
@id("one") @link_ttl("1m")
{CREATE} == Environment::"e9");
@id("person") @link_ttl("3m")
permit (principal == Person::"tom", action == Action::"key:create", resource == Environment::"e8");
"""


def policy(folder: Path, text: str) -> CedarPolicy:
    """A policy of these rules."""
    (folder / "own.cedar").write_text(text)
    return CedarPolicy.load(folder)


def test_the_shortest_time_of_any_rule_holds_in_an_environment(tmp_path: Path) -> None:
    """By tier, by environment, and for one person too; a rule about claims in each"""
    rules = policy(tmp_path, RULES)
    assert rules.says_link_ttl
    places = {DEV: 8, STAGING: 4, PROD: 2, Environment("e9", "x dev", "x"): 1}
    places |= {Environment("e8", "y dev", "y"): 3}
    for place, minutes in places.items():
        assert timedelta(minutes=minutes) == rules.link_ttl(place), place


def test_rules_without_it_leave_it_open(tmp_path: Path) -> None:
    """The shipped ones, and those that concern other environments"""
    shipped = CedarPolicy.load(SHIPPED)
    assert not shipped.says_link_ttl
    assert shipped.link_ttl(PROD) is None
    some = policy(tmp_path, f'@id("x") @link_ttl("2m")\n{CREATE} in Tier::"production");')
    assert (some.link_ttl(DEV), some.link_ttl(PROD)) == (None, timedelta(minutes=2))


@pytest.mark.parametrize("text", ["", "soon", "0m", "30s", "25h", "2d", "5"])
def test_another_time_stops_the_start(tmp_path: Path, text: str) -> None:
    """Too short, too long, without a unit"""
    with pytest.raises(ConfigurationError, match="@link_ttl needs a time from 1m to 24h"):
        policy(tmp_path, f'@id("x") @link_ttl("{text}")\n{CREATE});')


def test_it_belongs_to_a_rule_by_which_people_get_links(tmp_path: Path) -> None:
    """On another one it would mean nothing; on a forbid, neither"""
    delete = CREATE.replace("create", "delete")
    with pytest.raises(ConfigurationError, match="@link_ttl needs a rule about Action"):
        policy(tmp_path, f'@id("x") @link_ttl("5m")\n{delete});')
    with pytest.raises(ConfigurationError, match="@link_ttl means nothing on a forbid"):
        policy(tmp_path, f'@id("x") @link_ttl("5m")\n{CREATE.replace("permit", "forbid")});')
