"""Cards about access keys."""

from dataclasses import replace
from typing import Final, assert_never

from bot.cards.deletions import restore
from bot.cards.key_history import facts, history
from bot.cards.key_lists import listed
from bot.cards.key_refusals import about, missing, not_this_name, protected, signing, which
from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Menu,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
)
from bot.cards.role_names import summary, switched_off, why_button
from bot.cards.rotations import rotated_now
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.key_records import NoteKey, OwnerOfKey
from bot.domain.commands.keys import (
    BrownoutKey,
    DeleteKey,
    DisableKey,
    EnableKey,
    PinKey,
    RenameKey,
    ShowKey,
)
from bot.domain.commands.registry import BY_CLASS
from bot.domain.environments import Environment
from bot.domain.keys import (
    BROWNOUT,
    BROWNOUT_OVER,
    DISABLING,
    ROLES,
    ROTATED,
    Change,
    Key,
    LastChange,
)
from bot.domain.offboarding import delegation_ended
from bot.domain.outcomes import keys as outcomes
from bot.domain.policy import Action

_LAST: Final[dict[str, Phrase]] = {
    DISABLING: msg(
        "Keysmith began to disable it for {person} {ago}. It is not certain that this worked."
    ),
    Change.ENABLED: msg("Enabled through Keysmith by {person} {ago}."),
    Change.DISABLED: msg("Disabled through Keysmith by {person} {ago}."),
    BROWNOUT: msg("Disabled for a time by {person} {ago}. Keysmith enables it again by itself."),
    BROWNOUT_OVER: msg("Enabled again {ago}, after {person} had it disabled for a time."),
    Change.RENAMED: msg("Renamed through Keysmith by {person} {ago}."),
    Change.RESTORED: msg("Restored through Keysmith by {person} {ago}."),
    ROTATED: msg("Disabled by a rotation {ago}, which {person} began."),
    ROLES: msg("Given other roles through Keysmith by {person} {ago}."),
    Change.PINNED: msg("Pinned as the webhook signer through Keysmith by {person} {ago}."),
}
_ROOT: Final = msg("This is the root key. Keysmith never disables, renames or deletes it.")
_CHANGED: Final = msg("Changed through Keysmith by {person} {ago}.")
_ALREADY: Final = {
    Change.ENABLED: msg("{key} in {environment} is already enabled. Nothing changed."),
    Change.DISABLED: msg("{key} in {environment} is already disabled. Nothing changed."),
    Change.RENAMED: msg("{key} in {environment} already has that name. Nothing changed."),
    Change.RESTORED: msg("{key} in {environment} has no scheduled deletion. Nothing changed."),
    Change.PINNED: msg(
        "{key} in {environment} is already pinned as the webhook signer. Nothing changed."
    ),
}
_UNSAID: Final = msg(
    "This would now change which key signs webhook notifications in {environment}. The request did"
    " not say so."
)
_SIGNS: Final = msg("Now {new} signs webhook notifications in {environment}.")
_NEXT: Final = msg(
    "Signature checks that use the secret of {old} fail from now on. Give them the secret of {new}."
)
_SO_ALREADY: Final = msg("{key} in {environment} is already in that state. Nothing changed.")


def key_card(outcome: outcomes.KeyOutcome) -> Card:
    """Draw an outcome of a command about keys."""
    match outcome:
        case outcomes.KeysListed():
            return listed(outcome)
        case outcomes.KeyShown():
            return _shown(outcome)
        case outcomes.KeyChanged():
            return _changed(outcome)
        case outcomes.NothingToChange():
            return _unchanged(outcome)
        case outcomes.KeyCreated():
            return _created(outcome)
        case _:
            return _stopped(outcome)


def _created(outcome: outcomes.KeyCreated) -> Card:
    pending = outcome.pending
    where = Text(pending.environment_name)
    created = msg("{key} in {environment} is created (disabled until collected).")
    return card(
        line(created.fill(key=bold(pending.name), environment=where)),
        line(msg("Its owner collects it with `/cld claim`.")),
    )


