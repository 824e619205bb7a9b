"""The order and the names of roles."""

import pytest

from bot.domain.commands.registry import gives_master
from bot.domain.key_roles import MASTER, KeyRole, Use, least_first, meant
from tests.fakes.key_roles import ALL_ROLES, LIBRARY, UPLOADER


def test_the_gravest_use_orders_roles() -> None:
    """One that manages keys is as grave as Master Admin, which comes after all of them"""
    keys = KeyRole("keys", "Keys", uses=(Use.KEYS,))
    wiper = KeyRole("wiper", "Wiper", uses=(Use.DELETE,))
    names = [role.name for role in least_first([keys, *ALL_ROLES, wiper])]

    assert ["Upload manager", "Wiper", "Keys", "Master Admin"] == names[-5:-1]
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
        ("upload_manager", [UPLOADER.id]),
        ("Upload-Manager", [UPLOADER.id]),
        (" UPLOAD   manager ", [UPLOADER.id]),
        ("UploadManager", [UPLOADER.id]),
        ("ml user", [LIBRARY.id]),
        ("ML-USER", [LIBRARY.id]),
        ("media_library_user", [LIBRARY.id]),
        ("master-admin", [MASTER]),
        (MASTER.upper(), [MASTER]),
        ("_ -", []),
    ],
)
def test_a_role_has_three_names(text: str, ids: list[str]) -> None:
    """Its id, the last part of it, and its name: in any usual spelling"""
    assert ids == [role.id for role in meant(text, ALL_ROLES)]


def test_an_exact_name_means_no_other_spelling() -> None:
    """Where two roles are spelled alike, another spelling means both"""
    alike = [KeyRole("1", "Up-Loader"), KeyRole("2", "up loader")]

    assert ["2"] == [role.id for role in meant("up loader", alike)]
    assert ["1", "2"] == [role.id for role in meant("uploader", alike)]


@pytest.mark.parametrize("text", ["Master-Admin", "master  admin", "MASTER_ADMIN", MASTER])
def test_every_spelling_of_master_admin_is_grave(text: str) -> None:
    """A text that means the role needs the approvals of the role, whatever its spelling"""
    assert gives_master(text, "add")
    assert not gives_master(text, "remove")


def test_a_role_that_allows_nothing_is_offered_last() -> None:
    """It does not pass for the least privilege; one whose policies are unknown is not marked"""
    assert LIBRARY == least_first(ALL_ROLES)[-1]
    assert [LIBRARY] == [role for role in ALL_ROLES if role.useless]
    assert not KeyRole(LIBRARY.id, LIBRARY.name).useless


def test_a_reference_means_one_folder() -> None:
    """A name may mean several"""
    held = [KeyRole("a::viewer", "Viewer", folder=each) for each in ("shop", "press")]

    assert 2 == len(meant("viewer", held))
    assert ["press"] == [role.folder for role in meant("a::viewer@press", held)]
