"""What a service that fails means to the person at the command line."""

from redis.exceptions import RedisError

from bot.adapters.redis.faults import UNUSABLE, in_words
from bot.errors import CloudinaryError, Halted, SlackAway, SlackError, StoreError, Unread


def told(error: Exception) -> str:
    """Say what a service did: a sentence without a stop; empty where the error is of none."""
    match error:
        case Halted() | Unread():
            return str(error)
        case StoreError() | RedisError():
            return f"{UNUSABLE}{in_words(error)}"
        case SlackAway():
            return f"Slack does not answer: {error.reason}"
        case SlackError():
            return f"Slack refuses: {error.code}"
        case CloudinaryError():
            return f"Cloudinary does not answer, or refuses: {error.message}"
        case _:
            return ""
