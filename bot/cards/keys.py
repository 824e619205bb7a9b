"""Cards about access keys."""

from typing import Final, assert_never

from bot.cards.deletions import deletes, restore
from bot.cards.kit import Button, Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.domain.commands.completing import completing, without
from bot.domain.commands.grammar import render, write
from bot.domain.commands.keys import DisableKey, EnableKey, ShowKey
from bot.domain.commands.registry import Command
from bot.domain.commands.text import escape
from bot.domain.environments import Environment
from bot.domain.keys import DISABLING, Change, Key, LastChange, Located, ProtectionReason
from bot.domain.names import NameReason
from bot.domain.outcomes import keys as outcomes

_PROTECTION_REASONS = {
    ProtectionReason.ROOT: (
        "this is the environment's root key. Keysmith never disables, renames or deletes one.",
        "Nothing changed. A Master admin can do it in the Cloudinary Console.",
    ),
    ProtectionReason.UNCLAIMED: (
        "its credentials are ready to collect. The key works once its owner opens the link.",
        "Nothing changed. The owner collects with /cld claim.",
    ),
    ProtectionReason.OVERTAKEN: (
        "another person disabled it after you asked for this.",
        "Nothing changed. To enable it anyway, ask again.",
    ),
    ProtectionReason.LAST_ENABLED: (
        "this is the last enabled key of the environment. Everything that signs in there stops.",
        "Nothing changed. To go on, confirm with the key's name.",
    ),
    ProtectionReason.WEBHOOK_SIGNER: (
        "webhook notifications are signed with it. Signature checks on your webhooks would fail.",
        "Nothing changed. To go on, confirm with the key's name.",
    ),
}

_NAMES: Final = {
    NameReason.ALIKE: "it looks like the name of an existing key.",
    NameReason.API_KEY: "it looks like an API key.",
    NameReason.HIDDEN: "it has characters that can't be seen, or that no font shows.",
    NameReason.PREFIX: "it begins with a prefix that searches by name or by API key.",
}
"""Why a name is refused."""


def key_card(outcome: outcomes.KeyOutcome) -> Card:
    """Draw an outcome of a command about keys."""
    match outcome:
        case outcomes.KeysListed():
            return _listed(outcome)
        case outcomes.KeyShown():
            return _shown(outcome)
        case outcomes.KeyChanged():
            return _changed(outcome)
        case outcomes.NothingToChange():
            return _unchanged(outcome)
        case outcomes.KeyCreated(pending):
            place = pending.environment_name
            return card(
                line(bold(pending.name), f" in {place} is created (disabled until collected)."),
                line("Its owner collects it with ", code("/cld claim"), "."),
            )
        case outcomes.NoSuchKey():
            return _missing(outcome)
        case outcomes.WhichKey():
            return _which(outcome)
        case outcomes.NameTaken() | outcomes.NameRefused():
            return _not_this_name(outcome)
        case outcomes.KeyProtected():
            return _protected(outcome)
        case _:
            assert_never(outcome)


def protection(outcome: outcomes.KeyProtected) -> Line:
    """Say why Keysmith does not change the key."""
    return line(*_name(outcome.located), ": ", _PROTECTION_REASONS[outcome.reason][0])


def _protected(outcome: outcomes.KeyProtected) -> Card:
    """Say why a key is not changed; where a typed name confirms the change, offer its form."""
    return card(
        protection(outcome),
        line(_PROTECTION_REASONS[outcome.reason][1]),
        buttons=[_anyway(outcome.retry)] if outcome.retry else [],
    )


def _anyway(retry: str) -> Button:
    """Offer the command again, without the name; the guard's form then asks for it."""
    text = escape(retry)
    command = completing(text)
    verb = retry.split()[1].capitalize()
    if command:
        unconfirmed = without(command, "confirm")
        text = write(unconfirmed.spec.make(dict(unconfirmed.given)))
    return Button(f"{verb} anyway …", text, style="danger")


def _not_this_name(outcome: outcomes.NameTaken | outcomes.NameRefused) -> Card:
    """Say why a key can't have a name."""
    if isinstance(outcome, outcomes.NameTaken):
        here = outcome.located
        return card(
            line(f"{here.environment.name} already has a key named ", *_name(here), "."),
            line("Nothing changed. Choose another name."),
        )
    place, key, because = outcome.environment, outcome.key, _NAMES[outcome.reason]
    there = (" The existing key: ", *_name(Located(key, place))) if key else ()
    return card(
        line("A key in ", place.name, " can't be named ", code(outcome.name), f": {because}"),
        line("Nothing changed. Choose another name.", *there),
    )


def _name(here: Located) -> tuple[Span, ...]:
    """Name a key, by its API key where it has no name."""
    key = here.key
    return (bold(key.name),) if key.name else ("unnamed key ", code(key.api_key))


def _in(here: Located) -> str:
    return f" in {here.environment.name}"


def _listed(outcome: outcomes.KeysListed) -> Card:
    if not outcome.total:
        return card(
            line("No keys match, among those that you can access."),
            line("Create one: ", code("/cld key create <name> --env <environment>")),
        )
    first = f"{outcome.total} key{'s' if outcome.total > 1 else ''}"
    where = f", page {outcome.page + 1} of {outcome.pages}" if outcome.pages > 1 else ""
    restored = [restore(it) for it in outcome.keys if it.key.api_key in outcome.offers]
    lines = map(summary, outcome.keys)
    return card(line(bold(first), where), *lines, buttons=[*restored, *_turns(outcome)])


def _turns(outcome: outcomes.KeysListed) -> list[Button]:
    command, page = write(outcome.command), outcome.page
    previous = [Button("Previous", command, page - 1)] if page > 0 else []
    following = [Button("Next", command, page + 1)] if page + 1 < outcome.pages else []
    return previous + following