def _stopped(outcome: outcomes.KeyStopped) -> Card:
    """Draw an outcome in which nothing changed."""
    match outcome:
        case outcomes.NoSuchKey():
            return missing(outcome)
        case outcomes.WhichKey():
            return which(outcome)
        case outcomes.NameTaken() | outcomes.NameRefused():
            return not_this_name(outcome)
        case outcomes.KeyProtected():
            return protected(outcome)
        case outcomes.SignerMoves(here, move):
            changes = signing(_UNSAID, move, here.environment)
            return card(line(changes), line(msg("Nothing changed. Request it again.")))
        case _:
            assert_never(outcome)


def _shown(outcome: outcomes.KeyShown) -> Card:
    """Draw one key, without its secret, and what can be done with it."""
    here, key = outcome.located, outcome.located.key
    title = msg("{key} in {environment} ({tier})", tier=Text(here.environment.tier))
    if here.environment.says_tier:
        title = msg("{key} in {environment}")
    deleted = msg("Deletes on {date}. Until then, it can be restored.")
    signs = msg("Webhook notifications are signed with {key}, not with this key.")
    said = (
        msg("State: enabled") if key.enabled else msg("State: disabled"),
        switched_off(here),
        msg("API key: {api_key}", api_key=code(key.api_key)),
        msg("Cloud name: {cloud_name}", cloud_name=code(here.environment.cloud_name)),
        deleted.fill(date=Moment(here.deletes_at, exact=True)) if here.deletes_at else None,
        msg("Created {ago}", ago=Moment(key.created_at)) if key.created_at else None,
        msg("Last changed {ago}", ago=Moment(key.updated_at)) if key.updated_at else None,
        msg("This is the root key. Keysmith never disables, renames or deletes it.")
        if key.root
        else None,
        msg("Webhook notifications are signed with it.") if outcome.webhooks else None,
        signs.fill(key=bold(outcome.signer)) if outcome.signer else None,
        msg("Pinned for webhooks, but disabled: it signs nothing.")
        if key.pinned and not key.enabled
        else None,
        summary(here),
        *facts(here, outcome.record),
        rotated_now(outcome.rotation),
        _last(outcome.last) if outcome.last and not outcome.record else None,
    )
    restores = [restore(here)] if outcome.offers else []
    restores += [why_button(here)] if here.roles is not None else []
    now, more = _offered(outcome)
    drawn = card(
        about(title, here),
        *map(item, filter(None, said)),
        *history(outcome.record),
        buttons=restores + now,
    )
    return replace(drawn, menus=(Menu(msg("More"), tuple(more), more=True),) if more else ())


def _offered(outcome: outcomes.KeyShown) -> tuple[list[Button], list[Button]]:
    """List the changes of a key that its person may make, and those behind the three dots."""
    key, where = outcome.located.key.api_key, outcome.located.environment.cloud_name
    asks = Action.KEY_ENABLE in outcome.by_vote
    rename = Incomplete(BY_CLASS[RenameKey], (("name", key), ("env", where)))
    owner = Incomplete(BY_CLASS[OwnerOfKey], (("name", key), ("env", where)))
    note = Incomplete(BY_CLASS[NoteKey], (("name", key), ("env", where)))
    brownout = Incomplete(BY_CLASS[BrownoutKey], (("name", key), ("env", where)))
    delete = Incomplete(BY_CLASS[DeleteKey], (("name", key), ("env", where)))
    now = {
        Action.KEY_DISABLE: Button(msg("Disable"), write(DisableKey(key, where)), style="danger"),
        Action.KEY_ENABLE: Button(
            msg("Request enabling") if asks else msg("Enable"), write(EnableKey(key, where))
        ),
        Action.KEY_BROWNOUT: Button(msg("Disable for a time…"), write(brownout)),
    }
    more = {
        Action.KEY_RENAME: Button(msg("Rename…"), write(rename)),
        Action.KEY_OWNER: Button(msg("Change owner…"), write(owner)),
        Action.KEY_NOTE: Button(msg("Change note…"), write(note)),
        Action.KEY_WEBHOOK: Button(msg("Sign webhooks…"), write(PinKey(key, where))),
        Action.KEY_DELETE: Button(msg("Delete…"), write(delete)),
    }
    may = outcome.may
    return [now[it] for it in may if it in now], [more[it] for it in may if it in more]


