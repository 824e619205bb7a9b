"""The documents say what is so."""

import re
from pathlib import Path

import pytest

from bot.domain.commands.registry import COMMANDS as FORMS
from bot.domain.requests.machine import State
from bot.settings import Settings
from sandbox.cloudinary.faults import Kind
from tests.rooms.request_picture import picture

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
REQUESTS = (ROOT / "docs/requests.md").read_text()
LATER = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"}


def variables() -> dict[str, str]:
    """The README's table: name and default."""
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", README, re.MULTILINE)
    return dict(rows)


def test_every_variable_is_in_the_readme_and_no_other() -> None:
    """The table is the settings"""
    assert {name.upper() for name in Settings.model_fields} == variables().keys()


@pytest.mark.parametrize(("name", "default"), variables().items())
def test_what_the_readme_calls_required_is(name: str, default: str) -> None:
    """And what it gives a default for is not"""
    field = Settings.model_fields[name.lower()]
    assert default.startswith("required") is (field.is_required() or "unless" in default)


def test_every_make_target_that_is_told_of_exists() -> None:
    """In any document"""
    makefile = (ROOT / "Makefile").read_text()
    for document in ("README.md", "CONTRIBUTING.md", "sandbox/README.md", "CHANGELOG.md"):
        for target in re.findall(
            r"(?:`|^)make ([a-z]+)\b", (ROOT / document).read_text(), re.MULTILINE
        ):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_command_is_in_the_readme() -> None:
    """All that can be typed, but what is refused for now"""
    told = README.replace("`, `", "` `/cld ")
    for form in FORMS:
        if form.words != ("key", "delete"):
            assert form.words[-1] in told, form.words


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "SECURITY.md",
        "docs/architecture.md",
        "docs/decisions.md",
        "docs/glossary.md",
        "docs/policy.md",
        "docs/requests.md",
        "docs/operating.md",
    ],
)
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    """Links and paths alike"""
    text = (ROOT / document).read_text()
    named = re.findall(r"\]\(([^)#:]+)\)", text)
    named += re.findall(r"`((?:bot|handlers|tests|policy|sandbox|slack|docs)/[\w./-]*)`", text)
    missing = [name for name in named if not (ROOT / document).parent.joinpath(name).exists()]
    assert [name for name in missing if not (ROOT / name).exists()] == []


def test_the_picture_of_a_requests_states_is_drawn_from_their_table() -> None:
    """`python -m tests.rooms.request_picture` draws it anew"""
    drawn = re.findall(r"```mermaid\n(.*?)\n```", REQUESTS, re.DOTALL)
    assert drawn == [picture()]


def test_every_state_of_a_request_is_explained() -> None:
    """In the table below the picture"""
    (table,) = re.findall(r"\| State \|(.*?)\n\n", REQUESTS, re.DOTALL)
    assert {*re.findall(r"`(\w+)`", table)} == set(State)


def test_every_kind_of_fault_is_told_of() -> None:
    """In the sandbox's README"""
    told = (ROOT / "sandbox/README.md").read_text()
    assert [kind for kind in Kind if f"`{kind}`" not in told] == []


def test_the_procfile_runs_what_there_is() -> None:
    """Two processes, two words that the program knows"""
    lines = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines == {"web": "python -m bot web", "worker": "python -m bot worker"}


def test_the_image_holds_the_bot_and_not_the_sandbox() -> None:
    """A production start can't reach what is not there"""
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert copied == ["requirements.txt", "bot", "handlers", "policy"]


def test_the_pinned_requirements_are_hashed() -> None:
    """Whoever installs them gets what was tested"""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
        assert "index-url" not in text.replace("--no-emit-index-url", "")
