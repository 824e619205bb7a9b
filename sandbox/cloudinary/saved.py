"""The file that an account is remembered in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.cloudinary.records import AccessKey, Assignment, Contents, Group, Member, Place


def read(file: Path) -> Contents:
    """Read an account; `SystemExit` with one sentence where the file is not one."""
    try:
        return _contents(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        message = f"{file} is not a state of the sandbox: delete it, or run `make clean`."
        raise SystemExit(message) from None


def _contents(saved: dict[str, Any]) -> Contents:
    return Contents(
        [Place(**{**p, "keys": [AccessKey(**k) for k in p["keys"]]}) for p in saved["places"]],
        [Member(**member) for member in saved["members"]],
        [Group(**group) for group in saved["groups"]],
        [Assignment(**assignment) for assignment in saved["assignments"]],
    )


def write(file: Path, contents: Contents) -> None:
    """Write an account, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(contents), indent=1))
    draft.replace(file)
