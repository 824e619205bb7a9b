"""Cards about live links: the list, one that was ended, and what its owner reads then."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Moment, Text, bold, card, code, item, line, msg
from bot.cards.paging import turns
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.links import ListLinks, RevokeLink
from bot.domain.keys import BY_API_KEY
from bot.domain.live_links import LinkEnded, LiveLink
from bot.domain.outcomes.links import (
    LinkRevoked,
    LinksListed,
    LiveLinkOutcome,
    NoLiveLink,
    WhichLink,
)
from bot.domain.phrases import Mention
from bot.domain.requests.notifications import Notification

_SHOW: Final = Button(msg("Show live links"), write(ListLinks()))
_COLLECT: Final = msg("Collect")
_DISABLED: Final = msg("The key stays disabled.")
_OPENS: Final = msg("{key} in {environment}: it is being opened.")
_OPENS_FOR: Final = msg("{key} in {environment}, for {owner}: it is being opened.")
_WAITS: Final = msg("{key} in {environment} expires {until}.")
_WAITS_FOR: Final = msg("{key} in {environment}, for {owner}, expires {until}.")
_AGAIN: Final = msg("A revoked link doesn't open. `/cld claim` gets you a new one.")
_AGAIN_OF_ALL: Final = msg(
    "A revoked link doesn't open. Its owner gets a new one with `/cld claim`."
)
_NONE: Final = msg("No one-time link of yours is live.")
_NONE_AT_ALL: Final = msg("No one-time link is live.")


def live_link_card(outcome: LiveLinkOutcome) -> Card:
    """Draw what a command about live links led to."""
    match outcome:
        case LinksListed():
            return _listed(outcome)
        case LinkRevoked():
            return _revoked(outcome)
        case NoLiveLink(key):
            none = msg("You have no live link to {key} that can be revoked.", key=bold(key))
            past = msg("A link that was opened, replaced or revoked, or has expired, is not live.")
            stop = msg("If you want to stop the key, type {command}", command=code(_STOP))
            return card(line(none), line(past), line(stop), buttons=[_SHOW])
        case WhichLink(links, everybody):
            which = msg("Several live links are to keys of that name. Choose one:")
            rows = (_row(each, everybody=everybody) for each in links)
            return card(line(which), *rows, buttons=[*map(_revoke, links)])
        case _:
            assert_never(outcome)


_STOP: Final = "/cld key disable <key>"


def _listed(outcome: LinksListed) -> Card:
    page, everybody = outcome.page, outcome.everybody
    if not page.shown:
        return card(line(_NONE_AT_ALL if everybody else _NONE))
    ours = msg("One-time links that are live:")
    yours = msg("Your one-time links that are live:")
    return card(
        line(ours if everybody else yours),
        *(_row(each, everybody=everybody) for each in page.shown),
        line(_AGAIN_OF_ALL if everybody else _AGAIN),
        buttons=[*map(_revoke, page.shown), *turns(ListLinks(), page.number, page.pages)],
    )


def _row(live: LiveLink, *, everybody: bool) -> Line:
    """Name the key; its owner too, where the list is not the owner's own."""
    pending = live.pending
    key = {"key": bold(pending.name), "environment": Text(pending.environment_name)}
    about = key | {"owner": Mention(pending.owner.user_id)} if everybody else key
    if live.opening:
        opens = _OPENS_FOR if everybody else _OPENS
        return item(opens.fill(**about))
    waits = _WAITS_FOR if everybody else _WAITS
    until = live.link.ends or live.link.since
    return item(waits.fill(until=Moment(until, exact=True), **about))


def _revoke(live: LiveLink) -> Button:
    pending = live.pending
    command = RevokeLink(f"{BY_API_KEY}{pending.api_key}", pending.cloud_name)
    name, where = Text(pending.name), Text(pending.environment_name)
    return Button(msg("Revoke {key} in {environment}", key=name, environment=where), write(command))


def _revoked(outcome: LinkRevoked) -> Card:
    pending = outcome.pending
    key = {"key": bold(pending.name), "environment": Text(pending.environment_name)}
    stop = DisableKey(f"{BY_API_KEY}{pending.api_key}", pending.cloud_name)
    end = msg("To let no one collect the key, press Disable.")
    told = msg("{owner} gets a direct message.", owner=Mention(pending.owner.user_id))
    return card(
        line(msg("The link to {key} in {environment} is revoked. It no longer opens.", **key)),
        line(_DISABLED),
        None if outcome.own else line(told),
        line(end),
        buttons=[Button(msg("Disable {key}", key=Text(pending.name)), write(stop)), _SHOW],
    )


def link_ended(notification: Notification) -> Card:
    """Draw what is told of it. Raises `ValueError` where another version wrote it."""
    ended = LinkEnded.read(notification.text)
    if not notification.by:
        return _ended_by_itself(ended)
    said = msg(
        "{person} revoked your link to {key} in {environment}. It no longer opens.",
        person=Mention(notification.by),
        key=bold(ended.name),
        environment=Text(ended.environment),
    )
    again = msg("Do you still need the credentials? Press Collect to get a new link.")
    button = Button(_COLLECT, "claim", style="primary", request_id=ended.pending_id)
    return card(line(said), line(_DISABLED), line(again), buttons=[button])


def _ended_by_itself(ended: LinkEnded) -> Card:
    """Draw it for the owner, or for the person who requested the credentials for them."""
    about = {"key": bold(ended.name), "environment": Text(ended.environment)}
    if ended.owner:
        theirs = msg("Keysmith ended the link of {owner} to {key} in {environment}.")
        theirs = theirs.fill(owner=Mention(ended.owner), **about)
        left = msg(
            "They may no longer have the credentials that you requested for them: the person, the"
            " key, the environment or the policy has changed. Nothing was revealed."
        )
        return card(line(theirs), line(left))
    yours = msg("Keysmith ended your link to {key} in {environment}.", **about)
    changed = msg(
        "You may no longer have these credentials: your rights, the key, the environment or the"
        " policy has changed. Nothing was revealed."
    )
    again = msg("If you think that this is wrong, ask an Admin. Then press Collect.")
    button = Button(_COLLECT, "claim", request_id=ended.pending_id)
    return card(line(yours), line(changed), line(again), buttons=[button])
