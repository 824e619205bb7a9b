import pytest

from bot.domain.commands.spoken import spoken

BOT = "U0KEYSMITH"


@pytest.mark.parametrize(
    "text",
    [
        "key list",
        "  key list\n",
        "/cld key list",
        "/CLD  key list",
        f"<@{BOT}> key list",
        f"<@{BOT}|keysmith>: key list",
        f"hey <@{BOT}>, /cld key list",
    ],
)
def test_a_command_is_read_out_of_a_message(text: str) -> None:
    """With a greeting, a mention or the slash command in front"""
    assert spoken(text, BOT) == "key list"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "/cld",
        f"<@{BOT}>",
        f"key list <@{BOT}>",
        "could you give me a key for staging?",
        "ok thanks",
        "who can help?",
        "new here, what is this?",
        "find me a key please",
        'he said "hi',
        "one line\nand another",
        "x" * 2000,
    ],
)
def test_prose_is_no_command(text: str) -> None:
    """The menu answers it"""
    assert spoken(text, BOT) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("key lst", "key", "audit", "approve", "request staging --raeson x"),
        *("disable ci-bot", "Disable ci-bot!", "revoke ci-bot", "deactivate ci-bot", "keys"),
        *("list keys", "create deploy --env staging", "enable ci-bot"),
    ],
)
def test_what_begins_like_a_command_is_told_what_is_wrong_with_it(text: str) -> None:
    """It goes on as typed, and the grammar answers"""
    assert spoken(text) == text


def test_a_mention_of_another_person_stays_an_argument() -> None:
    """Only the bot's own is the beginning"""
    said = "key create x --env dev --owner <@U0MIA0001|mia>"
    assert spoken(f"<@{BOT}> {said}", BOT) == said


def test_a_pasted_secret_is_not_taken_for_prose() -> None:
    """Its person has to be told that it leaked"""
    secret = "look: cloudinary://123:" + "aB3" * 9 + "@demo"
    assert spoken(secret) == secret
