"""What phones, keyboards and pasted texts make of a command."""

import re
import sys
import unicodedata
from datetime import timedelta
from functools import cache
from itertools import chain
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands.grammar import Misunderstood, read, read_typed, write
from bot.domain.commands.keys import DisableKey, ListKeys, ShowKey
from bot.domain.commands.registry import COMMANDS, Command
from bot.domain.commands.requests import Approve, Deny, ListRequests, RequestKey
from bot.domain.commands.text import DASHES, INVISIBLE

_ALL = "".join(map(chr, chain(range(0xD800), range(0xE000, sys.maxunicode + 1))))
DASHLIKE = re.findall(f"[{DASHES}]", _ALL)
OPTIONS = [(spec, option) for spec in COMMANDS for option in spec.options]
VALUES = {
    "env": "a",
    "stale": "90d",
    "expires": "7d",
    "for": "@U0MIA0001",
    "tier": "staging",
    "state": "enabled",
    "role": "admin",
    "inactive": "90d",
    "parts": "keys,links",
    "grace": "24h",
    "every": "90d",
    "who": "@U0MIA0001",
    "since": "7d",
    "expiring": "14d",
    "key brownout for": "10m",
}


def test_every_dash_of_unicode_is_a_dash() -> None:
    """And signs that keyboards take for one: minus, hyphen bullet"""
    assert {each for each in _ALL if unicodedata.category(each) == "Pd"} <= set(DASHLIKE)
    assert {"-", "\u2212", "\u2043"} <= set(DASHLIKE)


@cache
def with_hyphens(typed: str) -> str:
    """What a text means with two hyphens, read once for all examples."""
    return write(read_typed(typed.format("--")))


@given(st.lists(st.sampled_from(DASHLIKE), min_size=1, max_size=4).map("".join))
def test_any_run_of_dashes_begins_each_option(dashes: str) -> None:
    """Of every command, with a space and with an equals sign, as after two hyphens"""
    for spec, option in OPTIONS:
        known = VALUES.get(option.name, "x")
        value = "" if option.kind.flag else VALUES.get(f"{spec.name} {option.name}", known)
        for between in " =" if value else "":
            typed = f"{spec.name} {{}}{option.name}{between}{value}"
            assert with_hyphens(typed)
            assert with_hyphens(typed) == write(read_typed(typed.format(dashes)))


TYPED: dict[str, Command] = {
    "key show ci-bot \u2014\u2014env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot \u2014-env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot -\u2014env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot \u2011\u2011env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot \u2212\u2212env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot \u2015env Staging": ShowKey("ci-bot", "Staging"),
    "key show ci-bot -env Staging": ShowKey("ci-bot", "Staging"),
    "key\u00a0show\u202fci-bot": ShowKey("ci-bot"),
    "key show ci\u200b-bot\ufeff": ShowKey("ci-bot"),
    "key show \u2068ci-bot\u2069": ShowKey("ci-bot"),
    "key show ci-bot -\u2060-env Staging": ShowKey("ci-bot", "Staging"),
    "key show `ci-bot`": ShowKey("ci-bot"),
    "key show `ci bot`": ShowKey("ci bot"),
    "key show *ci-bot*": ShowKey("ci-bot"),
    "key show _ci-bot_": ShowKey("ci-bot"),
    "key show ~ci-bot~": ShowKey("ci-bot"),
    "key show *_ci-bot_*": ShowKey("ci-bot"),
    "`key show ci-bot`": ShowKey("ci-bot"),
    "```/cld key show ci-bot```": ShowKey("ci-bot"),
    "*key show ci-bot*": ShowKey("ci-bot"),
    "/cld key show ci-bot": ShowKey("ci-bot"),
    "/CLD key list": ListKeys(),
    "/cld": read(""),  # type: ignore[dict-item]  # the menu
    "key show ci-bot.": ShowKey("ci-bot"),
    "key show ci-bot, --env Staging.": ShowKey("ci-bot", "Staging"),
    "key show \u201cci bot\u201d.": ShowKey("ci bot"),
    "key disable ci-bot!": DisableKey("ci-bot"),
    "key list;": ListKeys(),
    "key show \u00ab\u00a0ci bot\u00a0\u00bb": ShowKey("ci bot"),
    "key show \u2039ci bot\u203a": ShowKey("ci bot"),
    "key show \u201eci bot\u201d": ShowKey("ci bot"),
    "key show \u201aci bot\u2018": ShowKey("ci bot"),
    "key show \u201dci bot\u201d": ShowKey("ci bot"),
    "key show \u300cci bot\u300d": ShowKey("ci bot"),
    "key show \u300eci bot\u300f": ShowKey("ci bot"),
    "key show \uff02ci bot\uff02": ShowKey("ci bot"),
    'key show "ci bot\u201d': ShowKey("ci bot"),
    "key show bob\u2019s": ShowKey("bob's"),
    "key show \u2018bob\u2019s key\u2019": ShowKey("bob's key".replace("'", "\u2019")),
    "key show <mailto:ci@lumen.example>": ShowKey("ci@lumen.example"),
    "key show <tel:+49301234|+49301234>": ShowKey("+49301234"),
    "approve D3B70ADE53AB4BACR": Approve("d3b70ade53ab4bacr"),
    "approve #d3b70ade53ab4bacr": Approve("d3b70ade53ab4bacr"),
    "approve `D3B70ADE53AB4BACR`": Approve("d3b70ade53ab4bacr"),
    "approve *#d3b70ade53ab4bacr*.": Approve("d3b70ade53ab4bacr"),
    "requests #D3B70ADE53AB4BACR": ListRequests("d3b70ade53ab4bacr"),
    "requests Pending": ListRequests("pending"),
    "request staging, preview --reason demo": RequestKey("staging,preview", "demo"),
}


