"""The documents describe the code as it is."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.checks.rules import RULES
from bot.domain.commands.registry import COMMANDS as FORMS
from bot.domain.passphrases import ROUNDS
from bot.domain.requests.machine import State
from bot.domain.rotation import Phase
from bot.settings import Settings
from handlers.page_words import SCRIPT
from sandbox.cloudinary.faults import Kind
from tests.rooms.request_picture import picture, rotation

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
REQUESTS = (ROOT / "docs/requests.md").read_text()
LONGEST = 25
"""Words of a sentence."""
LATER = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"}


def variables() -> dict[str, str]:
    """Read the README's table of variables: name and default."""
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", README, re.MULTILINE)
    return dict(rows)


def test_every_variable_is_in_the_readme_and_no_other() -> None:
    """The README's table lists exactly the settings."""
    assert {name.upper() for name in Settings.model_fields} == variables().keys()


@pytest.mark.parametrize(("name", "default"), variables().items())
def test_the_readme_marks_required_variables(name: str, default: str) -> None:
    """A variable is required if its row says so, and optional if the row has a default."""
    field = Settings.model_fields[name.lower()]
    assert default.startswith("required") is (field.is_required() or "unless" in default)


@pytest.mark.parametrize("button", ["reveal_as", "sign_in"])
def test_the_threats_quote_the_buttons_of_a_links_page(button: str) -> None:
    """They name whose link it is"""
    quoted = SCRIPT[button].one.replace("{owner}", "…")
    assert f"“{quoted}”" in (ROOT / "SECURITY.md").read_text()


def test_the_threats_name_the_rounds_that_stretch_a_passphrase() -> None:
    """A reader compares them with what is recommended today"""
    assert f"PBKDF2, in {ROUNDS:,} rounds" in (ROOT / "SECURITY.md").read_text()


def test_every_documented_make_target_exists() -> None:
    """Each `make` command in a document is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    for document in ("README.md", "CONTRIBUTING.md", "sandbox/README.md", "CHANGELOG.md"):
        for target in re.findall(
            r"(?:`|^)make ([a-z]+)\b", (ROOT / document).read_text(), re.MULTILINE
        ):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_command_is_in_the_readme() -> None:
    """The README names every command except those that are refused for now."""
    commands = README.replace("`, `", "` `/cld ")
    for form in FORMS:
        if form.words != ("key", "delete"):
            assert form.words[-1] in commands, form.words


def test_the_sandbox_suggests_every_command() -> None:
    """Its composer cannot read them from the bot."""
    page = (ROOT / "sandbox/slack/page/client/commands.js").read_text()
    suggested = re.findall(r'^  \["([a-z ]+)", ', page, re.MULTILINE)
    assert sorted(suggested) == sorted(["explain", *(" ".join(form.words) for form in FORMS)])


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/architecture.md",
        "docs/decisions.md",
        "docs/glossary.md",
        "docs/policy.md",
        "docs/requests.md",
        "docs/operating.md",
        "docs/backup.md",
        "docs/redis.md",
        "docs/install.md",
        "docs/style.md",
        "docs/walks.md",
        "docs/performance.md",
        "docs/parity.md",
    ],
)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    """The targets of links, and paths in code spans, exist."""
    text = (ROOT / document).read_text()
    named = re.findall(r"\]\(([^)#:]+)\)", text)
    named += re.findall(r"`((?:bot|handlers|tests|policy|sandbox|slack|docs)/[\w./-]*)`", text)
    missing = [name for name in named if not (ROOT / document).parent.joinpath(name).exists()]
    assert [name for name in missing if not (ROOT / name).exists()] == []


def test_every_threat_has_one_row() -> None:
    """A second row would be what a merge left of an older one."""
    rows = re.findall(r"^\|[^|\n]+\|([^|\n]+)\|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    assert [threat for threat, count in Counter(rows).items() if count > 1] == []


def test_the_picture_of_a_requests_states_is_drawn_from_their_table() -> None:
    """docs/requests.md has the output of `python -m tests.rooms.request_picture`."""
    drawn = re.findall(r"```mermaid\n(.*?)\n```", REQUESTS, re.DOTALL)
    assert drawn == [picture()]


def test_the_picture_of_a_rotations_phases_is_drawn_from_their_table() -> None:
    """docs/rotation.md likewise, with a row for every phase."""
    text = (ROOT / "docs/rotation.md").read_text()
    assert re.findall(r"```mermaid\n(.*?)\n```", text, re.DOTALL) == [rotation()]
    (table,) = re.findall(r"\| Phase \|(.*?)\n\n", text, re.DOTALL)
    assert {*re.findall(r"`(\w+)`", table)} == set(Phase)


def test_every_state_of_a_request_is_explained() -> None:
    """The table below the picture has a row for every state."""
    (table,) = re.findall(r"\| State \|(.*?)\n\n", REQUESTS, re.DOTALL)
    assert {*re.findall(r"`(\w+)`", table)} == set(State)


def test_every_kind_of_fault_is_documented() -> None:
    """The sandbox's README names every kind of fault."""
    readme = (ROOT / "sandbox/README.md").read_text()
    assert [kind for kind in Kind if f"`{kind}`" not in readme] == []


