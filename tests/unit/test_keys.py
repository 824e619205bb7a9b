from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from bot.domain.environments import Environment
from bot.domain.keys import (
    Credentials,
    Key,
    Located,
    find,
    signer,
)
from bot.domain.secret import Secret

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = Key("814", "old", enabled=True, root=False, created_at=NOON, updated_at=NOON)
NEW = replace(OLD, api_key="815", name="new", created_at=NOON + timedelta(days=1))
OFF = replace(OLD, api_key="813", name="off", enabled=False, created_at=NOON - timedelta(days=1))
DEDICATED = replace(NEW, api_key="816", name="hooks", dedicated_for=("webhooks",))
STAGING = Environment("e1", "Staging", "lumen-staging")
DEV = Environment("e2", "Dev", "lumen-dev")


def test_the_oldest_enabled_key_signs_webhooks() -> None:
    """If no key is dedicated to webhooks"""
    assert signer([NEW, OLD, OFF]) == OLD


def test_the_dedicated_key_signs_webhooks() -> None:
    """Even if others are older"""
    assert signer([NEW, OLD, DEDICATED]) == DEDICATED


def test_a_dedicated_key_that_is_disabled_signs_nothing() -> None:
    """The oldest enabled key takes its place"""
    assert signer([OLD, replace(DEDICATED, enabled=False)]) == OLD


def test_of_two_dedicated_keys_the_older_signs() -> None:
    """In any order"""
    older = replace(DEDICATED, api_key="817", created_at=NOON)
    assert signer([DEDICATED, older]) == older
    assert signer([older, DEDICATED]) == older


def test_times_are_compared_across_time_zones() -> None:
    """Noon in an eastern time zone is before eleven in Greenwich"""
    east = replace(NEW, created_at=NOON.replace(tzinfo=timezone(timedelta(hours=2))))
    eleven = replace(OLD, created_at=NOON - timedelta(hours=1))
    assert signer([eleven, east]) == east


def test_a_key_of_unknown_age_may_be_the_oldest() -> None:
    """The careful answer: it counts as the signer"""
    unknown = replace(NEW, created_at=None)
    assert signer([OLD, unknown]) == unknown


def test_nothing_signs_where_nothing_is_enabled() -> None:
    """No key, no signature"""
    assert signer([OFF]) is None


def test_of_two_keys_of_one_second_the_same_one_signs_in_any_order() -> None:
    """Cloudinary's list has no promised order"""
    twin = replace(OLD, api_key="900")
    assert signer([twin, OLD]) == signer([OLD, twin]) == OLD


def test_a_key_answers_to_its_name_and_to_its_api_key() -> None:
    """Exactly, and in every environment"""
    here, there = Located(OLD, STAGING), Located(replace(OLD, api_key="900"), DEV)
    assert [here, there] == find("old", [here, there])
    assert [there] == find("900", [here, there])
    assert find("Old", [here, there]) == []


def test_the_label_of_a_key_without_a_name_is_its_api_key() -> None:
    """Root keys often have no name"""
    assert replace(OLD, name="").label == "814"
    assert OLD.label == "old"


def test_credentials_never_print_their_secret() -> None:
    """Neither by repr nor inside of something else"""
    credentials = Credentials("lumen-staging", "814", Secret("madeUpSecret"))
    assert "madeUpSecret" not in f"{credentials} {credentials!r} {[credentials]}"
    assert credentials.url.show() == "cloudinary://814:madeUpSecret@lumen-staging"
