"""Why an approved request did not work: each refusal has its own true sentence."""

import ast
from collections.abc import Iterator
from typing import Final, get_args

import pytest

from bot.cards.offboard_words import OTHER, REASONS
from bot.cards.request_failures import request_failed
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.groups import GroupStop
from bot.domain.outcomes.kinds import told_by
from bot.domain.outcomes.union import Outcome
from bot.domain.users import Refusal
from tests.rooms.source import ROOT

FLOWS: Final = ROOT / "bot" / "flows"
APPLIERS: Final = (
    *(f"keys/{it}" for it in ("change", "effects", "renew", "role_change", "role_steps", "names")),
    *(f"accounts/environment_{it}" for it in ("change", "create", "names")),
    *(f"accounts/{it}" for it in ("link", "tiers", "group_change", "group_facts", "user_change")),
    *(f"offboard/{it}" for it in ("apply", "subject")),
    "requests/execute",
)
"""What applies an approved plan, or says what stops it."""
PARTS: Final = ("keys/change", "keys/effects", "accounts/group_change", "accounts/user_change")
WORKED: Final = frozenset(
    {
        "KeyChanged",
        "NothingToChange",
        "Renewed",
        "UserLinked",
        "UserChanged",
        "UserUnchanged",
        "TierFixed",
        "TierUnchanged",
        "EnvironmentCreated",
        "EnvironmentChanged",
        "EnvironmentUnchanged",
        "RolesChanged",
        "RoleUnchanged",
        "GroupChanged",
        "GroupUnchanged",
        "Voided",
        "TooLate",
        "NothingToClaim",
    }
)
"""Not a failure, or not what a request ends in."""
REASONED: Final = {
    "user_refused": tuple(Refusal),
    "group_stopped": tuple(GroupStop),
    "key_protected": tuple(ProtectionReason),
}
OF_PARTS: Final = (
    *(f"user_refused:{it}" for it in Refusal if it is not Refusal.NO_ADDRESS),
    *(f"group_stopped:{it}" for it in GroupStop if it is not GroupStop.HIDDEN),
    "key_protected:last_enabled",
    "key_protected:root",
)


def refusals(modules: tuple[str, ...]) -> Iterator[str]:
    """The kinds of outcomes that these modules make."""
    kinds = {each.__name__: each.kind for each in get_args(Outcome)}
    for module in modules:
        for node in ast.walk(ast.parse((FLOWS / f"{module}.py").read_text())):
            name = node.func if isinstance(node, ast.Call) else None
            if isinstance(name, ast.Name) and name.id in kinds and name.id not in WORKED:
                yield kinds[name.id]


def results() -> list[str]:
    """What a request that failed may have stored."""
    plain = sorted({*refusals(APPLIERS)} - {*REASONED})
    return [*plain, *(f"{kind}:{it}" for kind, them in REASONED.items() for it in them)]


@pytest.mark.parametrize("result", results())
def test_each_refusal_of_an_approved_request_says_its_reason(result: str) -> None:
    """No card says only that it did not work"""
    assert str(request_failed("unknown")) != str(request_failed(result))


@pytest.mark.parametrize("kind", REASONED)
def test_a_request_from_before_reasons_were_stored_is_read(kind: str) -> None:
    """By its kind alone"""
    assert str(request_failed(kind)).startswith("This didn't work")


@pytest.mark.parametrize("result", [*sorted({*refusals(PARTS)} - {"user_exists"}), *OF_PARTS])
def test_each_part_of_an_offboarding_says_its_reason(result: str) -> None:
    """None is told to be tried alone to learn it"""
    assert OTHER is not told_by(REASONS, result, OTHER)


@pytest.mark.parametrize("result", OF_PARTS)
def test_only_who_is_the_last_master_admin_is_told_so(result: str) -> None:
    """A reason that is not the part's is no answer"""
    said = str(told_by(REASONS, result, OTHER))
    assert ("last Master admin" in said) is result.endswith("last_master_admin")