@pytest.mark.parametrize(("text", "command"), TYPED.items(), ids=map(ascii, TYPED))
def test_what_surrounds_a_name_is_no_part_of_it(text: str, command: Command) -> None:
    """Dashes, spaces, quotes, formatting, links, the end of a sentence"""
    assert command == read_typed(text)


NAMES = [
    "_x_",
    "`x`",
    "*x*",
    "x.",
    "x,",
    "x!",
    "\u2014env",
    "\u201cx\u201d",
    "\u300cx\u300d",
    "a\u200bb",
    "/cld",
]


@pytest.mark.parametrize("name", NAMES, ids=map(ascii, NAMES))
def test_a_name_that_has_such_characters_is_reached_in_quotes(name: str) -> None:
    """What stands in straight quotes stays as it is, and cards write it so"""
    assert ShowKey(name) == read_typed(f'key show "{name}"')
    assert ShowKey(name) == read(write(ShowKey(name)))


def test_stored_texts_of_former_versions_are_read_as_before() -> None:
    """They have names without quotes that now need them"""
    for name in ("_x_", "a.", "v1.2.", "x_"):
        assert ShowKey(name) == read(f"key show {name}")
    assert ShowKey("a \u300cb\u300d") == read('key show "a \u300cb\u300d"')
    assert ShowKey("\u201ca\u201d") == read('key show "&#8220;a&#8221;"')


STORED_BY_0_1: Final = """
help key
whoami
claim 1f2e3d4ar
explain key disable x
env list
env show "it needs --a \\"b\\" \\\\ &#60;c&#62; &#38; _x_"
env tier "ci bot" staging --reason "ci bot"
key list --env Staging --stale 90d
key show "it needs --a" --env Staging
key create x --env "ci bot" --reason "ci bot" --emergency
key enable x --env "ci bot" --reason "ci bot" --emergency
key disable "ci bot" --env x --confirm "ci bot" --reason "ci bot"
key rename "ci bot" x --env x --reason "ci bot"
key delete "ci bot" --env x --confirm "ci bot" --reason "ci bot"
key restore x --env x --reason "ci bot"
request x "ci bot" --reason "ci bot" --expires 7d --for U0ABC123 --emergency
renew 1f2e3d4ar --reason "ci bot" --expires 7d
delegate U0ABC123 --expires 90m
review 1f2e3d4ar --comment "it needs --a"
requests 1f2e3d4ar2
approve 1f2e3d4ar --comment "ci bot" --confirm "ci bot"
deny 1f2e3d4ar --reason "ci bot"
withdraw 1f2e3d4ar
cancel 1f2e3d4ar
ask 1f2e3d4ar --question "ci bot"
link U0ABC123 --reason "ci bot"
""".strip().splitlines()
"""Of jobs, and of offers behind buttons and forms."""


