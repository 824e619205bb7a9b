"""Cards about credentials that wait."""

from collections.abc import Sequence
from typing import assert_never

from bot.cards.kit import Anchor, Button, Card, Moment, bold, card, code, item, line
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.outcomes.links import (
    LinkOutcome,
    LinkReady,
    NothingToClaim,
    SecretWithheld,
    WhichPending,
)
from bot.domain.pending import PendingCredentials as Waiting


def link_card(outcome: LinkOutcome) -> Card:
    """Draw what came of collecting credentials."""
    match outcome:
        case LinkReady():
            return ready(outcome)
        case NothingToClaim():
            return nothing()
        case WhichPending(pending):
            return which(pending)
        case SecretWithheld(pending):
            return withheld(pending)
        case _:
            assert_never(outcome)


def ready(outcome: LinkReady) -> Card:
    """The link, for one person, once."""
    pending = outcome.pending
    return card(
        line(bold(pending.name), f" in {pending.environment_name} is made, and disabled so far."),
        line(Anchor("Show its credentials, once", outcome.url)),
        item("The key starts to work when you press Reveal there, not before."),
        item(
            "The link ends ", Moment(outcome.expires_at), ". Opening the page alone spends nothing."
        ),
        item("Fingerprint: ", code(pending.fingerprint), ". The page shows the same."),
        item("Missed it? ", code("/cld claim"), " makes a new link, and this one ends."),
    )


def nothing() -> Card:
    """Nothing waits."""
    return card(
        line("No credentials wait for you. They were collected, or their time has run out."),
        line("To make a key: ", code("/cld key create <name> --env <environment>")),
    )


def which(pending: Sequence[Waiting]) -> Card:
    """Several wait: a button for each."""
    return card(
        line("Several credentials wait for you. Which?"),
        *(
            item(bold(each.name), f" in {each.environment_name}, made ", Moment(each.made_at))
            for each in pending
        ),
        buttons=[
            Button(f"{each.name} in {each.environment_name}", write(Claim(each.id)))
            for each in pending
        ],
    )


def withheld(pending: Waiting) -> Card:
    """The secret can't be had again."""
    return card(
        line("Cloudinary does not show the secret of ", bold(pending.name), " again."),
        line("The key is disabled and stays so. Make another, under another name:"),
        line(code("/cld key create <name> --env"), " ", code(pending.cloud_name)),
    )
