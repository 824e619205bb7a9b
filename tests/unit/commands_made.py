"""Commands and texts for Hypothesis to make."""

from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.commands import FORMS, MAX_NAME, MAX_PROSE, PLANNED
from bot.domain.durations import MAX_DAYS
from bot.domain.grammar import WHICH
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

prose: Final = st.text(min_size=1, max_size=MAX_PROSE).filter(_typeable)
"""Reasons, comments, questions."""

_env: Final = st.none() | names
_prose: Final = st.none() | prose
_span: Final = st.none() | st.integers(1, MAX_DAYS * 24 * 60).map(
    lambda minutes: timedelta(minutes=minutes) if minutes < 10**6 else timedelta(days=7)
)
_people: Final = st.none() | st.from_regex(r"@[UW][A-Z0-9]{2,10}", fullmatch=True)

plain: Final[st.SearchStrategy[c.Plain]] = st.one_of(
    st.builds(c.Help, _env),
    st.builds(c.WhoAmI),
    st.builds(c.Claim, _env),
    st.builds(c.ListEnvironments),
    st.builds(c.ShowEnvironment, names),
    st.builds(c.ListKeys, _env, st.none() | st.integers(1, MAX_DAYS)),
    st.builds(c.ShowKey, names, _env),
    st.builds(c.CreateKey, names, _env, _prose),
    st.builds(c.EnableKey, names, _env, _prose),
    st.builds(c.DisableKey, names, _env, _env, _prose),
    st.builds(c.RenameKey, names, names, _env, _prose),
    st.builds(c.DeleteKey, names, _env, _prose),
    st.builds(c.RequestKey, names, prose, _env, _span, _people),
    st.builds(c.ListRequests, st.none() | st.sampled_from(WHICH)),
    st.builds(c.Approve, names, _prose, _env),
    st.builds(c.Deny, names, prose),
    st.builds(c.Withdraw, names),
    st.builds(c.Cancel, names),
    st.builds(c.AskAbout, names, prose),
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