@pytest.mark.parametrize("text", STORED_BY_0_1)
def test_what_version_0_1_stored_is_the_same_command(text: str) -> None:
    """With every field that it had: it is written again as it was"""
    assert text == write(read(text))


def test_an_emoji_keeps_its_joiners_and_marks_of_another_script_too() -> None:
    """They have a meaning between such characters"""
    assert ShowKey("\u0646\u200c\u0627") == read_typed("key show \u0646\u200c\u0627")
    assert INVISIBLE.search("\U0001f468\u200d\U0001f4bb") is None


PROSE: dict[str, Command] = {
    "request staging --reason need it for CI": RequestKey("staging", "need it for CI"),
    "request staging --reason need it": RequestKey("staging", "need it"),
    "request staging ci --reason need it": RequestKey("staging", "need it", "ci"),
    "request staging --reason=need it": RequestKey("staging", "need it"),
    "request staging --reason need it, now. --expires 7d": RequestKey(
        "staging", "need it, now.", expires=timedelta(days=7)
    ),
    'request staging --reason call it "CI bot" please': RequestKey(
        "staging", 'call it "CI bot" please'
    ),
    'request staging --reason "need it" ci': RequestKey("staging", "need it", "ci"),
    'request staging --reason="need it" ci': RequestKey("staging", "need it", "ci"),
    "request staging --reason \u201cneed it\u201d ci": RequestKey("staging", "need it", "ci"),
    "request staging \u2014reason need it \u2014 now": RequestKey("staging", "need it \u2014 now"),
    "request staging --reason use the -env flag": RequestKey("staging", "use the -env flag"),
    "deny 1f2er --reason it's  too\nbroad": Deny("1f2er", "it's  too\nbroad"),
    "approve 1f2er --comment looks good \u2014confirm ci-bot": Approve(
        "1f2er", "looks good", "ci-bot"
    ),
}


@pytest.mark.parametrize(("text", "command"), PROSE.items())
def test_prose_runs_to_the_next_option(text: str, command: Command) -> None:
    """Without quotes, up to an option of the command; quotes end it"""
    assert command == read_typed(text)
    assert command == read(write(command))


DOUBTS = {
    "request staging need it for CI": {"env": "staging", "reason": "need it for CI"},
    "request staging ci need it --expires 7d": {
        "env": "staging",
        "reason": "ci need it",
        "expires": "7d",
    },
    "approve 1F2ER looks good to me": {"id": "1f2er", "comment": "looks good to me"},
    "deny 1f2er it is too broad.": {"id": "1f2er", "reason": "it is too broad."},
    "ask 1f2er which pipeline?": {"id": "1f2er", "question": "which pipeline?"},
    "request --reason need it staging": {"reason": "need it staging"},
    "form request staging --reason demo": {"env": "staging", "reason": "demo"},
}


@pytest.mark.parametrize(("text", "given_"), DOUBTS.items())
def test_words_that_may_be_prose_are_asked_about(text: str, given_: dict[str, str]) -> None:
    """A form has what was understood; none of it is a key's name, and nothing runs"""
    answer = read_typed(text)
    assert not isinstance(answer, Misunderstood)
    assert given_ == dict(getattr(answer, "given"))  # noqa: B009
    assert answer == read(write(answer))


@pytest.mark.parametrize(
    "text",
    [
        "request staging --reason need it --dry-run",
        "request staging --reason need it --expiers 7d",
        "key disable ci-bot --reason it leaked --force",
    ],
)
def test_what_looks_like_an_option_does_not_vanish_in_prose(text: str) -> None:
    """A misspelt `--expires` would make a key that never expires"""
    assert isinstance(read_typed(text), Misunderstood)