def summary(here: Located) -> Line:
    """Draw a key as an item of a list."""
    key = here.key
    return item(
        *(*_name(here), f"{_in(here)}: ", "enabled" if key.enabled else bold("disabled")),
        ", root key" if key.root else "",
        f", for {', '.join(key.dedicated_for)}" if key.dedicated_for else "",
        *((", created ", Moment(key.created_at)) if key.created_at else ()),
        *deletes(here, ". Deletes on "),
    )


def _shown(outcome: outcomes.KeyShown) -> Card:
    """Draw one key, without its secret."""
    here, key = outcome.located, outcome.located.key
    return card(
        line(*_name(here), f"{_in(here)} ({here.environment.tier})"),
        item("State: ", "enabled" if key.enabled else bold("disabled")),
        item("API key: ", code(key.api_key)),
        item("Cloud name: ", code(here.environment.cloud_name)),
        item(*deletes(here, "Deletes on "), ". Until then, it can be restored.")
        if here.deletes_at
        else None,
        item("Created ", Moment(key.created_at)) if key.created_at else None,
        item("Last changed ", Moment(key.updated_at)) if key.updated_at else None,
        item("This is the root key. Keysmith never changes it.") if key.root else None,
        item("Webhook notifications are signed with it.") if outcome.webhooks else None,
        item(*_last(outcome.last)) if outcome.last else None,
        buttons=[restore(here)] if outcome.offers else [],
    )


def _last(last: LastChange) -> tuple[Span, ...]:
    if last.change == DISABLING:
        started = f"Keysmith began to disable it for {last.by} "
        return (started, Moment(last.at), ". It is not certain that this worked.")
    return (f"{last.change.capitalize()} through Keysmith by {last.by} ", Moment(last.at))


def _changed(outcome: outcomes.KeyChanged) -> Card:
    here = outcome.located
    name, place = _name(here), _in(here)
    show = ShowKey(here.key.api_key, here.environment.cloud_name)
    buttons = [Button(f"Show {here.key.label}", write(show))]
    match outcome.change:
        case Change.DISABLED:
            buttons = [_enable(outcome)] if outcome.offers else []
            first = line(
                *name, place, " is now ", bold("disabled"), ". Nothing can sign in with it."
            )
        case Change.ENABLED:
            first = line(*name, place, " is now ", bold("enabled"), ".")
        case Change.RENAMED:
            first = line(bold(outcome.before), place, " is now named ", *name, ".")
        case Change.RESTORED if here.key.enabled:
            first = line(*name, place, " is restored and ", bold("enabled"), ", as before.")
        case Change.RESTORED:
            still = ", as before its deletion."
            buttons = [_enable(outcome)] if outcome.offers else []
            first = line(*name, place, " is restored. It stays ", bold("disabled"), still)
        case _:
            assert_never(outcome.change)
    voted = line("Enabling it again needs approval.")
    return card(
        first,
        voted if outcome.by_vote and not here.key.enabled and buttons else None,
        line("The security channel is notified.") if outcome.told_security else None,
        buttons=buttons,
    )


def _unchanged(outcome: outcomes.NothingToChange) -> Card:
    here, buttons = outcome.located, list[Button]()
    state = f" is already {outcome.change}."
    if outcome.change is Change.RENAMED:
        state = " already has that name."
    elif outcome.change is Change.RESTORED:
        state = " has no scheduled deletion, so there is nothing to restore."
    if outcome.offers and here.deletes_at:
        buttons = [restore(here)]
    elif outcome.offers and not here.key.enabled:
        buttons = [_enable(outcome)]
    return card(
        line(*_name(here), f"{_in(here)}{state} Nothing changed."),
        line(*deletes(here, "Deletes on "), ". Until then, it can be restored.")
        if here.deletes_at
        else None,
        line(*_last(outcome.last)) if outcome.last else None,
        buttons=buttons,
    )


def _missing(outcome: outcomes.NoSuchKey) -> Card:
    places = ", ".join(place.name for place in outcome.searched)
    return card(
        line("No key named ", code(outcome.name), f" in {places}. Nothing changed."),
        line("Did you mean ", bold(outcome.nearest), "?") if outcome.nearest else None,
        line("All keys that you can access: ", code("/cld key list")),
        buttons=[suggestion(each) for each in outcome.instead],
    )


def suggestion(command: Command) -> Button:
    """Make a button that runs what may be meant; it says all of what it runs."""
    return Button(f"/cld {render(command)}", write(command))


def _which(outcome: outcomes.WhichKey) -> Card:
    return card(
        line("Several keys match ", code(outcome.name), ". Nothing changed. Choose one:"),
        *(summary(here) for here, _ in outcome.choices),
        buttons=[
            Button(f"{here.environment.name}: {here.key.label}", write(command))
            for here, command in outcome.choices
        ],
    )


def notice(text: str, user_id: str) -> Card:
    """Tell the security channel; `user_id` is empty for what Keysmith found out by itself."""
    return card(line(text), line("Requested by ", Mention(user_id), ".") if user_id else None)


def stop(key: Key, place: Environment) -> Button:
    """Make a button that disables the key; its owner may always press it."""
    command = DisableKey(key.api_key, place.cloud_name)
    return Button(f"Disable {key.label} in {place.name}", write(command), style="danger")


def _enable(outcome: outcomes.KeyChanged | outcomes.NothingToChange) -> Button:
    """Make a button that enables a key, or asks for that where others approve it."""
    start = "Request enabling" if outcome.by_vote else "Enable"
    here = outcome.located
    return Button(
        f"{start} {here.key.label}", write(EnableKey(here.key.api_key, here.environment.cloud_name))
    )