def test_the_procfile_runs_the_subcommands_web_and_worker() -> None:
    """Each of its two processes runs one subcommand of the bot."""
    lines = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines == {"web": "python -m bot web", "worker": "python -m bot worker"}


def test_the_pinned_requirements_are_hashed() -> None:
    """Every pinned package has a hash, so an installation is what was tested."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
        assert "index-url" not in text.replace("--no-emit-index-url", "")


def test_every_finding_of_check_is_documented() -> None:
    """docs/operating.md lists each code with its level, sentence and fix; codes are stable."""
    section = (ROOT / "docs/operating.md").read_text().split("| Code | Level |")[1]
    (table,) = re.findall(r"\A.*?\n\|---.*?\n(.*?)\n\n", section, re.DOTALL)
    expected = [
        f"| `{code}` | {rule.level} | {rule.template} | {rule.remedy} |"
        for code, rule in RULES.items()
    ]
    assert table.splitlines() == expected


def sentences(document: str) -> list[str]:
    """What a document says, without its code; a cell and an item of a list stand alone."""
    text = re.sub(r"^```[\s\S]*?^```$|^\[[\w-]+\]: .*$|\]\(.*?\)", "", document, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "code", text)
    parts = re.split(r"\n\n|\n *(?:[-#|]|\d\.)|\| |[.:;?]\)?\s", text)
    return [" ".join(part.split()) for part in parts]


def test_a_sentence_of_the_readme_is_short() -> None:
    """docs/style.md asks for it"""
    assert [each for each in sentences(README) if len(each.split()) > LONGEST] == []


def test_the_readme_says_nothing_in_retired_words() -> None:
    """The list is that of docs/style.md"""
    retired = r"\b(?:nobody|whoever|somebody|anybody|so far|anew|asker)\b"
    documents = ("README.md", "docs/walks.md", "docs/install.md", "docs/performance.md")
    assert [re.findall(retired, (ROOT / name).read_text()) for name in documents] == 4 * [[]]


def test_the_restore_of_a_managed_redis_names_blocks_of_its_document() -> None:
    """It replaces some of the tested blocks, and refers to the others"""
    document = (ROOT / "docs/backup.md").read_text()
    section = document.split("### A managed Redis\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh ([\w-]+)$", document, re.MULTILINE)
    named = re.findall(r"blocks? `([\w-]+)`(?: and `([\w-]+)`)?", section)
    assert {each for pair in named for each in pair if each} == {
        *("restore", "append-only", "report", "recover")
    }
    assert {"restore", "append-only", "report", "recover"} <= set(blocks)
