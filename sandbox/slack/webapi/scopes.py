"""What the bot's token may do."""

from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin


def require(twin: Twin, *alternatives: str) -> None:
    """Refuse unless the token has one of the scopes; none asked for is always granted."""
    if alternatives and not twin.config.scopes.intersection(alternatives):
        needed, provided = ",".join(alternatives), ",".join(sorted(twin.config.scopes))
        raise Refusal("missing_scope", extra={"needed": needed, "provided": provided})
