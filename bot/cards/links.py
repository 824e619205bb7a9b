"""Cards about pending credentials and their one-time links."""

from typing import assert_never

from bot.cards.empty_claim import nothing_card
from bot.cards.kit import Anchor, Button, Card, Line, Moment, bold, card, code, item, line, msg
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.text import quote
from bot.domain.outcomes import links as outcomes
from bot.domain.pending import PendingCredentials


def link_card(outcome: outcomes.LinkOutcome) -> Card:
    """Draw an outcome of collecting credentials."""
    match outcome:
        case outcomes.LinkReady():
            return _ready(outcome)
        case outcomes.NothingToClaim():
            return nothing_card(outcome)
        case outcomes.NotReady(request):
            name, place = bold(request.terms.name), request.terms.environment_name
            return card(
                line(name, f" in {place} is being created. Press Collect again in a few seconds."),
                buttons=[Button("Collect", "claim", style="primary", request_id=request.id)],
            )
        case outcomes.WhichPending(pending):
            return card(
                line("You have several credentials to collect. Choose one:"),
                *map(summary, pending),
                buttons=[
                    Button(f"{each.name} in {each.environment_name}", write(Claim(each.id)))
                    for each in pending
                ],
            )
        case outcomes.ClaimRefused(pending):
            return card(
                line(
                    "You can't collect ",
                    bold(pending.name),
                    f" in {pending.environment_name}: you no longer have access to it.",
                ),
                line(
                    "Your Cloudinary role, the policy or the request changed since it was approved."
                    " The key stays disabled."
                ),
                line("Still need it? Type ", code(f"/cld request {quote(pending.cloud_name)}")),
            )
        case outcomes.SecretWithheld(pending, offers):
            start = "/cld key create <name> --env" if offers else "/cld request"
            again = code(f"{start} {quote(pending.cloud_name)}")
            return card(
                line("Cloudinary doesn't show the secret of ", bold(pending.name), " again."),
                line("The key stays disabled. To get a new key, type ", again),
            )
        case _:
            assert_never(outcome)


def _ready(outcome: outcomes.LinkReady) -> Card:
    stop = DisableKey(outcome.pending.api_key, outcome.pending.cloud_name)
    pending, ends = outcome.pending, Moment(outcome.expires_at)
    return card(
        created(pending),
        line(Anchor(msg("Reveal credentials (one time)"), outcome.url)),
        item("Revealing the credentials enables the key."),
        item("Expires ", ends, ". Opening the page doesn't use it up."),
        item("Fingerprint: ", code(pending.fingerprint), ". The page shows the same one."),
        item("Missed it? ", code("/cld claim"), " gets a new link and cancels this one."),
        buttons=[Button(f"Disable {pending.name}", write(stop), style="danger")],
    )


def created(pending: PendingCredentials) -> Line:
    """Say that a key waits for its owner."""
    place = pending.environment_name
    return line(bold(pending.name), f" in {place} is created (disabled until you collect it).")


def summary(pending: PendingCredentials) -> Line:
    """Draw pending credentials as an item of a list."""
    where = f" in {pending.environment_name}, created "
    return item(bold(pending.name), where, Moment(pending.made_at))
