"""The type that secrets have in memory, and that every value which holds one uses it."""

import copy
import dataclasses
import json
import logging
import pickle
import re
import typing
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import structlog

from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.shapes import KeyPage
from bot.domain import links
from bot.domain.keys import Credentials, Generated
from bot.domain.leaks import Pair
from bot.domain.outcomes.union import Outcome
from bot.domain.phrases import Anchor, Phrase
from bot.domain.secret import Secret
from bot.flows.links.sign_in import Ended
from handlers.pages import RevealRequest
from tests.unit.outcomes_made import URL, outcomes

TEXT: Final = "m4deUpSecretOfTwentySevenCh"
HELD: Final = Credentials("lumen", "814", Secret(TEXT))
WALKED: Final = (
    *(Outcome, links.Whose, links.Reveal, Ended, links.SealedBundle, links.Made),
    *(Generated, KeyPage, Credentials, Pair, AccountCredentials, RevealRequest),
)
SECRET: Final = re.compile(r"secret$|fragment|proof$|password|passphrase|token|^url$")
"""Names of fields that have to be secrets."""
NONE: Final = {
    *("Incident.other_secret", "SeenLeak.other_secret", "Anchor.url"),
    *("Claim.passphrase", "CreateKey.passphrase", "RequestKey.passphrase"),
    *("RotateKey.passphrase", "WhichPending.passphrase"),
    *("Request.passphrase", "PendingCredentials.passphrase"),
}
"""Fields that only say whether there is a secret, one that exists to be posted, and sealed ones."""

PRINTED: Final = (
    repr,
    str,
    lambda it: f"{it}",
    lambda it: f"{it!s:>40}",
    lambda it: "%s %r" % (it, it),  # noqa: UP031  # as logging does it
    lambda it: repr([it, (it,), {it: it}]),
    lambda it: json.dumps({"it": it}, default=repr),
    lambda it: str(dataclasses.asdict(dataclasses.replace(HELD, api_secret=it))),
    lambda it: repr(HELD) + str(copy.copy(it)) + repr(copy.deepcopy([it])),
    lambda it: structlog.processors.JSONRenderer()(None, "info", {"event": it, "held": HELD}),
    lambda it: logging.LogRecord("n", 1, "p", 1, "%s of %r", (it, HELD), None).getMessage(),
)


@pytest.mark.parametrize("printed", PRINTED)
def test_nothing_that_prints_a_secret_shows_it(printed: Callable[[Secret], str]) -> None:
    """By any way that a value takes into a line of text"""
    shown = printed(Secret(TEXT))
    assert TEXT not in shown
    assert "…" in shown or r"\u2026" in shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_refuses_a_secret(protocol: int) -> None:
    """Alone, and inside of what holds it"""
    for each in (Secret(TEXT), HELD):
        with pytest.raises(TypeError, match="not stored"):
            pickle.dumps(each, protocol)


def test_json_refuses_a_secret() -> None:
    """Instead of writing it"""
    with pytest.raises(TypeError):
        json.dumps({"secret": Secret(TEXT)})


def test_a_traceback_with_its_locals_shows_no_secret() -> None:
    """As log processors print them"""
    secret, pair = Secret(TEXT), HELD
    try:
        int(f"{secret} of {pair}")
    except ValueError as error:
        frames = structlog.tracebacks.extract(
            ValueError, error, error.__traceback__, show_locals=True
        )
    assert "Secret(…)" in str(frames)
    assert TEXT not in str(frames)


def test_a_secret_is_compared_by_its_text_and_kept_by_copies() -> None:
    """Also as the key of a dictionary; no text equals one"""
    secret = Secret(TEXT)
    assert secret == Secret(TEXT) != Secret(TEXT[::-1])
    assert secret != TEXT
    assert {secret: 1}[Secret(TEXT)] == 1
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    assert secret.show() == TEXT
    assert secret
    assert not Secret()
    assert Secret("\ud800") != Secret(TEXT)
    assert not hasattr(secret, "__dict__")


def types_in(annotation: object, seen: set[type]) -> Iterator[type]:
    """Give every dataclass that a value of this type may hold."""
    for part in typing.get_args(annotation):
        yield from types_in(part, seen)
    if not isinstance(annotation, type) or annotation in seen:
        return
    seen.add(annotation)
    if dataclasses.is_dataclass(annotation):
        yield annotation
        for each in typing.get_type_hints(annotation).values():
            yield from types_in(each, seen)


def test_no_outcome_and_nothing_in_one_holds_a_secret_as_text() -> None:
    """Nor what reads, seals or posts one"""
    seen = set[type]()
    walked = [each for root in WALKED for each in types_in(root, seen)]
    fields = [
        (f"{kind.__name__}.{each.name}", typing.get_type_hints(kind)[each.name])
        for kind in walked
        for each in dataclasses.fields(kind)
    ]
    named = {name: type_ for name, type_ in fields if SECRET.search(name.partition(".")[2])}
    assert {"Credentials.api_secret", "LinkReady.url", "Pair.secret"} <= named.keys()
    assert {name for name, type_ in named.items() if type_ is not Secret} == NONE & named.keys()
    assert len(walked) > 150


def test_no_outcome_prints_the_key_of_a_link() -> None:
    """However it is drawn"""
    key = URL.partition("#")[2]
    assert key
    assert not [each for each in outcomes("ci-bot") if key in f"{each}{each!r}"]
    assert key not in repr(Anchor(Phrase("Reveal"), URL))
