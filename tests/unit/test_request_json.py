import json
from dataclasses import fields

from hypothesis import given, settings

from bot.adapters.request_json import dumps, loads
from bot.domain.requests import Request
from tests.unit.requests_drawn import FIELDS, requests
from tests.unit.requests_made import PENDING


@given(requests)
@settings(max_examples=200)
def test_a_request_is_read_back_as_it_was_written(request_: Request) -> None:
    """In every field, whatever stands in it"""
    assert request_ == loads(dumps(request_), request_.card)


@given(requests)
@settings(max_examples=50)
def test_what_is_written_is_ascii_on_one_line(request_: Request) -> None:
    """Nothing in it depends on who reads"""
    written = dumps(request_)
    assert written.isascii()
    assert "\n" not in written


def test_every_field_is_written() -> None:
    """By its name; where the card stands is kept beside it"""
    names = {field.name for field in fields(Request)} - {"card"}
    assert names == json.loads(dumps(PENDING)).keys()


def test_a_draw_of_requests_leaves_no_field_out() -> None:
    """So that a new field is tried with odd values too"""
    assert {field.name for field in fields(Request)} == FIELDS.keys()
