"""Cards about access keys."""

from typing import assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, Span, bold, card, code, item, line
from bot.domain.commands.grammar import write
from bot.domain.commands.text import quote
from bot.domain.keys import Change, Key, LastChange, Located, ProtectionReason
from bot.domain.outcomes.keys import (
    KeyChanged,
    KeyCreated,
    KeyOutcome,
    KeyProtected,
    KeyShown,
    KeysListed,
    NameTaken,
    NoSuchKey,
    NothingToChange,
    WhichKey,
)

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
        "Somebody disabled it after you had asked for this.",
        "Nothing was changed. If it should work again, ask once more.",
    ),
    ProtectionReason.LAST_ENABLED: (
        "It is the last enabled key of the environment: everything that signs in there would stop.",
        "Nothing was changed. If that is what you want, type its name again:",
    ),
    ProtectionReason.WEBHOOK_SIGNER: (
        "Webhook notifications are signed with its secret: whoever checks them would refuse them.",
        "Nothing was changed. If that is what you want, type its name again:",
    ),
}


def key_card(outcome: KeyOutcome) -> Card:
    """Draw what came of a command about keys."""
    match outcome:
        case KeysListed():
            return listed(outcome)
        case KeyShown():
            return shown(outcome)
        case KeyChanged():
            return changed(outcome)
        case NothingToChange():
            return unchanged(outcome)
        case KeyCreated(pending):
            return card(line(bold(pending.name), " is made, and waits for its owner."))
        case NoSuchKey():
            return missing(outcome)
        case WhichKey():
            return which(outcome)
        case NameTaken(located):
            return taken(located)
        case KeyProtected():
            return protected(outcome)
        case _:
            assert_never(outcome)


def name_of(key: Key) -> tuple[Span, ...]:
    """A key as people know it: its name, or its API key where it has none."""
    return (bold(key.name),) if key.name else ("unnamed key ", code(key.api_key))


def listed(outcome: KeysListed) -> Card:
    """One page of keys."""
    if not outcome.total:
        return card(line("There are no such keys where you may look."))
    first = f"{outcome.total} key{'s' if outcome.total > 1 else ''}"
    where = f", page {outcome.page + 1} of {outcome.pages}" if outcome.pages > 1 else ""
    lines = [line(bold(first), where)]
    lines += [summary(here) for here in outcome.keys]
    return card(*lines, buttons=_turns(outcome))


def _turns(outcome: KeysListed) -> list[Button]:
    command = write(outcome.command)
    turns = []
    if outcome.page > 0:
        turns.append(Button("Previous", command, outcome.page - 1))
    if outcome.page + 1 < outcome.pages:
        turns.append(Button("Next", command, outcome.page + 1))
    return turns


def summary(here: Located) -> Line:
    """A key in a list."""
    key = here.key
    spans: list[Span] = [*name_of(key), f" in {here.environment.name}: "]
    spans.append("enabled" if key.enabled else bold("disabled"))
    spans += [", root key"] if key.root else []
    spans += [f", for {', '.join(key.dedicated_for)}"] if key.dedicated_for else []
    spans += [", made ", Moment(key.created_at)] if key.created_at else []
    return item(*spans)


def shown(outcome: KeyShown) -> Card:
    """One key, without its secret."""
    here, key = outcome.located, outcome.located.key
    lines = [
        line(*name_of(key), f" in {here.environment.name} ({here.environment.tier})"),
        item("State: ", "enabled" if key.enabled else bold("disabled")),
        item("API key: ", code(key.api_key)),
        item("Cloud name: ", code(here.environment.cloud_name)),
    ]
    lines += [item("Made ", Moment(key.created_at))] if key.created_at else []
    lines += [item("Last changed ", Moment(key.updated_at))] if key.updated_at else []
    lines += [item("It is the root key; Keysmith leaves it alone.")] if key.root else []
    lines += [item("Webhook notifications are signed with it.")] if outcome.webhooks else []
    lines += [item(*_by(outcome.last))] if outcome.last else []
    return card(*lines)


def _by(last: LastChange) -> tuple[Span, ...]:
    return (f"{last.change.capitalize()} through Keysmith by {last.by} ", Moment(last.at))


def changed(outcome: KeyChanged) -> Card:
    """Done."""
    here, key = outcome.located, outcome.located.key
    place = f" in {here.environment.name}"
    match outcome.change:
        case Change.DISABLED:
            lines = [
                line(*name_of(key), place, " is now ", bold("disabled"), "."),
                line("Nothing can sign in with it. To make it work again: ", _again(here)),
            ]
        case Change.ENABLED:
            lines = [line(*name_of(key), place, " is now ", bold("enabled"), ".")]
        case Change.RENAMED:
            lines = [line(bold(outcome.before), place, " is now called ", *name_of(key), ".")]
    lines += [line("The security channel is being told.")] if outcome.told_security else []
    return card(*lines)


def _again(here: Located) -> Span:
    return code(f"/cld key enable {quote(here.key.label)} --env {here.environment.cloud_name}")


def unchanged(outcome: NothingToChange) -> Card:
    """Somebody was first, or it was so all along."""
    here = outcome.located
    was = "called that" if outcome.change is Change.RENAMED else str(outcome.change)
    lines = [
        line(*name_of(here.key), f" in {here.environment.name} is already {was}."),
        line("Nothing was changed."),
    ]
    return card(*lines, *([line(*_by(outcome.last))] if outcome.last else []))


def protected(outcome: KeyProtected) -> Card:
    """Left alone, with the way round where there is one."""
    reason, then = _PROTECTION_REASONS[outcome.reason]
    lines = [line(*name_of(outcome.located.key), ": ", reason), line(then)]
    return card(*lines, *([line(code(f"/cld {outcome.retry}"))] if outcome.retry else []))


def taken(here: Located) -> Card:
    """The name is in use."""
    return card(
        line("There is already a key called ", *name_of(here.key), f" in {here.environment.name}."),
        line("Nothing was changed. Choose another name."),
    )


def missing(outcome: NoSuchKey) -> Card:
    """Nothing goes by that name."""
    places = ", ".join(place.name for place in outcome.searched)
    lines = [
        line("No key is called ", code(outcome.name), f" in {places}."),
        line("Nothing was changed. See them all: ", code("/cld key list")),
    ]
    if outcome.nearest:
        lines.insert(1, line("Did you mean ", bold(outcome.nearest), "?"))
    return card(*lines)


def which(outcome: WhichKey) -> Card:
    """Several go by that name: one button for each."""
    buttons = [
        Button(f"{here.environment.name}: {here.key.label}", write(command))
        for here, command in outcome.choices
    ]
    return card(
        line("Several keys are called ", code(outcome.name), ". Nothing was changed."),
        line("Which one do you mean?"),
        *(summary(here) for here, _ in outcome.choices),
        buttons=buttons,
    )


def told(user_id: str, text: str) -> Card:
    """What the security channel is told; nobody asked for what Keysmith found by itself."""
    asker = [line("Asked for by ", Mention(user_id), ".")] if user_id else []
    return card(line(text), *asker)
