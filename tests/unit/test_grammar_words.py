import pytest

from bot.domain.commands.grammar import Incomplete, Misunderstood, read, read_typed
from bot.domain.commands.keys import ShowKey

NAMES = {
    "ci-bot": "ci-bot",
    '"ci bot"': "ci bot",
    "'ci bot'": "ci bot",
    "\u201cci bot\u201d": "ci bot",
    "\u201eci bot\u201c": "ci bot",
    "\u00abci bot\u00bb": "ci bot",
    "\u2018ci bot\u2019": "ci bot",
    "bob's": "bob's",
    '"bob\'s"': "bob's",
    "'say \"hi\"'": 'say "hi"',
    r'"say \"hi\""': 'say "hi"',
    r'"back\\slash"': "back\\slash",
    '"--env"': "--env",
    '"two\nlines"': "two\nlines",
    "R&amp;D": "R&D",
    '"a &lt;b&gt; c"': "a <b> c",
    "&amp;lt;": "&lt;",
    "<http://ci.example|ci.example>": "ci.example",
    "<https://ci.example/a>": "https://ci.example/a",
    "<mailto:ci@lumen.example|ci@lumen.example>": "ci@lumen.example",
    "<@U0TOM0001|tom>": "@U0TOM0001",
    "<@U0TOM0001>": "@U0TOM0001",
    "<#C0PLATFRM|platform>": "#C0PLATFRM",
    "<!channel>": "!channel",
    "ключ-東京": "ключ-東京",
}


@pytest.mark.parametrize(("typed", "name"), NAMES.items())
def test_a_name_is_understood_as_slack_and_phones_send_it(typed: str, name: str) -> None:
    """Quotes of every kind, mentions, links, entities"""
    assert ShowKey(name) == read(f"key show {typed}")


@pytest.mark.parametrize("dash", ["--", "\u2014", "\u2013"])
@pytest.mark.parametrize(
    "value",
    ["=Staging", " Staging", '="Staging"', "='Staging'", ' "Staging"', "=\u201cStaging\u201d"],
)
def test_an_option_is_understood_behind_any_dash(dash: str, value: str) -> None:
    """Phones type one long dash for two hyphens; any quotes work"""
    assert ShowKey("ci-bot", "Staging") == read(f"key show ci-bot {dash}env{value}")


def test_a_quoted_value_of_an_option_may_hold_spaces() -> None:
    """With and without the equals sign"""
    expected = ShowKey("ci-bot", "Shop dev")
    assert expected == read('key show ci-bot --env="Shop dev"')
    assert expected == read("key show ci-bot --env='Shop dev'")
    assert expected == read('key show ci-bot --env "Shop dev"')


@pytest.mark.parametrize("text", ['key show "ci bot', 'key show ci"bot', '"', 'key "a"b'])
def test_an_unclosed_quote_is_refused(text: str) -> None:
    """The grammar does not guess where a name ends"""
    answer = read(text)
    assert isinstance(answer, Misunderstood)
    assert str(answer.problem).startswith("A quote is not closed.")


SECRETS = [
    "cloudinary://814:s3cr3t@lumen",
    "CLOUDINARY_API_SECRET=s3cr3t",
    "xoxb-1234-abcd",
    "AbCdEfGhIjKlMnOpQrStUvWxY12",
    "AbCdEfGhIjKlM\u200bNoPqRsTuVwXy12",
    "Ab\u2013dEfGhIjKlMnOpQrStUvWxYz1_",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text", ["{}", "key show {}", 'key show "{}"', "key show a --env={}", "kye {}", 'key show "{}']
)
def test_a_pasted_secret_is_refused_and_not_echoed(text: str, secret: str) -> None:
    """Neither in the answer nor in what a log could show of the reading"""
    answer = read_typed(text.format(secret))
    assert isinstance(answer, Misunderstood)
    assert "looks like a secret" in str(answer.problem)
    assert answer.hint is None
    assert secret not in repr(answer)


def test_a_secret_is_recognised_once_its_escaping_is_undone() -> None:
    """A stray backslash does not hide it from the check"""
    answer = read_typed(r'key show "AbCdEfGhIjKlM\NoPqRsTuVwXy12"')
    assert isinstance(answer, Misunderstood)
    assert "looks like a secret" in str(answer.problem)


def test_what_a_person_says_is_no_secret_is_read() -> None:
    """The button runs the command as it was typed"""
    name = "AbCdEfGhIjKlMnOpQrStUvWxY12"
    answer = read_typed(f"key show {name}")
    assert isinstance(answer, Misunderstood)
    assert ShowKey(name) == read(answer.suspect)
    assert ShowKey(name) == read_typed(f"key show {name}", checked=True)


@pytest.mark.parametrize(
    "text", ["zq9 x", "key zq9", "key show a --zq9 x", "key show a --env=b --"]
)
def test_a_misunderstood_word_is_not_echoed(text: str) -> None:
    """A suggestion replaces it; the answer has no word of which Keysmith can make nothing"""
    answer = read_typed(text)
    assert isinstance(answer, Misunderstood)
    assert "zq9" not in repr(answer)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("review kyes", "review keys"),
        ("review mien", "review mine"),
        ("review repot", "review report"),
    ],
)
def test_a_misspelt_verb_of_review_is_no_request(typed: str, meant: str) -> None:
    """`review` alone is a command, too, with an id behind it"""
    answer = read_typed(typed)
    assert isinstance(answer, Misunderstood)
    assert answer.hint == f"/cld {meant}"
    for id_ in ("1f2e3d", "#1F2E3D", "dead", "yesterday"):
        reading = read_typed(f"review {id_}")
        assert isinstance(reading, Incomplete)
        assert reading.spec.name == "review"


def test_keys_of_a_list_without_commas_are_suggested_with_them() -> None:
    """Each is a key of its own, and no word of one name"""
    for text in ("key adopt a b", "key adopt a, b"):
        reading = read(text)
        assert isinstance(reading, Misunderstood)
        assert reading.hint == '/cld key adopt "a,b"'
        assert str(reading.problem.one) == "Too many words. Put commas between the keys."
