"""Strategies for commands and texts."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from bot.domain.commands.fields import (
    DAYS,
    DURATION,
    FLAG,
    MAX_NAME,
    MAX_PROSE,
    PASSPHRASE,
    PERSON,
    PROSE,
    REFERENCE,
    Kind,
)
from bot.domain.commands.general import Menu
from bot.domain.commands.key_fields import KEY_STATES, ROLE_CHANGES, TAG, USES
from bot.domain.commands.keys import RolesOfKey
from bot.domain.commands.registry import BY_WORDS, COMMANDS, Command, Explain, Plain, Spec
from bot.domain.commands.requests import REQUEST, RESULTS, WHICH
from bot.domain.commands.reviews import ANSWERS, AnswerReview
from bot.domain.commands.rotations import TYPED, Cadence
from bot.domain.commands.text import has_control_characters
from bot.domain.durations import MAX_DAYS
from bot.domain.environments import Tier
from bot.domain.offboard_pieces import Piece
from bot.domain.people import Role
from bot.domain.request_ids import ID

ODD: Final = "\"'\\\n\t&<>|@#!-= \u201c\u201d\u2018\u2019\u2014\u202e\u00e9\u6771\U0001f511"
"""Characters with a meaning somewhere in the grammar."""
MAX_COUNT: Final = 999_999
"""The most minutes that a written duration can have."""


def as_slack_sends(text: str) -> str:
    """Escape what is typed, as Slack does."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _typeable(name: str) -> bool:
    return bool(name.strip()) and not has_control_characters(name)


names: Final = (
    st.text(min_size=1, max_size=MAX_NAME)
    | st.text(st.sampled_from(ODD), min_size=1, max_size=MAX_NAME)
    | st.sampled_from(["key", "explain", "--env", "&lt;b&gt;", "<b>", "<@U1|tom>", "&amp;amp;"])
).filter(_typeable)

prose: Final = st.text(min_size=1, max_size=MAX_PROSE).filter(_typeable)
"""Reasons, comments, questions."""

_VALUES: Final[Mapping[Kind, st.SearchStrategy[object]]] = {
    PROSE: prose,
    REFERENCE: st.from_regex("[0-9a-z]{1,20}", fullmatch=True),
    FLAG: st.just(True),  # noqa: FBT003  # a flag that is given
    PASSPHRASE: st.just(True),  # noqa: FBT003  # likewise
    DAYS: st.integers(1, MAX_DAYS),
    DURATION: st.integers(1, MAX_DAYS).map(lambda days: timedelta(days=days))
    | st.integers(1, MAX_COUNT).map(lambda minutes: timedelta(minutes=minutes)),
    BY_WORDS["requests",].fields["which"].kind: st.sampled_from(WHICH)
    | st.from_regex(ID, fullmatch=True),
    REQUEST: st.from_regex(ID, fullmatch=True),
    BY_WORDS["env", "create"].fields["cloud-name"].kind: st.from_regex(
        "[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True
    ),
    BY_WORDS["user", "add"].fields["role"].kind: st.sampled_from([*map(str, Role)]),
    BY_WORDS["env", "tier"].fields["tier"].kind: st.sampled_from([*map(str, Tier)]),
    BY_WORDS["user", "offboard"].fields["parts"].kind: st.sets(
        st.sampled_from(Piece), min_size=1
    ).map(lambda found: ",".join(piece for piece in Piece if piece in found)),
    BY_WORDS["key", "list"].fields["state"].kind: st.sampled_from(KEY_STATES),
    BY_WORDS["key", "roles"].fields["change"].kind: st.sampled_from(ROLE_CHANGES),
    BY_WORDS["rotation",].fields["step"].kind: st.sampled_from(TYPED),
    BY_WORDS["key", "rotate"].fields["grace"].kind: st.integers(1, 30).map(
        lambda days: timedelta(days=days)
    ),
    BY_WORDS["key", "rotate"].fields["every"].kind: st.sampled_from(Cadence)
    | st.integers(7, 730).map(lambda days: timedelta(days=days)),
    BY_WORDS["key", "why"].fields["action"].kind: st.sampled_from(USES),
    BY_WORDS["key", "brownout"].fields["for"].kind: st.integers(1, 24 * 60).map(
        lambda minutes: timedelta(minutes=minutes)
    ),
    BY_WORDS["review", "report"].fields["id"].kind: st.from_regex(ID, fullmatch=True),
    BY_WORDS["review", "answer"].fields["answer"].kind: st.sampled_from(ANSWERS),
    BY_WORDS["result",].fields["what"].kind: st.sampled_from(RESULTS),
    BY_WORDS["key", "tag"].fields["change"].kind: st.sampled_from(ROLE_CHANGES),
    TAG: st.from_regex("[a-z0-9][a-z0-9_-]{0,29}", fullmatch=True),
    PERSON: st.from_regex(r"@[UW][A-Z0-9]{2,10}", fullmatch=True),
}
"""Values of each kind of field; a kind that is missing here takes names."""


def _made(spec: Spec) -> st.SearchStrategy[Plain]:
    defaults = {each.name: each.default for each in dataclasses.fields(spec.build)}
    values = {name: _value(f.kind, defaults[name]) for name, f in spec.attributes.items()}
    if spec.build is RolesOfKey:  # a role follows what to do with it
        values["change"] = st.sampled_from(ROLE_CHANGES)
    built: st.SearchStrategy[Plain] = st.builds(spec.build, **values)
    if spec.build is AnswerReview:  # all of it, or none
        return built.filter(lambda it: it == AnswerReview() or None not in vars(it).values())
    return built


def _value(kind: Kind, default: object) -> st.SearchStrategy[object]:
    given = _VALUES.get(kind, names)
    absent = default is dataclasses.MISSING
    return given if absent else st.just(default) | given


plain: Final[st.SearchStrategy[Plain]] = st.one_of(*map(_made, COMMANDS))
"""Every command, with and without its optional fields."""

commands: Final[st.SearchStrategy[Command]] = st.one_of(
    st.builds(Menu), plain, st.builds(Explain, plain)
)

_QUOTED: Final = st.text(st.sampled_from('"\\&<>'), min_size=1, max_size=MAX_PROSE).map(
    lambda text: f"'{as_slack_sends(text)}'"
)
"""Texts that grow when written: each character may become two or more."""
_LONG: Final = st.sampled_from(
    [
        "deny 1f2er --reason {}",
        "request shop-dev ci-bot --expires 7d --reason {}",
        "request --reason {}",
        "key disable {} --reason {}",
        "key rename {} {}",
        "approve 1f2er --confirm {} --comment {}",
        "ask 1f2er --question {}",
    ]
)
typed: Final = st.builds(
    lambda explained, form, words: explained + form.format(*words),
    st.sampled_from(["", "explain "]),
    _LONG,
    st.lists(_QUOTED, min_size=2, max_size=2),
)
"""Commands as Slack sends them, up to the limit and beyond."""

_WORDS: Final = sorted({word for spec in COMMANDS for word in spec.words})

texts: Final = st.text() | st.lists(
    st.sampled_from(
        [
            *_WORDS,
            "explain",
            "--env",
            "--confirm=x",
            "--stale",
            "90d",
            "--emergency",
            "--for",
            "@U123",
            '"a b"',
            "'a'",
        ]
    )
    | st.text(st.sampled_from(ODD), max_size=6)
    | st.text(max_size=6),
    max_size=8,
).map(" ".join)
"""Arbitrary texts, and texts that look like a command."""
