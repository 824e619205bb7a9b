import json
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.keyring import Keyring
from bot.adapters.pair_marks import PairMarks
from bot.domain.leaks import Pair, find_pairs
from bot.domain.secret import Secret
from bot.errors import Unread
from tests.unit.test_secrets import LINKS, NAMES

ALPHABET = string.ascii_letters + string.digits + "-_"
KEY = "814259367148225"
SECRET = "Hx7pQ2-vLm9_TzR4wKc8NbYdA3e"
URL = f"cloudinary://{KEY}:{SECRET}@lumen"
WRITTEN = [
    URL,
    f"CLOUDINARY_URL={URL}",
    f"export CLOUDINARY_URL='{URL}'",
    f"<{URL}>",
    f"<{URL}|{URL}>",
    f"look: ```{URL}```",
    f"(`{URL}`)",
    f"{KEY} {SECRET}",
    f"key {KEY}, secret {SECRET}",
    f"{KEY}\n{SECRET}",
    f"{KEY}:{SECRET}",
    f"_{SECRET}_ is the secret of *{KEY}*",
    f"&lt;{KEY}&gt; &quot;{SECRET}&quot;",
    f"CLOUDINARY_API_KEY={KEY}\nCLOUDINARY_API_SECRET={SECRET}",
    f"api_key: {KEY}\napi_secret: {SECRET}",
    json.dumps({"cloud_name": "lumen", "api_key": KEY, "api_secret": SECRET}),
    json.dumps(json.dumps({"api_key": KEY, "api_secret": SECRET})),
    f"cloudinary.config({{ cloud_name: 'lumen', api_key: '{KEY}', api_secret: '{SECRET}' }})",
    f"'api_key' => '{KEY}',\n  'api_secret' => '{SECRET}',",
    f'cloudinary.config(api_key="{KEY}", api_secret="{SECRET}")',
    f'apiKey: "{KEY}", // of the shop\n' + "// more\n" * 30 + f'apiSecret: "{SECRET}"',
    f"$config['api_key'] = '{KEY}'; $config['api_secret'] = '{SECRET}';",
    f"cloudi\u200bnary://{KEY}:{SECRET}\u200b@lumen",
    f"curl -u {KEY}:{SECRET} https://api.cloudinary.com/v1_1/lumen/usage",
]
HARMLESS = [
    f"the key is {KEY}",
    f"the secret is {SECRET}",
    f"order {KEY} of Marketing-Website-Production",
    f"{KEY} " + "x " * 200 + SECRET,
    f"1{KEY} {SECRET}",
    f"{KEY}.5 {SECRET}",
    f"{KEY} {SECRET}x",
    f"api_key: {KEY}, api_secret: process.env.CLOUDINARY_API_SECRET",
    "cloudinary://<key>:<secret>@lumen",
    "cloudinary://KEY:SECRET@CLOUD",
    f"{KEY} https://drive.google.com/drive/folders/{SECRET}",
    f"request staging --reason {KEY} and my-very-long-name-of-a-key1",
    f"{KEY} sha256-{SECRET}=",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_pair_is_found_however_it_is_written(text: str) -> None:
    """In an address, in assignments, or side by side"""
    found = find_pairs(text)
    assert [(each.api_key, each.secret.show()) for each in found] == [(KEY, SECRET)]


def test_the_cloud_name_beside_a_pair_is_found() -> None:
    """It tells where to look first"""
    assert find_pairs(URL)[0].cloud == "lumen"
    assert find_pairs(WRITTEN[15])[0].cloud == "lumen"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_resembles_a_pair_is_none(text: str) -> None:
    """A false alarm costs people's trust in the true ones"""
    assert find_pairs(text) == ()


@pytest.mark.parametrize("text", [*NAMES, *LINKS])
def test_names_and_links_beside_a_number_are_no_pair(text: str) -> None:
    """They are long, and consist of words"""
    assert find_pairs(f"key show {text} {KEY}") == ()


@given(st.text(), st.text(), st.sampled_from(WRITTEN[:12]))
def test_whatever_is_around_an_address_hides_nothing(before: str, after: str, text: str) -> None:
    """Apart by a line, as pasted text is"""
    pairs = find_pairs(f"{before[:50]}\n\n{URL}\n\n{after[:50]}")
    assert Pair(KEY, Secret(SECRET), "lumen") in pairs
    assert find_pairs(text)


@given(st.text(alphabet=st.characters(blacklist_categories=["Nd"])))
def test_without_digits_there_is_no_pair(text: str) -> None:
    """Whatever else is in the text"""
    assert find_pairs(text) == ()


def test_random_pairs_are_found() -> None:
    """At least 99 of a hundred that have no names"""
    drawing = random.Random(5)  # noqa: S311  # the same ones each time
    made = [
        ("".join(drawing.choices(string.digits, k=15)), "".join(drawing.choices(ALPHABET, k=27)))
        for _ in range(1000)
    ]
    missed = [each for each in made if not find_pairs(" ".join(each))]
    assert len(missed) <= 10, missed


def test_a_huge_text_is_searched_in_time() -> None:
    """Hostile ones too: nothing here goes back and forth without end"""
    for text in (
        f"{KEY} {SECRET} cloud_name: x " * 3_000,
        f"{KEY} " * 5_000,
        f"{SECRET} " * 5_000,
        "api_key: " * 20_000,
        "_" * 200_000,
    ):
        find_pairs(text)


@pytest.mark.parametrize("zeros", ["", "0" * 5_000])
def test_no_number_of_a_character_hides_a_pair(zeros: str) -> None:
    """However many digits it has, in a text that Slack escaped and in one of a scanner"""
    for number in ("9" * 5_000, "0"):
        assert find_pairs(f"&#{zeros}{number}; {URL}")
        assert find_pairs(f"&amp;#{zeros}{number}; {URL}")
    assert find_pairs(URL.replace("@", f"&#{zeros}64;"))[0].cloud == "lumen"


def test_a_pair_never_shows_its_secret() -> None:
    """A log line or a traceback shows the repr"""
    pair = Pair(KEY, Secret(SECRET), "lumen")
    assert SECRET not in repr(pair)
    assert SECRET not in str(find_pairs(URL))


OLD, NEW = b"1" * 32, b"2" * 32


def test_a_mark_is_compared_across_a_change_of_the_signing_key() -> None:
    """It names the key under which it was made"""
    pair = find_pairs(URL)[0]
    mark = PairMarks(Keyring([OLD])).mark(pair)
    after = PairMarks(Keyring([NEW, OLD]))
    assert after.is_of(mark, pair)
    assert after.mark(pair) != mark
    assert not after.is_of(mark, Pair(KEY, Secret(SECRET[::-1])))
    assert SECRET not in mark


def test_a_mark_under_an_unknown_key_goes_to_another_process() -> None:
    """It counts neither as the pair's nor as another one's"""
    pair = find_pairs(URL)[0]
    mark = PairMarks(Keyring([OLD])).mark(pair)
    with pytest.raises(Unread):
        PairMarks(Keyring([NEW])).is_of(mark, pair)
