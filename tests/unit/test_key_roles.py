"""The order and the names of roles."""

import pytest

from bot.domain.key_roles import MASTER, KeyRole, Use, least_first, meant
from tests.fakes.key_roles import ALL_ROLES, UPLOADER


def test_the_gravest_use_orders_roles() -> None:
    """One that manages keys is as grave as Master Admin, which is last"""
    keys = KeyRole("keys", "Keys", uses=(Use.KEYS,))
    wiper = KeyRole("wiper", "Wiper", uses=(Use.DELETE,))
    names = [role.name for role in least_first([keys, *ALL_ROLES, wiper])]

    assert ["Upload manager", "Wiper", "Keys", "Master Admin"] == names[-4:]
    assert keys.master


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (MASTER, [MASTER]),
        ("Master_Admin", [MASTER]),
        (" master admin ", [MASTER]),
        ("upload manager", [UPLOADER.id]),
        (UPLOADER.id, [UPLOADER.id]),
        ("admin", []),
    ],
)
def test_a_role_has_three_names(text: str, ids: list[str]) -> None:
    """Its id, the last part of it, and its name"""
    assert ids == [role.id for role in meant(text, ALL_ROLES)]


def test_a_reference_means_one_folder() -> None:
    """A name may mean several"""
    held = [KeyRole("a::viewer", "Viewer", folder=each) for each in ("shop", "press")]

    assert 2 == len(meant("viewer", held))
    assert ["press"] == [role.folder for role in meant("a::viewer@press", held)]