def _last(last: LastChange) -> Phrase:
    return _LAST.get(last.change, _CHANGED).fill(person=Text(last.by), ago=Moment(last.at))


def _changed(outcome: outcomes.KeyChanged) -> Card:
    here = outcome.located
    enabled, again = here.key.enabled, [_enable(outcome)] if outcome.offers else []
    show = ShowKey(here.key.api_key, here.environment.cloud_name)
    buttons = [Button(msg("Show {key}", key=Text(here.key.label)), write(show))]
    match outcome.change:
        case Change.DISABLED:
            buttons = again
            done = msg("{key} in {environment} is now disabled. Nothing can sign in with it.")
        case Change.ENABLED:
            done = msg("{key} in {environment} is now enabled.")
        case Change.RENAMED:
            done = msg("{before} in {environment} is now named {key}.", before=bold(outcome.before))
        case Change.RESTORED if enabled:
            done = msg("{key} in {environment} is restored and enabled, as before.")
        case Change.RESTORED:
            buttons = again
            done = msg(
                "{key} in {environment} is restored. It stays disabled, as before its deletion."
            )
        case Change.PINNED:
            done = msg("{key} in {environment} is pinned: it signs webhook notifications.")
        case _:
            assert_never(outcome.change)
    voted = outcome.by_vote and not enabled and buttons
    return card(
        about(done, here),
        *_moved(outcome),
        line(msg("Enabling it again needs approval.")) if voted else None,
        line(msg("The security channel is notified.")) if outcome.told_security else None,
        buttons=buttons,
    )


def _moved(outcome: outcomes.KeyChanged) -> list[Line]:
    """Say that another key signs webhooks now, and what that breaks."""
    move, where = outcome.move, outcome.located.environment
    if move is None or not move.new:
        return []
    said = [] if outcome.change is Change.PINNED else [line(signing(_SIGNS, move, where))]
    return [*said, line(signing(_NEXT, move, where))] if move.old else said


def _unchanged(outcome: outcomes.NothingToChange) -> Card:
    here, buttons = outcome.located, list[Button]()
    if outcome.offers and here.deletes_at:
        buttons = [restore(here)]
    elif outcome.offers and not here.key.enabled:
        buttons = [_enable(outcome)]
    deleted = msg("Deletes on {date}. Until then, it can be restored.")
    return card(
        about(_ALREADY.get(outcome.change, _SO_ALREADY), here),
        line(deleted.fill(date=Moment(here.deletes_at, exact=True))) if here.deletes_at else None,
        line(_last(outcome.last)) if outcome.last else None,
        buttons=buttons,
    )


def notice(text: str, user_id: str) -> Card:
    """Tell the security channel; `user_id` is empty for what Keysmith found out by itself."""
    by = line(msg("Requested by {person}.", person=Mention(user_id))) if user_id else None
    ended = delegation_ended(text)
    if ended is None:
        return card(line(Text(text)), by)
    said = msg("{delegate} no longer decides for {principal}. An offboarding ended the delegation.")
    return card(line(said.fill(delegate=Mention(ended[0]), principal=Mention(ended[1]))), by)


def stop(key: Key, where: Environment) -> Button:
    """Make a button that disables the key; its owner may always press it."""
    label = msg("Disable {key} in {environment}", key=Text(key.label), environment=Text(where.name))
    return Button(label, write(DisableKey(key.api_key, where.cloud_name)), style="danger")


def _enable(outcome: outcomes.KeyChanged | outcomes.NothingToChange) -> Button:
    """Make a button that enables a key, or asks for that where others approve it."""
    here = outcome.located
    label = msg("Request enabling {key}") if outcome.by_vote else msg("Enable {key}")
    command = EnableKey(here.key.api_key, here.environment.cloud_name)
    return Button(label.fill(key=Text(here.key.label)), write(command))
