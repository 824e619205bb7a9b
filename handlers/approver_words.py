"""What the page of an approver's sign-in says."""

from dataclasses import dataclass
from typing import Final

from bot.domain.phrases import Phrase, msg

TITLE: Final = msg("Keysmith: approve a request")
FOOTER: Final = msg(
    "Signing in approves nothing. Your approval counts once you press Approve in Slack."
)
SIGN_IN: Final = msg("Sign in with Slack")
AGAIN: Final = msg("Sign in again")


@dataclass(frozen=True)
class Said:
    """One state of the page: its heading, what happened and what to do, and what to press.

    Placeholders: `id` and `fingerprint` of the request, `error` of what went wrong.
    """

    heading: Phrase
    texts: tuple[Phrase, ...]
    press: Phrase | None = None


WAITING: Final = Said(
    msg("Sign in to approve"),
    (
        msg(
            "Sign in with the Slack account that you approve with. Then go back to Slack and press"
            " Approve. You don't have to type the name."
        ),
        msg(
            "This is for request {id}, fingerprint {fingerprint}. Compare the fingerprint with the"
            " one in your form."
        ),
    ),
    SIGN_IN,
)
CONFIRMED: Final = Said(
    msg("You're signed in"),
    (
        msg(
            "Go back to Slack and press Approve within five minutes. You don't have to type the"
            " name."
        ),
        msg("Your sign-in counts for one approval of request {id}, fingerprint {fingerprint}."),
    ),
)
OVER: Final = Said(
    msg("This request no longer waits for you"),
    (
        msg(
            "It was decided, cancelled or changed, or it expired. You approved nothing here. To see"
            " it, type `/cld requests {id}` in Slack."
        ),
    ),
)
ANOTHER: Final = Said(
    msg("This form isn't yours"),
    (
        msg(
            "You signed in with Slack as another person than the one who opened the form. Your"
            " sign-in doesn't count, and nothing was approved."
        ),
        msg("If you have several Slack accounts, sign in with the one that you approve with."),
    ),
    AGAIN,
)
UNSIGNED: Final = Said(
    msg("You aren't signed in"),
    (msg("Nothing was approved. Sign in again, or type the name in the form in Slack."),),
    AGAIN,
)
UNKNOWN: Final = Said(
    msg("This address isn't valid"),
    (
        msg(
            "Nothing was approved. In Slack, press Approve… on the request again, and use the"
            " button in that form."
        ),
    ),
)
BROKEN: Final = Said(
    msg("Something went wrong"),
    (
        msg(
            "Keysmith can't check your sign-in right now. Nothing was approved. Reload this page in"
            " a minute, or type the name in the form in Slack."
        ),
        msg("If this keeps happening, give your admin this error id: {error}"),
    ),
)
