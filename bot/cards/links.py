"""Cards about pending credentials and their one-time links."""

from typing import assert_never

from bot.cards.empty_claim import nothing_card
from bot.cards.form_words import form_words
from bot.cards.kit import (
    Anchor,
    Button,
    Card,
    Line,
    Moment,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
)
from bot.cards.live_links import live_link_card
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.text import quote
from bot.domain.key_roles import USELESS
from bot.domain.outcomes import links as outcomes
from bot.domain.pending import PendingCredentials


def link_card(outcome: outcomes.LinkOutcome) -> Card:
    """Draw an outcome of collecting credentials, or about live links."""
    if isinstance(outcome, outcomes.LiveLinkOutcome):
        return live_link_card(outcome)
    match outcome:
        case outcomes.LinkReady():
            return _ready(outcome)
        case outcomes.NothingToClaim():
            return nothing_card(outcome)
        case outcomes.NotReady(request):
            soon = msg(
                "{key} in {environment} is being created. Press Collect again in a few seconds."
            )
            name, where = bold(request.terms.name), Text(request.terms.environment_name)
            return card(
                line(soon.fill(key=name, environment=where)),
                buttons=[
                    Button(msg("Collect"), "claim", style="primary", request_id=request.id),
                ],
            )
        case outcomes.WhichPending(pending, passphrase):
            return card(
                line(msg("You have several credentials to collect. Choose one:")),
                *map(summary, pending),
                buttons=[_collect(each, passphrase=passphrase) for each in pending],
            )
        case outcomes.ClaimRefused(pending):
            return _refused(pending)
        case outcomes.PassphraseKept(pending):
            return _kept(pending)
        case outcomes.PassphraseNeeded(pending):
            return card(*asks_for_passphrase(pending), buttons=[_passphrase(pending)])
        case outcomes.SecretWithheld(pending, offers):
            start = "/cld key create <name> --env" if offers else "/cld request"
            again = code(f"{start} {quote(pending.cloud_name)}")
            hidden = msg("Cloudinary doesn't show the secret of {key} again.")
            return card(
                line(hidden.fill(key=bold(pending.name))),
                line(msg("The key stays disabled. To get a new key: {command}", command=again)),
            )
        case _:
            assert_never(outcome)


def _collect(pending: PendingCredentials, *, passphrase: bool) -> Button:
    name, where = Text(pending.name), Text(pending.environment_name)
    label = msg("Collect {key} in {environment}", key=name, environment=where)
    return Button(label, write(Claim(pending.id, passphrase)))


def _refused(pending: PendingCredentials) -> Card:
    name, where = bold(pending.name), Text(pending.environment_name)
    lost = msg("You can't collect {key} in {environment}: you no longer have access to it.")
    again = code(f"/cld request {quote(pending.cloud_name)}")
    return card(
        line(lost.fill(key=name, environment=where)),
        line(
            msg(
                "Your Cloudinary role, the policy or the request changed since it was approved."
                " The key stays disabled."
            )
        ),
        line(msg("Still need it? Type {command}", command=again)),
    )


def _kept(pending: PendingCredentials) -> Card:
    name, where = bold(pending.name), Text(pending.environment_name)
    has = msg("{key} in {environment} already has a passphrase, which can't be changed.")
    return card(
        line(has.fill(key=name, environment=where)),
        line(msg("`/cld claim` gets a link with that passphrase.")),
        line(msg("If you forgot it, disable the key and create another one.")),
        buttons=[_disable(pending)],
    )


def _disable(pending: PendingCredentials) -> Button:
    stop = DisableKey(pending.api_key, pending.cloud_name)
    return Button(msg("Disable {key}", key=Text(pending.name)), write(stop))


def asks_for_passphrase(pending: PendingCredentials) -> list[Line]:
    """Say what a passphrase is for, and what adding it does."""
    links = msg("The links to {key} in {environment} will ask for the passphrase that you choose.")
    return [
        line(links.fill(key=bold(pending.name), environment=Text(pending.environment_name))),
        line(form_words("claim").does),
    ]


def _passphrase(pending: PendingCredentials) -> Button:
    return Button(msg("Add a passphrase"), write(Claim(pending.id, passphrase=True)))


def _ready(outcome: outcomes.LinkReady) -> Card:
    pending = outcome.pending
    expires = msg("Expires {at}. Opening the page doesn't use it up.")
    same = msg("Fingerprint: {fingerprint}. The page shows the same one.")
    return card(
        line(Anchor(msg("Reveal credentials (one time)"), outcome.url.show())),
        created(pending),
        item(msg("Revealing the credentials enables the key.")),
        item(msg("Role: {role}", role=bold(pending.role))) if pending.role else None,
        item(USELESS) if pending.useless else None,
        item(expires.fill(at=Moment(outcome.expires_at))),
        item(same.fill(fingerprint=code(pending.fingerprint))),
        item(msg("The page asks for your passphrase.")) if pending.passphrase else None,
        item(msg("Missed it? `/cld claim` gets a new link and cancels this one.")),
        buttons=[
            *([] if pending.passphrase else [_passphrase(pending)]),
            _disable(pending),
        ],
    )


def created(pending: PendingCredentials) -> Line:
    """Say that a key waits for its owner."""
    waits = msg("{key} in {environment} is created (disabled until you collect it).")
    return line(waits.fill(key=bold(pending.name), environment=Text(pending.environment_name)))


def summary(pending: PendingCredentials) -> Line:
    """Draw pending credentials as an item of a list."""
    name, where = bold(pending.name), Text(pending.environment_name)
    told = msg("{key} in {environment}, created {ago}", ago=Moment(pending.made_at))
    return item(told.fill(key=name, environment=where))
