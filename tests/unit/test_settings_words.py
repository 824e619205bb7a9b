"""Every fault of a setting is told in a sentence of Keysmith's own, for every setting."""

from typing import Final

import pytest
from pydantic import ValidationError

from bot.settings import Settings, read_leniently
from tests.unit.settings_made import environment
from tests.variables import Variables

__all__ = ["environment"]

pytestmark = pytest.mark.usefixtures("environment")

MALFORMED: Final = [
    *("", " ", "\n", "x y", "-1", "1.5", "a,b", "é", "[", "\udcff", "C0 \n", "99999999999"),
    *("0" * 5000, "x" * 300),
]
OURS: Final = ("needs ", "has a ", "is ", "names ")
"""How the sentences begin, behind the name of a setting."""
NOT_EMPTY: Final = {
    *("slack_bot_token", "slack_signing_secret", "slack_app_token", "slack_config_token"),
    *("slack_api_url", "slack_team_id", "approvals_channel", "cloudinary_account_url"),
    *("security_contact", "trusted_proxies", "slack_client_id", "slack_client_secret"),
    *("cloudinary_api_url", "public_url", "port", "admin_port", "link_ttl", "request_ttl"),
    *("rotation_grace", "soak", "log_level", "policy_file", "redis_url", "redis_password"),
    *("redis_sentinel_password", "redis_ca_file", "redis_cert_file", "redis_key_file"),
    *("redis_auth", "redis_replicas", "keysmith_keys", "keep", "leak_watch"),
}
MAY_BE_EMPTY: Final = {"audit_archive", "security_channel", "operators", "leak_webhook_secrets"}
"""An empty text is none: nothing is opened or allowed by it."""


def told(name: str, value: str, environment: Variables) -> str | None:
    """Say what is wrong with a setting; None where nothing is."""
    environment[name.upper()] = value
    return read_leniently(Settings)[1].get(name.upper())


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("value", MALFORMED, ids=range(len(MALFORMED)))
def test_no_fault_is_told_in_the_words_of_a_library(
    name: str, value: str, environment: Variables
) -> None:
    """Also of one that is very long, or not in UTF-8"""
    said = told(name, value, environment)
    if said is None:
        return
    assert said.startswith(OURS), said
    assert "is wrong" not in said
    for word in ("tring should", "Input", "integer", "pattern", "xxx", "000"):
        assert word not in said, said
    with pytest.raises(ValidationError) as refused:
        Settings()
    kinds = {each["type"] for each in refused.value.errors()}
    assert kinds <= {"missing", "value_error"}


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_setting_is_told_or_is_none(name: str, empty: str, environment: Variables) -> None:
    """Each setting is in one of the two lists"""
    assert (name in NOT_EMPTY) != (name in MAY_BE_EMPTY)
    assert (told(name, empty, environment) is None) == (name in MAY_BE_EMPTY)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("approvals_channel", "", "is empty"),
        ("approvals_channel", "C0APPROVE ", "has a space or a line end around it"),
        ("port", "65536", "needs a whole number from 0 to 65535"),
        ("redis_replicas", "eleven", "needs a whole number from 0 to 10"),
        ("log_level", "loud", "needs debug, info, warning or error"),
        ("redis_auth", "aws", "needs entraid, elasticache:CACHE or elasticache-serverless:CACHE"),
        ("policy_file", "", "is empty: give it a path, or leave it out"),
        ("redis_ca_file", "", "names no file that can be read"),
        ("slack_team_id", "\udcff", "has a character that can't be printed"),
    ],
)
def test_the_sentence_says_what_is_needed(
    name: str, value: str, said: str, environment: Variables
) -> None:
    """Each is a few words behind the name"""
    assert told(name, value, environment) == said
