"""Writes the image's software bill of materials: CycloneDX 1.6, from the pinned requirements.

    python deploy/sbom.py requirements.txt > sbom.cdx.json

One component for each pinned package, with the hash of every file that pip would accept. It uses
the standard library alone: what lists the image's packages adds none to the build.
"""

import json
import re
import sys
from pathlib import Path

PINNED = re.compile(
    r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def component(name: str, version: str, hashes: list[str]) -> dict[str, object]:
    """Describe one package, with the files that its pin allows."""
    purl = f"pkg:pypi/{name}@{version}"
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{name}/{version}/",
        "hashes": [{"alg": "SHA-256", "content": each} for each in hashes],
    }
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "externalReferences": [files],
    }


def sbom(requirements: str) -> dict[str, object]:
    """List what the requirements pin. Equal requirements give an equal list."""
    found = [
        component(name, version, HASH.findall(rest))
        for name, version, rest in PINNED.findall(requirements)
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "keysmith", "name": "keysmith"}
        },
        "components": found,
        "dependencies": [{"ref": "keysmith", "dependsOn": [each["bom-ref"] for each in found]}],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(sbom(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=1))
    sys.stdout.write("\n")
