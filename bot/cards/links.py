"""Cards about pending credentials and their one-time links."""

from typing import assert_never

from bot.cards.kit import Anchor, Button, Card, Line, Moment, bold, card, code, item, line, msg
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.outcomes import links as outcomes
from bot.domain.pending import PendingCredentials


def link_card(outcome: outcomes.LinkOutcome) -> Card:
    """Draw an outcome of collecting credentials."""
    match outcome:
        case outcomes.LinkReady():
            return _ready(outcome)
        case outcomes.NothingToClaim(offers):
            look = "key show <name>" if offers else "requests mine"
            return card(
                line(
                    "No credentials wait for you. If there were any, they were collected, or their"
                    " time has run out."
                ),
                line("To ask for new ones: ", code("/cld request <environment> --reason …")),
                line(
                    "If you did not collect them and did expect them, look what became of them: ",
                    code(f"/cld {look}"),
                ),
            )
        case outcomes.NotReady(request):
            name, place = bold(request.terms.name), request.terms.environment_name
            return card(
                line(name, f" in {place} is being created. Press Collect again in a few seconds."),
                buttons=[Button("Collect", "claim", style="primary", request_id=request.id)],
            )
        case outcomes.WhichPending(pending):
            return card(
                line("Several credentials wait for you. Which?"),
                *map(summary, pending),
                buttons=[
                    Button(f"{each.name} in {each.environment_name}", write(Claim(each.id)))
                    for each in pending
                ],
            )
        case outcomes.ClaimRefused(pending):
            return card(
                line(
                    "You may no longer have ",
                    bold(pending.name),
                    f" in {pending.environment_name}.",
                ),
                line(
                    "Your rights at Cloudinary, or the request, changed since it was made. The key"
                    " is disabled and stays so. If you still need it, ask for access:"
                ),
                line(code("/cld request"), " ", code(pending.cloud_name)),
            )
        case outcomes.SecretWithheld(pending, offers):
            start = "/cld key create <name> --env" if offers else "/cld request"
            return card(
                line("Cloudinary does not show the secret of ", bold(pending.name), " again."),
                line("The key is disabled and stays so. To get another:"),
                line(code(start), " ", code(pending.cloud_name)),
            )
        case _:
            assert_never(outcome)


def _ready(outcome: outcomes.LinkReady) -> Card:
    stop = DisableKey(outcome.pending.api_key, outcome.pending.cloud_name)
    pending, ends = outcome.pending, Moment(outcome.expires_at)
    return card(
        line(
            bold(pending.name), f" in {pending.environment_name} is created, and disabled for now."
        ),
        line(Anchor(msg("Show its credentials, once"), outcome.url)),
        item("The key starts to work when you press Reveal there, not before."),
        item("The link ends ", ends, ". Opening the page alone spends nothing."),
        item("Fingerprint: ", code(pending.fingerprint), ". The page shows the same."),
        item("Missed it? ", code("/cld claim"), " makes a new link, and this one ends."),
        buttons=[Button(f"Disable {pending.name}", write(stop), style="danger")],
    )


def summary(pending: PendingCredentials) -> Line:
    """Draw pending credentials as an item of a list."""
    where = f" in {pending.environment_name}, made "
    return item(bold(pending.name), where, Moment(pending.made_at))
