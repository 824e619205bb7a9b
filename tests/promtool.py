"""Prometheus's own checker, which `tests/tools.sh` fetches."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
FETCHED: Final = ROOT / "var/tools/prometheus/usr/bin/promtool"
FOUND: Final = shutil.which("promtool") or (str(FETCHED) if FETCHED.exists() else None)

needs_promtool = pytest.mark.skipif(FOUND is None, reason="no promtool: see tests/tools.sh")


def promtool(*arguments: str, given: bytes = b"") -> str:
    """Run it; gives what it prints, and fails where it finds a fault."""
    assert FOUND
    command = [FOUND, *arguments]
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, told
    return told
