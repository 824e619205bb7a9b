import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.adapters.cloudinary import calls
from bot.adapters.cloudinary.wire import Call
from bot.errors import Invalid
from tests.fakes.every_call import EVERY_CALL, PLACE


@given(st.text(min_size=1))
def test_a_name_with_odd_characters_survives(name: str) -> None:
    """The JSON holds the name unchanged"""
    sent = calls.generate_key(PLACE, name).body or b""

    assert {"name": name, "enabled": False} == json.loads(sent)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_id_stays_in_its_segment(api_key: str) -> None:
    """No character of an id changes the shape of the path"""
    call = calls.update_key("e1", api_key, enabled=True)
    assume(api_key not in {".", ".."})

    before, _, last = urlsplit("http://host" + call.target("acc")).path.rpartition("/")

    assert before.endswith("/accounts/acc/sub_accounts/e1/access_keys")
    assert api_key == unquote(last)


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_that_names_another_path_is_not_sent(id_: str) -> None:
    """It would address another resource, so the call is refused"""
    with pytest.raises(Invalid):
        calls.list_keys(id_, 1).target("acc")


@pytest.mark.parametrize(
    ("email", "asked"),
    [
        ("tom@lumen.example", ["tom@lumen.example"]),
        ("Ada+x@Lumen.example", ["Ada+x@Lumen.example", "ada+x@lumen.example"]),
    ],
)
def test_users_are_searched_by_both_spellings(email: str, asked: list[str]) -> None:
    """The address as given, and case-folded where that differs"""
    query = urlsplit(calls.find_users(email).target("acc")).query

    assert {"emails": asked} == parse_qs(query)


@pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: f"{call.method} {call.template}")
def test_only_creating_a_key_is_not_repeatable(call: Call[object]) -> None:
    """Every other call may be repeated"""
    assert (call.method != "POST") == call.repeatable
