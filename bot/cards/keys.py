"""Cards about access keys."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.domain.commands.completing import completing, without
from bot.domain.commands.grammar import write
from bot.domain.commands.keys import DisableKey
from bot.domain.commands.text import escape, quote
from bot.domain.environments import Environment
from bot.domain.keys import DISABLING, Change, Key, LastChange, Located, ProtectionReason
from bot.domain.names import NameReason
from bot.domain.outcomes import keys as outcomes

_PROTECTION_REASONS = {
    ProtectionReason.ROOT: (
        "It is the environment's root key. Keysmith never disables, renames or deletes one.",
        "Nothing was changed. A Master admin can do it in the Cloudinary Console.",
    ),
    ProtectionReason.UNCLAIMED: (
        "Its credentials wait for the one who asked for it; it works once they open their link.",
        "Nothing was changed. They collect it with /cld claim.",
    ),
    ProtectionReason.OVERTAKEN: (
        "Another person disabled it after you asked for this.",
        "Nothing was changed. If it should work again, ask once more.",
    ),
    ProtectionReason.LAST_ENABLED: (
        "It is the last enabled key of the environment: everything that signs in there would stop.",
        "Nothing was changed. To go on, confirm with the key's name.",
    ),
    ProtectionReason.WEBHOOK_SIGNER: (
        "Webhook notifications are signed with its secret: their receivers would refuse them.",
        "Nothing was changed. To go on, confirm with the key's name.",
    ),
}

_NAMES: Final = {
    NameReason.ALIKE: "it looks like the name of a key that is there already.",
    NameReason.API_KEY: "it looks like an API key.",
    NameReason.HIDDEN: "it holds characters that can't be seen, or that no font knows.",
    NameReason.PREFIX: "it begins with what forces a search by name or by API key.",
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
            return card(
                line(bold(pending.name), " is created, and waits for its owner."),
                line("They collect it with ", code("/cld claim"), "."),
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
    """Offer the command again; its form asks for the name."""
    text = escape(retry)
    command = completing(text)
    verb = retry.split()[1].capitalize()
    again = write(without(command, "confirm")) if command else text
    return Button(f"{verb} anyway …", again, style="danger")


def _not_this_name(outcome: outcomes.NameTaken | outcomes.NameRefused) -> Card:
    """Say why a key can't have a name."""
    if isinstance(outcome, outcomes.NameTaken):
        here = outcome.located
        return card(
            line("There is already a key called ", *_name(here), f"{_in(here)}."),
            line("Nothing was changed. Choose another name."),
        )
    place, key = outcome.environment, outcome.key
    there = (" The key there: ", *_name(Located(key, place))) if key else ()
    because = _NAMES[outcome.reason]
    return card(
        line("No key in ", place.name, " gets the name ", code(outcome.name), f": {because}"),
        line("Nothing was changed. Choose another name.", *there),
    )


def _name(here: Located) -> tuple[Span, ...]:
    """Name a key, by its API key where it has no name."""
    key = here.key
    return (bold(key.name),) if key.name else ("unnamed key ", code(key.api_key))


def _in(here: Located) -> str:
    return f" in {here.environment.name}"


def _listed(outcome: outcomes.KeysListed) -> Card:
    if not outcome.total:
        return card(line("There are no such keys where you may look."))
    first = f"{outcome.total} key{'s' if outcome.total > 1 else ''}"
    where = f", page {outcome.page + 1} of {outcome.pages}" if outcome.pages > 1 else ""
    return card(line(bold(first), where), *map(summary, outcome.keys), buttons=_turns(outcome))


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
        *((", made ", Moment(key.created_at)) if key.created_at else ()),
    )


def _shown(outcome: outcomes.KeyShown) -> Card:
    """Draw one key, without its secret."""
    here, key = outcome.located, outcome.located.key
    return card(
        line(*_name(here), f"{_in(here)} ({here.environment.tier})"),
        item("State: ", "enabled" if key.enabled else bold("disabled")),
        item("API key: ", code(key.api_key)),
        item("Cloud name: ", code(here.environment.cloud_name)),
        item("Made ", Moment(key.created_at)) if key.created_at else None,
        item("Last changed ", Moment(key.updated_at)) if key.updated_at else None,
        item("It is the root key; Keysmith leaves it alone.") if key.root else None,
        item("Webhook notifications are signed with it.") if outcome.webhooks else None,
        item(*_last(outcome.last)) if outcome.last else None,
    )


def _last(last: LastChange) -> tuple[Span, ...]:
    if last.change == DISABLING:
        started = f"Keysmith began to disable it for {last.by} "
        return (started, Moment(last.at), "; it is not certain that this was done")
    return (f"{last.change.capitalize()} through Keysmith by {last.by} ", Moment(last.at))


def _changed(outcome: outcomes.KeyChanged) -> Card:
    here, lines = outcome.located, list[Line]()
    name, place = _name(here), _in(here)
    match outcome.change:
        case Change.DISABLED:
            enable = f"/cld key enable {quote(here.key.typed)} --env {here.environment.cloud_name}"
            again = (" To make it work again: ", code(enable)) if outcome.offers else ()
            lines += [
                line(*name, place, " is now ", bold("disabled"), "."),
                line("Nothing can sign in with it.", *again),
            ]
        case Change.ENABLED:
            lines += [line(*name, place, " is now ", bold("enabled"), ".")]
        case Change.RENAMED:
            lines += [line(bold(outcome.before), place, " is now called ", *name, ".")]
        case _:
            assert_never(outcome.change)
    return card(
        *lines, line("The security channel is being told.") if outcome.told_security else None
    )


def _unchanged(outcome: outcomes.NothingToChange) -> Card:
    here = outcome.located
    was = "called that" if outcome.change is Change.RENAMED else str(outcome.change)
    return card(
        line(*_name(here), f"{_in(here)} is already {was}."),
        line("Nothing was changed."),
        line(*_last(outcome.last)) if outcome.last else None,
    )


def _missing(outcome: outcomes.NoSuchKey) -> Card:
    places = ", ".join(place.name for place in outcome.searched)
    return card(
        line("No key is called ", code(outcome.name), f" in {places}."),
        line("Did you mean ", bold(outcome.nearest), "?") if outcome.nearest else None,
        line("Nothing was changed. See them all: ", code("/cld key list")),
    )


def _which(outcome: outcomes.WhichKey) -> Card:
    return card(
        line("Several keys are called ", code(outcome.name), ". Nothing was changed."),
        line("Which one do you mean?"),
        *(summary(here) for here, _ in outcome.choices),
        buttons=[
            Button(f"{here.environment.name}: {here.key.label}", write(command))
            for here, command in outcome.choices
        ],
    )


def notice(text: str, user_id: str) -> Card:
    """Tell the security channel; `user_id` is empty for what Keysmith found out by itself."""
    return card(line(text), line("Asked for by ", Mention(user_id), ".") if user_id else None)


def stop(key: Key, place: Environment) -> Button:
    """Make a button that disables the key; its owner may always press it."""
    command = DisableKey(key.api_key, place.cloud_name)
    return Button(f"Disable {key.label} in {place.name}", write(command), style="danger")
