"""Checking the scopes of the bot's token."""

from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin


def require(twin: Twin, *alternatives: str) -> None:
    """Refuse unless the token has one of the scopes; without any, allow."""
    if alternatives and not twin.config.scopes.intersection(alternatives):
        needed, provided = ",".join(alternatives), ",".join(sorted(twin.config.scopes))
        raise Refusal("missing_scope", extra={"needed": needed, "provided": provided})
