"""The file in which the sandbox's account is remembered."""

import json
from pathlib import Path

import pytest

from sandbox.cloudinary.app import create_app
from sandbox.cloudinary.roles import MASTER
from tests.contracts.cloudinary_account import KEYS, STAGING, Q, account


async def test_state_outlives_a_restart(tmp_path: Path) -> None:
    """Everything that was changed, roles included, and no number comes twice"""
    file = tmp_path / "deep" / "account.json"
    async with account(permissions=True, state_file=file) as it:
        key = await it.done("POST", KEYS, json={"name": "kept"})
        role = {
            "operation": "add",
            "principal": {"type": "apiKey", "id": key["api_key"]},
            "roles": [{"id": MASTER, "scope_id": STAGING}],
        }
        await it.done("PUT", f"{Q}/principal_roles", json=role)
        before = await it.done("GET", "/sandbox/state")

    async with account(permissions=True, state_file=file) as it:
        assert before == await it.done("GET", "/sandbox/state")
        assert key["api_key"] != (await it.done("POST", KEYS, json={}))["api_key"]


async def test_a_reset_is_remembered_too(tmp_path: Path) -> None:
    """The seed is the same every time, but for the times in it"""
    file = tmp_path / "account.json"
    async with account(state_file=file) as it:
        seeded = await it.key("e2e-tests")
        await it.done("POST", KEYS, json={"name": "gone"})
        await it.done("POST", "/sandbox/reset")

    async with account(state_file=file) as it:
        found = (await it.done("GET", KEYS))["access_keys"]
        assert 5 == len(found)
        assert seeded["api_secret"] == (await it.key("e2e-tests"))["api_secret"]


def whole(file: Path) -> str:
    """Write a state as it should be."""
    create_app(file)
    return file.read_text()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_file_that_was_cut_is_said_so(tmp_path: Path, share: float) -> None:
    """In one sentence, instead of a traceback"""
    file = tmp_path / "account.json"
    text = whole(file)
    file.write_text(text[: int(len(text) * share)])

    with pytest.raises(SystemExit, match=r"account\.json is not a state of the sandbox: delete it"):
        create_app(file)


@pytest.mark.parametrize("text", ["[]", "7", '"x"', "{}", '{"places": [1]}', "\x00", "null"])
def test_a_file_that_is_something_else_is_said_so(tmp_path: Path, text: str) -> None:
    """Whatever it is"""
    file = tmp_path / "account.json"
    file.write_text(text)

    with pytest.raises(SystemExit, match="is not a state of the sandbox"):
        create_app(file)


def test_a_field_that_nobody_knows_is_said_so(tmp_path: Path) -> None:
    """The file of another version"""
    file = tmp_path / "account.json"
    saved = json.loads(whole(file))
    saved["members"][0]["colour"] = "blue"
    file.write_text(json.dumps(saved))

    with pytest.raises(SystemExit, match="is not a state of the sandbox"):
        create_app(file)
