import os
import pwd

import pytest

from bot.cli.login import login_name, name_of, who_runs
from bot.domain.operators import Operator
from bot.settings import PolicySettings, Settings, read_settings
from tests.unit.settings_made import environment, refusal
from tests.variables import Variables

__all__ = ["environment"]

ADA = Operator("ada", "U0ADA0001", "ada@lumen.example")


def test_operators_are_read_with_their_ids_and_addresses(environment: Variables) -> None:
    """Separated by commas; without any there are no operators"""
    assert read_settings(Settings).operators == ()
    environment["OPERATORS"] = "ada=U0ADA0001:ada@lumen.example, tom=W0TOM:tom@lumen.example,"
    expected = (ADA, Operator("tom", "W0TOM", "tom@lumen.example"))
    assert expected == read_settings(Settings).operators


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ada", "needs login=SLACK_USER_ID:email"),
        ("ada=U0ADA0001:hush-hush", "needs login=SLACK_USER_ID:email"),
        ("ada=U0ADA0001:a@b.example,ada=U0TOM0001:t@b.example", "names a login twice"),
    ],
)
def test_a_faulty_operator_stops_the_start(text: str, reason: str, environment: Variables) -> None:
    """By name, never by value"""
    environment["OPERATORS"] = text
    assert f"  OPERATORS {reason}" in refusal()
    assert "hush" not in refusal()


def test_policy_commands_need_no_other_setting(
    environment: Variables,
) -> None:
    """The machine of a policy's author needs no secret"""
    for name in Settings.model_fields:
        environment.pop(name.upper(), None)
    environment["POLICY_FILE"] = "own.cedar"
    assert str(read_settings(PolicySettings).policy_file) == "own.cedar"


def test_sudo_keeps_the_login_name() -> None:
    """SUDO_USER counts for root only: any other user can set it freely"""
    assert login_name(0, "ada") == "ada"
    assert login_name(0, None) == login_name(0, "") == "root"
    assert login_name(1, "ada") != "ada"


def test_the_audit_log_has_the_login_of_the_process_and_not_of_a_variable(
    environment: Variables,
) -> None:
    """Any user can set LOGNAME and USER freely; a container's user may have no login"""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        environment[name] = "mallory"
    environment.pop("SUDO_USER", None)
    assert who_runs() == pwd.getpwuid(os.getuid()).pw_name
    assert name_of(987_654_321, "ada") == "user 987654321"
