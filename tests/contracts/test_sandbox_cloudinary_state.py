"""The file that keeps the simulated account across restarts."""

import json
from pathlib import Path

import pytest

from sandbox.cloudinary.app import create_app
from sandbox.cloudinary.roles import MASTER
from tests.contracts.cloudinary_account import KEYS, STAGING, Q, account


async def test_state_outlives_a_restart(tmp_path: Path) -> None:
    """Every change, roles included; new API keys stay unique"""
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


async def test_a_reset_outlives_a_restart(tmp_path: Path) -> None:
    """The seed is the same every time, except for its times"""
    file = tmp_path / "account.json"
    async with account(state_file=file) as it:
        seeded = await it.key("e2e-tests")
        await it.done("POST", KEYS, json={"name": "gone"})
        await it.done("POST", "/sandbox/reset")

    async with account(state_file=file) as it:
        found = (await it.done("GET", KEYS))["access_keys"]
        assert 5 == len(found)
        assert seeded["api_secret"] == (await it.key("e2e-tests"))["api_secret"]


async def test_a_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    """It has neither assets nor roles of folders; the account key gets its own roles"""
    file = tmp_path / "account.json"
    saved = json.loads(valid_state(file))
    del saved["withdrawn"], saved["version"]
    for environment in saved["places"]:
        del environment["assets"]
    for member in saved["members"]:
        del member["providers"]
    older = [each for each in saved["assignments"] if each["principal_type"] == "apiKey"]
    saved["assignments"] = [{n: v for n, v in each.items() if n != "content"} for each in older]
    file.write_text(json.dumps(saved))

    async with account(permissions=True, state_file=file) as it:
        await it.done("POST", KEYS, json={})


def valid_state(file: Path) -> str:
    """Write a valid state."""
    create_app(file)
    return file.read_text()


def test_the_words_in_the_file_stay(tmp_path: Path) -> None:
    """So that the next version can read it"""
    saved = json.loads(valid_state(tmp_path / "account.json"))
    assert saved.keys() == {
        "places",
        "members",
        "groups",
        "assignments",
        "withdrawn",
        "version",
    }


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_reported(tmp_path: Path, share: float) -> None:
    """In one sentence, instead of a traceback"""
    file = tmp_path / "account.json"
    text = valid_state(file)
    file.write_text(text[: int(len(text) * share)])

    with pytest.raises(SystemExit, match=r"account\.json is not a state of the sandbox: delete it"):
        create_app(file)


@pytest.mark.parametrize("text", ["[]", "7", '"x"', "{}", '{"places": [1]}', "\x00", "null"])
def test_a_file_of_another_kind_is_reported(tmp_path: Path, text: str) -> None:
    """Whatever its content is"""
    file = tmp_path / "account.json"
    file.write_text(text)

    with pytest.raises(SystemExit, match="is not a state of the sandbox"):
        create_app(file)


def test_an_unknown_field_is_reported(tmp_path: Path) -> None:
    """The file of another version"""
    file = tmp_path / "account.json"
    saved = json.loads(valid_state(file))
    saved["members"][0]["colour"] = "blue"
    file.write_text(json.dumps(saved))

    with pytest.raises(SystemExit, match="is not a state of the sandbox"):
        create_app(file)
