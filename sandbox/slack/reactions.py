"""Emoji reactions to a message."""

import re
from dataclasses import replace
from typing import Final

from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Message, Reaction

_NAME: Final = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
MAX_OF_A_PERSON: Final = 23
"""Reactions by one person; Slack has both limits but publishes neither number."""
MAX_EMOJI: Final = 50
"""Different emoji on one message."""


def react(message: Message, user: str, name: str) -> Message:
    """Add a reaction, or refuse it."""
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    others = [reaction for reaction in message.reactions if reaction.name != name]
    known = next((one for one in message.reactions if one.name == name), Reaction(name))
    if user in known.users:
        raise Refusal("already_reacted")
    if sum(user in reaction.users for reaction in others) >= MAX_OF_A_PERSON:
        raise Refusal("too_many_reactions")
    if not known.users and len(others) >= MAX_EMOJI:
        raise Refusal("too_many_emoji")
    return _with(message, Reaction(name, (*known.users, user)))


def unreact(message: Message, user: str, name: str) -> Message:
    """Remove a reaction, or refuse that."""
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    known = next((one for one in message.reactions if one.name == name), Reaction(name))
    if user not in known.users:
        raise Refusal("no_reaction")
    return _with(message, Reaction(name, tuple(one for one in known.users if one != user)))


def _with(message: Message, changed: Reaction) -> Message:
    """The message with the changed reaction; one without users is removed."""
    kept = {reaction.name: reaction for reaction in message.reactions} | {changed.name: changed}
    return replace(message, reactions=tuple(one for one in kept.values() if one.users))
