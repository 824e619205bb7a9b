"""What the owner of a link reads when it was opened."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.keyring import Keyring
from bot.adapters.subkeys import address_marks
from bot.cards.kit import render
from bot.cards.unrequested import of_no_request
from bot.domain.link_receipts import Receipt, ShutReport
from bot.domain.requests.notifications import Topic, to_person
from tests.unit.cards_drawn import BLOCKS, is_escaped

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
SINCE_FIRST = ("api_key", "name", "environment", "at", "browser", "system", "signed_in")
"""What every version reads."""


@pytest.mark.parametrize("browser", [("Firefox", "Windows"), ("Firefox", ""), ("", "")])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_receipt_says_which_key_which_browser_and_who(
    browser: tuple[str, str], *, signed_in: bool
) -> None:
    """Whatever the key is called"""
    receipt = Receipt("814", "<!here> *x*", "Staging", AT, *browser, signed_in=signed_in)
    told = to_person("", Topic.RECEIPT, "U1", text=receipt.write())
    drawn = render(of_no_request(told))

    assert Receipt.read(told.text) == receipt
    BLOCKS.validate(list(drawn.blocks))
    assert is_escaped(drawn.text)
    assert all(each in drawn.text for each in ("Staging", *browser))
    assert ("You signed in" in drawn.text) == signed_in


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_receipt_says_that_a_passphrase_was_needed(*, signed_in: bool) -> None:
    """The whole link was not enough; a process of a former version reads one without it"""
    receipt = Receipt("814", "a", "b", AT, "", "", signed_in=signed_in, passphrase=True)
    told = to_person("", Topic.RECEIPT, "U1", text=receipt.write())
    drawn = render(of_no_request(told))

    assert Receipt.read(told.text) == receipt
    assert "link was enough" not in drawn.text
    assert "its passphrase" in drawn.text
    assert ("signed in with Slack" in drawn.text) is signed_in
    assert len(json.loads(replace(receipt, passphrase=False).write())) == len(SINCE_FIRST)


def test_wrong_passphrases_are_told_with_what_to_do() -> None:
    """Whatever the key is called"""
    report = ShutReport("<!here> *x*", "Staging")
    told = to_person("", Topic.SHUT, "U1", text=report.write())
    drawn = render(of_no_request(told))

    assert ShutReport.read(told.text) == report
    BLOCKS.validate(list(drawn.blocks))
    assert is_escaped(drawn.text)
    assert "5 wrong passphrases ended your link" in drawn.text
    assert "Nothing was revealed" in drawn.text


def test_an_address_is_hashed_under_the_signing_key_of_its_time() -> None:
    """The same address has the same hash, under another key another one, and no part of it shows"""
    before, after = address_marks(Keyring([OLD])), address_marks(Keyring([NEW, OLD]))
    assert before("203.0.113.7") == before("203.0.113.7")
    assert len({before("203.0.113.7"), before("203.0.113.8"), after("203.0.113.7")}) == 3
    assert "203" not in before("203.0.113.7").partition(".")[2][:3]
