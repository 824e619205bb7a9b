"""The file that keeps an account's state across restarts."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sandbox.cloudinary.records import (
    AccessKey,
    Asset,
    Assignment,
    Contents,
    Environment,
    Group,
    Member,
)

_ENVIRONMENTS: Final = "places"
"""The file's word for the environments, which stays so that older files can be read."""


def read(file: Path) -> Contents:
    """Read an account; raises `SystemExit` with one sentence if the file is not a valid state."""
    try:
        return _contents(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        message = f"{file} is not a state of the sandbox: delete it, or run `make clean`."
        raise SystemExit(message) from None


def _contents(saved: dict[str, Any]) -> Contents:
    return Contents(
        [
            Environment(**{**p, "keys": [AccessKey(**k) for k in p["keys"]], "assets": _assets(p)})
            for p in saved[_ENVIRONMENTS]
        ],
        [Member(**member) for member in saved["members"]],
        [Group(**group) for group in saved["groups"]],
        [_assignment(each) for each in saved["assignments"]],
        [_assignment(each) for each in saved.get("withdrawn", ())],
        saved.get("version", 0),
    )


def _assets(saved: dict[str, Any]) -> list[Asset]:
    return [Asset(**asset) for asset in saved.get("assets", ())]


def _assignment(saved: dict[str, Any]) -> Assignment:
    content = saved.get("content")
    return Assignment(**{**saved, "content": (content[0], content[1]) if content else None})


def write(file: Path, contents: Contents) -> None:
    """Write an account atomically."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    state = asdict(contents)
    state[_ENVIRONMENTS] = state.pop("environments")
    draft.write_text(json.dumps(state, indent=1))
    draft.replace(file)
