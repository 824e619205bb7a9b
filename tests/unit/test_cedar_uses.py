"""What Cedar statements let a key do."""

import pytest

from bot.adapters.cedar.uses import forbidden, uses
from bot.domain.key_roles import KeyRole, Use

CREATE = 'permit(principal, action == Cloudinary::Action::"create", resource is Cloudinary::Asset);'
OWN = 'permit(principal == Cloudinary::APIKey::"814", action, resource is Cloudinary::Asset);'
FOLDER = (
    'permit(principal, action == Cloudinary::Action::"delete", resource is Cloudinary::Asset)'
    ' when { resource.ancestor_ids.contains("shop") };'
)
SHOP = KeyRole("r", "R", folder="shop")


@pytest.mark.parametrize(
    ("statement", "api_key", "role", "allowed"),
    [
        (CREATE, "814", None, {Use.UPLOAD}),
        (OWN, "814", None, {Use.READ, Use.UPLOAD, Use.REPLACE, Use.DELETE}),
        (OWN, "815", None, set()),
        (FOLDER, "814", None, set()),
        (FOLDER, "814", SHOP, {Use.DELETE}),
        ("permit(principal, action, resource);", "814", None, set(Use)),
        ("", "814", None, set()),
        ("permit(nonsense", "814", None, set()),
        (f"{CREATE} forbid(nonsense", "814", None, set()),
    ],
)
def test_a_use_needs_a_permit_that_holds(
    statement: str, api_key: str, role: KeyRole | None, allowed: set[Use]
) -> None:
    """For this key, in its folder"""
    assert allowed == set(uses([statement], api_key, role))


@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        (CREATE, set()),
        (CREATE.replace("permit", "forbid"), {Use.UPLOAD}),
        (
            (
                "forbid(principal, action, resource is Cloudinary::Report)"
                " when { resource.unknown == 1 };"
            ),
            {Use.REPORT},
        ),
        ("forbid(nonsense", set(Use)),
        ('forbid(principal == Cloudinary::APIKey::"815", action, resource);', set()),
    ],
)
def test_a_forbid_counts_unless_it_certainly_does_not_apply(
    statement: str, taken: set[Use]
) -> None:
    """One that errs, or does not parse, counts"""
    assert taken == forbidden([statement], "814", None)
