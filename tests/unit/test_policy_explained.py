import pytest

from bot.adapters.cedar.policy import SHIPPED
from bot.cli.policy import explain
from bot.errors import ConfigurationError


def told(capsys: pytest.CaptureFixture[str], role: str, *words: str) -> list[str]:
    """The lines that the command writes."""
    assert explain(SHIPPED, role, words) == 0
    return capsys.readouterr().out.splitlines()


def test_it_lists_who_could_in_each_tier_and_by_which_rule(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The text is that of the card"""
    lines = told(capsys, "billing", "key", "enable", "ci-bot")
    assert lines[:2] == ["You are: any Billing.", "Who can run /cld key enable ci-bot:"]
    assert [lines[at] for at in (2, 6, 10)] == [
        "Development",
        "Staging",
        "Production",
    ]
    assert lines[3] == "- You: not allowed. No rule permits it."
    assert lines[4] == (
        "- Master admin, Admin or Technical admin: no approval needed. Rule: key-roles-change"
    )
    assert lines[12] == (
        "- Master admin, Admin or Technical admin: needs 1 approval from a Technical admin, Admin"
        " or Master admin (not the requester). Rule: key-roles-change-in-production"
    )


def test_an_environment_that_is_named_has_the_tier_of_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Options and names with spaces arrive from the shell unquoted"""
    lines = told(capsys, "admin", "key", "delete", "my key", "--env", "Shop dev")
    assert lines[1:3] == [
        'Who can run /cld key delete "my key" --env "Shop dev":',
        "Shop dev (Development)",
    ]
    assert lines[1:] == told(capsys, "admin", "key", "delete", "my key", "--env=Shop dev")[1:]
    assert lines[1:] == told(capsys, "admin", '/cld key delete "my key" --env "Shop dev"')[1:]


def test_a_person_without_a_cloudinary_user_can_be_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The answer names the guard that refuses"""
    lines = told(capsys, "none", "key", "disable", "ci-bot", "--env", "shop")
    assert lines[0] == "You are: a member of the workspace, not at Cloudinary."
    assert lines[3] == "- You: not allowed. Rule: not-at-cloudinary"


@pytest.mark.parametrize(
    ("role", "words", "reason"),
    [
        ("boss", ("help",), "There is no role “boss”"),
        ("admin", (), "Add the command to explain."),
        ("admin", ("key", "destroy"), "Unknown command"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_words(
    role: str, words: tuple[str, ...], reason: str
) -> None:
    """The message lists what is possible"""
    with pytest.raises(ConfigurationError, match=reason):
        explain(SHIPPED, role, words)
