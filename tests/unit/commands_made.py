"""Commands and texts for Hypothesis to make."""

from typing import Final

from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.commands import FORMS, PLANNED
from bot.domain.grammar import MAX_DAYS, MAX_NAME
from bot.domain.words import has_control_characters, looks_secret

ODD: Final = "\"'\\\n\t&<>|@#!-= \u201c\u201d\u2018\u2019\u2014\u202e\u00e9\u6771\U0001f511"
"""Characters that one part of the grammar or another treats as its own."""


def _typeable(name: str) -> bool:
    return bool(name.strip()) and not (has_control_characters(name) or looks_secret(name))


names: Final = (
    st.text(min_size=1, max_size=MAX_NAME)
    | st.text(st.sampled_from(ODD), min_size=1, max_size=MAX_NAME)
    | st.sampled_from(["key", "explain", "--env", "&lt;b&gt;", "<b>", "<@U1|tom>", "&amp;amp;"])
).filter(_typeable)

_env: Final = st.none() | names

plain: Final[st.SearchStrategy[c.Plain]] = st.one_of(
    st.builds(c.Help, _env),
    st.builds(c.WhoAmI),
    st.builds(c.Claim, _env),
    st.builds(c.ListEnvironments),
    st.builds(c.ShowEnvironment, names),
    st.builds(c.ListKeys, _env, st.none() | st.integers(1, MAX_DAYS)),
    st.builds(c.ShowKey, names, _env),
    st.builds(c.CreateKey, names, _env),
    st.builds(c.EnableKey, names, _env),
    st.builds(c.DisableKey, names, _env, _env),
    st.builds(c.RenameKey, names, names, _env),
    st.builds(c.DeleteKey, names, _env),
)

commands: Final[st.SearchStrategy[c.Command]] = st.one_of(
    st.builds(c.Menu), plain, st.builds(c.Explain, plain)
)

_WORDS: Final = sorted({word for form in FORMS for word in form.words} | set(PLANNED))

texts: Final = st.text() | st.lists(
    st.sampled_from([*_WORDS, "explain", "--env", "--confirm=x", "--stale", "90d", '"a b"', "'a'"])
    | st.text(st.sampled_from(ODD), max_size=6)
    | st.text(max_size=6),
    max_size=8,
).map(" ".join)
"""Anything at all, and what looks like a command."""
